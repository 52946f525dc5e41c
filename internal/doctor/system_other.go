//go:build !darwin

package doctor

import "context"

// System returns checks of the system; there are some only on macOS.
func System(context.Context) []Check {
	return []Check{OK("system", "no VPN services that this program can use; it runs on its simulator")}
}
