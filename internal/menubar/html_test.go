package menubar_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	. "vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/situation"
)

func TestPicturesForLooking(t *testing.T) {
	dir := os.Getenv("PICTURES")
	if dir == "" {
		t.Skip("PICTURES names no directory")
	}
	for _, s := range append(situation.All(), situation.Everyday()) {
		var b bytes.Buffer
		if err := WriteHTML(&b, build(s), HTMLOptions{Clock: "Fri 20 Nov  14:00", Bare: true}); err != nil {
			t.Fatal(err)
		}
		os.WriteFile(dir+"/"+strings.ReplaceAll(s.Name, " ", "-")+".html", b.Bytes(), 0o644)
	}
}
