//go:build !darwin

package macos

// Login returns ErrUnsupported.
func Login() (LoginStatus, error) { return LoginNotFound, ErrUnsupported }

// SetLogin returns ErrUnsupported.
func SetLogin(bool) error { return ErrUnsupported }

// OpenLoginItems returns ErrUnsupported.
func OpenLoginItems() error { return ErrUnsupported }
