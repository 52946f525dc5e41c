package icon

import (
	"bytes"
	"encoding/binary"
	"image/png"
	"testing"
)

func TestDrawing(t *testing.T) {
	for _, size := range []int{16, 32, 64, 256} {
		img := Draw(size)
		if b := img.Bounds(); b.Dx() != size || b.Dy() != size {
			t.Fatalf("%d: the picture measures %v", size, b)
		}
		if !bytes.Equal(img.Pix, Draw(size).Pix) {
			t.Errorf("%d: drawn again it differs", size)
		}
		at := func(x, y float64) (r, g, b, a uint8) {
			c := img.RGBAAt(int(x*float64(size)), int(y*float64(size)))
			return c.R, c.G, c.B, c.A
		}
		for name, p := range map[string][2]float64{"left edge": {0, 0.5}, "corner": {0.12, 0.12}} {
			if _, _, _, a := at(p[0], p[1]); a > 40 {
				t.Errorf("%d: the %s is not clear: %d", size, name, a)
			}
		}
		if r, _, b, a := at(0.15, 0.5); a < 200 || b < r {
			t.Errorf("%d: the tile is not solid blue: red %d, blue %d, alpha %d", size, r, b, a)
		}
		if r, _, _, a := at(0.3, 0.4); a < 250 || r < 180 {
			t.Errorf("%d: the shield is not light: red %d, alpha %d", size, r, a)
		}
		if r, _, _, a := at(0.5, 0.56); a < 250 || r > 120 {
			t.Errorf("%d: the tunnel is not dark: red %d, alpha %d", size, r, a)
		}
	}
}

// The file's form is Apple's: "icns", the length, then for each kind its four
// letters, the length with these eight bytes, and the picture.
func TestICNSHoldsEverySize(t *testing.T) {
	text, err := ICNS()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte("icns")) || int(binary.BigEndian.Uint32(text[4:])) != len(text) {
		t.Fatalf("it begins with % x and has %d bytes", text[:8], len(text))
	}
	want := map[string]int{"icp4": 16, "icp5": 32, "ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512, "ic09": 512, "ic10": 1024}
	for at := 8; at < len(text); {
		kind, length := string(text[at:at+4]), int(binary.BigEndian.Uint32(text[at+4:]))
		if length < 8 || at+length > len(text) {
			t.Fatalf("%s has the length %d at %d of %d", kind, length, at, len(text))
		}
		if size, ok := want[kind]; ok {
			c, err := png.DecodeConfig(bytes.NewReader(text[at+8 : at+length]))
			if err != nil || c.Width != size || c.Height != size {
				t.Errorf("%s is %d by %d (%v), not %d", kind, c.Width, c.Height, err, size)
			}
			delete(want, kind)
		}
		at += length
	}
	for kind := range want {
		t.Errorf("%s is missing", kind)
	}
}
