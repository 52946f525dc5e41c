// Package icon draws the app's icon: a macOS tile with a shield, and a tunnel
// in the shield. One drawing serves all sizes; the same source always gives
// the same bytes.
package icon

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"github.com/jackmordaunt/icns/v3"
	"golang.org/x/image/vector"
)

// grid is the side of the square that the drawing's coordinates lie in; y grows
// downwards. Apple's template puts a tile of 824 into 1024.
const grid = 1024

var (
	tileTop     = color.NRGBA{0x3d, 0x8b, 0xfd, 0xff}
	tileBottom  = color.NRGBA{0x1b, 0x2f, 0x8f, 0xff}
	shieldTop   = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	shieldLow   = color.NRGBA{0xd3, 0xe2, 0xfb, 0xff}
	shade       = color.NRGBA{0x0b, 0x1a, 0x5e, 0x10}
	half        = color.NRGBA{0x2a, 0x52, 0xb8, 0x1c}
	tunnelTop   = color.NRGBA{0x2f, 0x74, 0xf0, 0xff}
	tunnelLow   = color.NRGBA{0x1a, 0x3a, 0xa8, 0xff}
	tunnelLight = color.NRGBA{0x7f, 0xc4, 0xff, 0xff}
	tunnelDark  = color.NRGBA{0x0e, 0x1d, 0x66, 0xff}
)

// Draw returns the icon as a square of size pixels.
func Draw(size int) *image.RGBA {
	bounds := image.Rect(0, 0, size, size)
	c := canvas{image.NewRGBA(bounds), image.NewAlpha(bounds), float32(size) / grid}
	c.fill(tile, tileTop, tileBottom, 100, 924)
	for i := range 9 { // a soft shadow: layers that grow as they fall
		grow := float32(i) * 4
		c.fill(func(p pen) { shield(p.offset(0, 10+grow).scaled(1 + grow/900)) }, shade, shade, 0, grid)
	}
	c.fill(shield, shieldTop, shieldLow, 215, 815)
	c.fill(rightHalf, half, half, 0, grid)
	c.fill(arch(146, 372), tunnelTop, tunnelLow, 372, 660)
	c.fill(arch(98, 424), tunnelLight, tunnelTop, 424, 660)
	c.fill(arch(50, 476), tunnelDark, tunnelDark, 0, grid)
	return c.img
}

// ICNS returns the icon as an AppIcon.icns, each size drawn on its own.
func ICNS() ([]byte, error) {
	set := icns.IconSet{}
	for _, k := range []struct {
		id   string
		size uint
	}{ // the kinds that are PNG inside, with their pixels
		{"icp4", 16}, {"icp5", 32}, {"ic11", 32}, {"ic12", 64}, {"ic07", 128},
		{"ic13", 256}, {"ic08", 256}, {"ic14", 512}, {"ic09", 512}, {"ic10", 1024},
	} {
		set.Icons = append(set.Icons, &icns.Icon{Type: icns.OsType{ID: k.id, Size: k.size}, Image: Draw(int(k.size))})
	}
	var b bytes.Buffer
	if _, err := set.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("encoding AppIcon.icns: %w", err)
	}
	return b.Bytes(), nil
}

// tile is a square with corners whose curvature grows gradually, as Apple's do.
func tile(p pen) {
	const lo, hi, r = 100, 924, 226 // r: how far a corner's curve reaches; looks like a radius of 185
	const k = r * 0.26
	p.move(lo+r, lo)
	p.line(hi-r, lo)
	p.curve(hi-k, lo, hi, lo+k, hi, lo+r)
	p.line(hi, hi-r)
	p.curve(hi, hi-k, hi-k, hi, hi-r, hi)
	p.line(lo+r, hi)
	p.curve(lo+k, hi, lo, hi-k, lo, hi-r)
	p.line(lo, lo+r)
	p.curve(lo, lo+k, lo+k, lo, lo+r, lo)
}

func shield(p pen) {
	rightHalf(p)
	p.curve(364, 760, 260, 640, 260, 478)
	p.line(260, 306)
	p.curve(348, 300, 434, 268, 512, 208)
}

func rightHalf(p pen) {
	p.move(512, 208)
	p.curve(590, 268, 676, 300, 764, 306)
	p.line(764, 478)
	p.curve(764, 640, 660, 760, 512, 824)
}

// arch is a tunnel's mouth, halfWidth to both sides and as high as top.
func arch(halfWidth, top float32) func(pen) {
	const floor = 640
	const circle = 0.5523 // a cubic curve's handles for a quarter of a circle
	return func(p pen) {
		l, r, spring, k := 512-halfWidth, 512+halfWidth, top+halfWidth, halfWidth*circle
		p.move(l, floor)
		p.line(l, spring)
		p.curve(l, spring-k, 512-k, top, 512, top)
		p.curve(512+k, top, r, spring-k, r, spring)
		p.line(r, floor)
	}
}

// A pen draws outlines in grid coordinates, moved and scaled about the centre.
type pen struct {
	r              *vector.Rasterizer
	unit           float32 // pixels for one grid unit
	dx, dy, factor float32
}

func (p pen) offset(dx, dy float32) pen { p.dx += dx; p.dy += dy; return p }
func (p pen) scaled(f float32) pen      { p.factor *= f; return p }

func (p pen) at(x, y float32) (float32, float32) {
	const mid = grid / 2
	return ((x-mid)*p.factor + mid + p.dx) * p.unit, ((y-mid)*p.factor + mid + p.dy) * p.unit
}

func (p pen) move(x, y float32) { p.r.MoveTo(p.at(x, y)) }
func (p pen) line(x, y float32) { p.r.LineTo(p.at(x, y)) }
func (p pen) curve(bx, by, cx, cy, dx, dy float32) {
	bx, by = p.at(bx, by)
	cx, cy = p.at(cx, cy)
	dx, dy = p.at(dx, dy)
	p.r.CubeTo(bx, by, cx, cy, dx, dy)
}

type canvas struct {
	img  *image.RGBA
	mask *image.Alpha // of the outline being filled
	unit float32      // pixels for one grid unit
}

// fill paints an outline with a gradient from top (at the height y0) to bottom (at y1).
func (c canvas) fill(outline func(pen), top, bottom color.NRGBA, y0, y1 float32) {
	bounds := c.img.Rect
	r := vector.NewRasterizer(bounds.Dx(), bounds.Dy())
	r.DrawOp = draw.Src
	outline(pen{r: r, unit: c.unit, factor: 1})
	r.ClosePath()
	r.Draw(c.mask, bounds, image.Opaque, image.Point{})
	for y := range bounds.Dy() {
		row := image.Rect(0, y, bounds.Dx(), y+1)
		t := min(1, max(0, (float32(y)/c.unit-y0)/(y1-y0)))
		draw.DrawMask(c.img, row, image.NewUniform(mix(top, bottom, t)), image.Point{}, c.mask, row.Min, draw.Over)
	}
}

// mix returns the colour at t, 0 to 1, between a and b.
func mix(a, b color.NRGBA, t float32) color.NRGBA {
	at := func(a, b uint8) uint8 { return uint8(float32(a) + (float32(b)-float32(a))*t + 0.5) }
	return color.NRGBA{at(a.R, b.R), at(a.G, b.G), at(a.B, b.B), at(a.A, b.A)}
}
