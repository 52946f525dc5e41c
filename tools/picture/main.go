// Command picture draws the pictures of the README.
//
//	go run ./tools/picture docs/menu.png docs/settings.png
//
// It writes a page for one fixed situation and has a headless Chromium or Chrome
// take a screenshot of it. The name of the file says which picture it is. With a
// name that ends in .html it writes the page and needs no browser. The picture
// "tabs" has all tabs of the settings window.
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
)

// scale is the number of pixels per point, for screens with more than one.
const scale = "1.5"

// step is the difference of colours that is given up to keep the files near
// 200 kB; it can't be seen.
const step = 4

// page is a picture before it is drawn.
type page struct {
	html          []byte
	width, height int // of the browser's window, in points
}

// pictures are the pictures by name.
var pictures = map[string]func() (page, error){
	"menu":     menuPage,
	"settings": settingsPage,
	"tabs":     func() (page, error) { return windowPage() },
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: picture FILE.png|FILE.html …")
		os.Exit(2)
	}
	for _, file := range os.Args[1:] {
		if err := picture(file); err != nil {
			fmt.Fprintln(os.Stderr, "picture:", err)
			os.Exit(1)
		}
	}
}

func picture(file string) error {
	name, extension, _ := strings.Cut(filepath.Base(file), ".")
	make, ok := pictures[name]
	if !ok {
		return fmt.Errorf("there is no picture %q", name)
	}
	p, err := make()
	if err != nil {
		return err
	}
	if extension == "html" {
		return os.WriteFile(file, p.html, 0o644)
	}
	return screenshot(p, file)
}

func screenshot(p page, to string) error {
	browser, err := find("chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "picture")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	source, shot := filepath.Join(dir, "page.html"), filepath.Join(dir, "page.png")
	if err := os.WriteFile(source, p.html, 0o600); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, browser,
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--force-device-scale-factor="+scale, fmt.Sprintf("--window-size=%d,%d", p.width, p.height), "--screenshot="+shot, "file://"+source)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("taking a screenshot with %s: %w\n%s", browser, err, out)
	}
	data, err := os.ReadFile(shot)
	if err != nil {
		return err
	}
	if data, err = shrink(data); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// shrink returns a PNG with fewer colours.
func shrink(data []byte) ([]byte, error) {
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("reading the browser's picture: %w", err)
	}
	r := m.Bounds()
	rounded := image.NewRGBA(r)
	draw.Draw(rounded, r, m, r.Min, draw.Src)
	for i, v := range rounded.Pix {
		rounded.Pix[i] = uint8(min((int(v)+step/2)/step*step, 255))
	}
	var out bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	err = e.Encode(&out, rounded)
	return out.Bytes(), err
}

func find(names ...string) (string, error) {
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no browser to take a screenshot with: tried %s", strings.Join(names, ", "))
}
