// Icon draws the app's icon, to look at: "go run ./tools/icon icon.png". The bundle's
// AppIcon.icns is made by the same drawing when the app is built.
package main

import (
	"bytes"
	"fmt"
	"image/png"
	"os"

	"vpnstatus/tools/internal/icon"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: icon FILE.png")
		os.Exit(2)
	}
	var picture bytes.Buffer
	err := png.Encode(&picture, icon.Draw(1024))
	if err == nil {
		err = os.WriteFile(os.Args[1], picture.Bytes(), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "icon:", err)
		os.Exit(1)
	}
}
