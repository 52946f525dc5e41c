//go:build !darwin

package doctor

import "context"

// Command returns no checks: they exist only on macOS.
func Command() []Check { return nil }

// System returns one check that says so: the others exist only on macOS.
func System(context.Context) []Check {
	return []Check{OK("system", "no VPN services that this program can use; it runs on its simulator")}
}
