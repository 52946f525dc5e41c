package main

import (
	"math"
	"unicode/utf8"

	"vpnstatus/internal/menubar/preferences"
)

// inter measures as the system's font does, approximately.
type inter struct{}

// LineHeight is 1.2 times the size, in whole points.
func (inter) LineHeight(f preferences.Font) float64 { return math.Ceil(f.Points(13) * 1.2) }

// Width adds up the widths of the characters; there is no kerning.
func (inter) Width(line string, f preferences.Font) float64 {
	sum := 0
	for _, r := range line {
		switch {
		case r >= ' ' && r <= '~':
			sum += int(widths[r-' '])
		case r == '…' || r == '—' || r == utf8.RuneError:
			sum += 1000
		default:
			sum += 620
		}
	}
	return float64(sum) * f.Points(13) / 1000
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
