//go:build !darwin

package macos

// Preferences returns ErrUnsupported.
func Preferences(string) (map[string]any, error) { return nil, ErrUnsupported }
