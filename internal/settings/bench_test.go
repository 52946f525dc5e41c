package settings

import (
	"fmt"
	"path/filepath"
	"testing"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/vpn"
)

// BenchmarkUpdate changes a hold, as the engine does within its goroutine, in
// settings with a long list.
func BenchmarkUpdate(b *testing.B) {
	for _, networks := range []int{10, 10_000} {
		b.Run(fmt.Sprint(networks, "-networks"), func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), FileName))
			update(b, s, func(v *Settings) {
				for i := range networks {
					v.Trusted = append(v.Trusted, TrustedNetwork{SSID: fmt.Sprint("Network ", i), GatewayMAC: "00:1b:63:84:45:e6"})
				}
			})
			flush(b, s)
			i := 0
			for b.Loop() {
				i++
				update(b, s, func(v *Settings) {
					v.State.Holds = map[vpn.ID]autoconnect.Hold{{byte(i)}: {Until: autoconnect.Forever, Key: "held.user"}}
				})
			}
		})
	}
}
