package preferences

import (
	"math"
	"unicode/utf8"

	"vpnstatus/internal/menubar"
)

// Font is one of the fonts of the window.
type Font string

// Fonts, by their size at the system's usual text size.
const (
	FontBody  Font = ""      // 13 points
	FontSmall Font = "small" // 11 points, for helps and errors
	FontTitle Font = "title" // 20 points, bold
)

// Points returns the size of the font when that of FontBody is body points.
func (f Font) Points(body float64) float64 {
	switch f {
	case FontSmall:
		return body * 11 / 13
	case FontTitle:
		return body * 20 / 13
	}
	return body
}

// TextMetrics measures texts in the fonts that a screen draws with.
type TextMetrics interface {
	// Width returns the width of a line in points.
	Width(text string, f Font) float64
	// LineHeight returns the height of a line in points, above 0.
	LineHeight(f Font) float64
}

// Approximate measures as the system's font does, about: for pages of HTML, tests
// and screens without one. Size is that of FontBody in points; 0 means 13.
type Approximate struct{ Size float64 }

func (a Approximate) points(f Font) float64 {
	if a.Size <= 0 {
		a.Size = 13
	}
	return f.Points(a.Size)
}

// LineHeight is 1.2 times the size, as that of San Francisco and most other sans
// serifs, in whole points.
func (a Approximate) LineHeight(f Font) float64 { return math.Ceil(a.points(f) * 1.2) }

// Width adds up the widths of the characters; there is no kerning.
func (a Approximate) Width(text string, f Font) float64 {
	sum := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c <= '~' {
			sum += int(widths[c-' '])
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		// A wide character is as wide as high, a combining one has no width, and
		// other letters are as wide as a wide letter of Latin.
		switch columns := menubar.Width(string(r)); {
		case columns >= 2, r == '…', r == '—', r == '⌘':
			sum += 1000
		case columns == 1:
			sum += 620
		}
		i += n
	}
	w := float64(sum) * a.points(f) / 1000
	if f == FontTitle {
		w *= 1.05 // bold
	}
	return w
}

// widths are those of the characters from space to tilde in thousandths of the
// size, measured with Inter, whose proportions are close to San Francisco's.
var widths = [...]uint16{
	281, 278, 403, 631, 638, 812, 639, 222, 362, 362, 500, 659, 280, 460, 276, 357,
	625, 464, 605, 636, 642, 608, 624, 571, 616, 624, 276, 280, 659, 659, 659, 507,
	936, 676, 651, 727, 719, 598, 587, 743, 740, 264, 543, 652, 562, 889, 753, 761,
	635, 761, 639, 638, 642, 741, 676, 949, 642, 665, 625, 362, 357, 362, 469, 452,
	497, 564, 621, 558, 621, 582, 361, 609, 591, 237, 237, 544, 237, 869, 585, 597,
	609, 609, 372, 523, 364, 581, 557, 812, 540, 557, 541, 362, 327, 362, 659,
}
