//go:build !darwin

package app

import "vpnstatus/internal/macos"

func timacValues() (map[string]any, error) { return nil, macos.ErrUnsupported }
