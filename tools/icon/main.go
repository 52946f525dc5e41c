// Icon writes the app's icon to a file for viewing: "go run ./tools/icon -o
// icon.png". The bundle's AppIcon.icns is made by the same drawing when the app is
// built.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"

	"vpnstatus/tools/internal/icon"
)

func main() {
	out := flag.String("o", "AppIcon.icns", "`file` to write, .icns or .png")
	size := flag.Int("size", 1024, "side of a .png in `pixels`")
	flag.Parse()
	if err := run(*out, *size); err != nil {
		fmt.Fprintln(os.Stderr, "icon:", err)
		os.Exit(1)
	}
}

func run(out string, size int) error {
	var text []byte
	switch filepath.Ext(out) {
	case ".icns":
		t, err := icon.ICNS()
		if err != nil {
			return err
		}
		text = t
	case ".png":
		if size < 1 || size > 4096 {
			return fmt.Errorf("-size %d is not within 1 to 4096", size)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, icon.Draw(size)); err != nil {
			return err
		}
		text = b.Bytes()
	default:
		return fmt.Errorf("-o %s: neither .icns nor .png", out)
	}
	return os.WriteFile(out, text, 0o644)
}
