//go:build !darwin

package macos

// Preferences returns ErrUnsupported.
func Preferences(string) (map[string]any, error) { return nil, ErrUnsupported }

// Managed returns nothing: there is no administrator to ask.
func Managed([]string) (map[string]any, error) { return nil, nil }
