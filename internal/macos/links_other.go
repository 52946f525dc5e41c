//go:build !darwin

package macos

// Open returns ErrUnsupported.
func Open(Pane) error { return ErrUnsupported }

// Reveal returns ErrUnsupported.
func Reveal(string) error { return ErrUnsupported }

// Version returns zeros.
func Version() (major, minor, patch int) { return 0, 0, 0 }

// DecimalSeparator returns a point.
func DecimalSeparator() string { return "." }

// Bundle returns false.
func Bundle() (path string, ok bool) { return "", false }
