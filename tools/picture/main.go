// Command picture draws the menu of the README.
//
//	go run ./tools/picture docs/menu.png
//
// It writes the page of menubar.WriteHTML for one fixed situation and has a
// headless Chromium or Chrome photograph it. With a name that ends in .html it
// writes the page and needs no browser.
package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"vpnstatus/internal/menubar"
	"vpnstatus/internal/menubar/situation"
)

// The window fits two menus beside each other, with more pixels than points for
// screens that have them.
const (
	window = "900,502"
	scale  = "1.5"
)

// step is the difference of colours that is given up to keep the file below
// 200 kB; it can't be seen.
const step = 4

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: picture FILE.png|FILE.html")
		os.Exit(2)
	}
	if err := picture(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func picture(to string) error {
	s := situation.Everyday()
	m := menubar.Build(s.Snapshot, s.Settings, menubar.Env{Location: time.UTC, Login: menubar.LoginOn}, situation.Now)
	var page bytes.Buffer
	o := menubar.HTMLOptions{Clock: situation.Now.Format("Mon 2 Jan  15:04"), Select: "service/" + situation.ID(2).String() + "/toggle", Bare: true}
	if err := menubar.WriteHTML(&page, m, o); err != nil {
		return err
	}
	if strings.HasSuffix(to, ".html") {
		return os.WriteFile(to, page.Bytes(), 0o644)
	}
	return photograph(page.Bytes(), to)
}

func photograph(page []byte, to string) error {
	browser, err := find("chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "picture")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "menu.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		return err
	}
	if to, err = filepath.Abs(to); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, browser,
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--force-device-scale-factor="+scale, "--window-size="+window, "--screenshot="+to, "file://"+file)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("photographing the menu with %s: %w\n%s", browser, err, out)
	}
	return shrink(to)
}

// shrink writes the picture anew, smaller.
func shrink(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("reading the browser's picture: %w", err)
	}
	r := m.Bounds()
	rounded := image.NewRGBA(r)
	draw.Draw(rounded, r, m, r.Min, draw.Src)
	for i, v := range rounded.Pix {
		rounded.Pix[i] = uint8(min((int(v)+step/2)/step*step, 255))
	}
	var out bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	if err := e.Encode(&out, rounded); err != nil {
		return err
	}
	return os.WriteFile(name, out.Bytes(), 0o644)
}

func find(names ...string) (string, error) {
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no browser to photograph with: tried %s", strings.Join(names, ", "))
}
