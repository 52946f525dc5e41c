package preferences

import (
	"math"
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Width is the width of the window in points: the longest label and a field of
// some thirty characters beside it.
const Width = 600.0

// WidthFor is Width for a text of another size.
func WidthFor(text TextMetrics) float64 { return math.Round(Width * text.LineHeight(FontBody) / 16) }

// Part tells which part of a row or control a frame is.
type Part string

// Parts. Those of a row have the row's ID, the others that of the control.
const (
	PartLine    Part = "line"    // of a row: divides it from those above
	PartLabel   Part = "label"   // of a row
	PartError   Part = "error"   // of a row
	PartHelp    Part = "help"    // of a row
	PartControl Part = "control" // the whole control, unless it is a number
	PartField   Part = "field"   // of a number
	PartStepper Part = "stepper" // of a number
	PartUnit    Part = "unit"    // of a number
)

// Align tells how a text stands in its frame.
type Align string

// Alignments.
const (
	AlignLeft   Align = ""
	AlignRight  Align = "right"
	AlignCenter Align = "center"
)

// Frame is where something stands: an alignment rectangle in points, from the
// upper left corner of the page.
type Frame struct {
	ID      string    `json:"id"`
	Part    Part      `json:"part"`
	X       float64   `json:"x"`
	Y       float64   `json:"y"`
	W       float64   `json:"w"`
	H       float64   `json:"h"`
	Lines   []string  `json:"lines,omitempty"` // of a text, as wrapped
	Font    Font      `json:"font,omitempty"`
	Align   Align     `json:"align,omitempty"`
	Columns []float64 `json:"columns,omitempty"` // of a table: the widths of its columns
}

// Key is the frame's identity within its tab.
func (f Frame) Key() string { return string(f.Part) + " " + f.ID }

// Page is the layout of a tab.
type Page struct {
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
	Frames []Frame `json:"frames"` // in the order of the keyboard
}

// Measures in points. Those that hold text grow with it.
const (
	margin     = 20.0 // of AppKit's windows
	labelGap   = 8.0  // between label and control
	controlGap = 8.0  // between controls of a row
	rowGap     = 10.0 // between rows
	groupGap   = 5.0  // between rows under one label
	helpGap    = 4.0  // between a control and the words below it
	breakGap   = 16.0 // above and below a dividing line

	padding    = 6.0  // above and below a line of text in a control, together
	buttonEnds = 24.0 // beside a button's title, together
	popupEnds  = 34.0 // beside a popup's title: its arrows too
	fieldEnds  = 12.0 // beside a field's text, together
	tickSize   = 20.0 // of a checkbox with the gap to its title
	stepperW   = 15.0 // of an NSStepper
	stepperGap = 4.0  //
	tableEdge  = 1.0  // border of a table
	cellPad    = 8.0  // above and below a line of text in a table, together
	tickColumn = 30.0 // least width of a column of ticks
	columnEnds = 20.0 // beside a column's title, together
	scroller   = 16.0 // room for a scroller that is always shown

	leastButton = 72.0  // narrower ones look lost
	leastRest   = 60.0  // of a field that takes the room there is
	leastText   = 180.0 // of a text to read, before what follows goes below it

	// The labels' column is at least so wide, so that tabs look alike, and takes
	// at most its share of the window.
	leastLabels = 150.0
	mostLabels  = 0.42
)

// TableRow is the height of a table's entry and of its header, in points.
func TableRow(text TextMetrics) float64 { return text.LineHeight(FontBody) + cellPad }

// IconSize is the width and height of a KindIcon, in points.
const IconSize = 64.0

// Layout places everything of a tab on a page of the given width in points. It is
// pure. A page narrower than some 300 points is laid out as if it had that.
func Layout(t Tab, width float64, text TextMetrics) Page {
	l := &layout{text: text, line: text.LineHeight(FontBody), scale: text.LineHeight(FontBody) / 16}
	l.width = max(width, 300*l.scale)
	widest := leastLabels * l.scale
	for _, r := range t.Rows {
		if !r.Wide && !r.Center {
			widest = max(widest, math.Ceil(text.Width(r.Label, FontBody)))
		}
	}
	l.labels = math.Floor(min(widest, mostLabels*l.width-margin))
	l.y = margin
	for i, r := range t.Rows {
		l.row(r, i == 0)
	}
	return Page{Width: l.width, Height: l.y + margin, Frames: l.frames}
}

type layout struct {
	text   TextMetrics
	line   float64 // height of a line of text
	scale  float64 // of the text size; 1 at 13 points
	width  float64
	labels float64 // width of the labels' column
	y      float64 // end of what is placed already
	frames []Frame
}

func (l *layout) add(f Frame) { l.frames = append(l.frames, f) }

func (l *layout) controlHeight() float64 { return l.line + padding }

func (l *layout) row(r Row, first bool) {
	switch {
	case r.Break && !first:
		l.y += breakGap
		l.add(Frame{ID: r.ID, Part: PartLine, X: margin, Y: l.y, W: l.width - 2*margin, H: 1})
		l.y += 1 + breakGap
	case first:
	case r.Label == "" && !r.Center:
		l.y += groupGap
	default:
		l.y += rowGap
	}
	left := margin
	if !r.Wide && !r.Center {
		left += l.labels + labelGap
	}
	room := l.width - margin - left
	indent := 0.0
	if !r.Wide && len(r.Controls) == 1 && r.Controls[0].Kind == KindCheckbox {
		indent = tickSize * l.scale // words below a checkbox stand under its title
	}

	top := l.y
	labelEnd := top
	if r.Label != "" && !r.Center {
		f := Frame{ID: r.ID, Part: PartLabel, X: margin, Y: top, W: l.labels, Align: AlignRight}
		if r.Wide {
			f.W, f.Align = l.width-2*margin, AlignLeft
		} else {
			f.Y += padding / 2 // on the line of the control's text
		}
		f.Lines = Wrap(r.Label, f.W, l.text, FontBody)
		f.H = float64(len(f.Lines)) * l.line
		l.add(f)
		labelEnd = f.Y + f.H
		if r.Wide {
			l.y = labelEnd + helpGap
		}
	}
	if r.Center {
		l.centered(r)
		return
	}
	l.controls(r, left, room)
	for _, w := range []struct {
		part Part
		text string
	}{{PartError, r.Error}, {PartHelp, r.Help}} {
		if w.text == "" {
			continue
		}
		lines := Wrap(w.text, room-indent, l.text, FontSmall)
		h := float64(len(lines)) * l.text.LineHeight(FontSmall)
		l.y += helpGap
		l.add(Frame{ID: r.ID, Part: w.part, X: left + indent, Y: l.y, W: room - indent, H: h, Lines: lines, Font: FontSmall})
		l.y += h
	}
	l.y = max(l.y, labelEnd)
}

// controls places the controls of a row side by side, on several lines if need be.
func (l *layout) controls(r Row, left, room float64) {
	for rest := r.Controls; len(rest) > 0; {
		n, used := 1, l.natural(rest[0])
		for n < len(rest) && used+controlGap+l.natural(rest[n]) <= room {
			used += controlGap + l.natural(rest[n])
			n++
		}
		spare := max(room-used, 0)
		x, height := left, 0.0
		for _, c := range rest[:n] {
			w := l.natural(c)
			if fills(c) {
				grow := spare
				if c.Kind == KindStatic {
					grow = min(grow, l.widest(c)-w) // what follows stands near it
				}
				w += grow
				spare -= grow
			}
			w = min(w, room)
			height = max(height, l.place(c, x, w))
			x += w + controlGap
		}
		l.y += height
		if rest = rest[n:]; len(rest) > 0 {
			l.y += controlGap
		}
	}
}

// fills reports whether a control takes the room there is.
func fills(c Control) bool {
	return c.Kind == KindTable || c.Kind == KindText && c.Chars == 0 || c.Kind == KindStatic
}

func (l *layout) widest(c Control) float64 {
	w := 1.0 // a frame is never empty
	for line := range strings.SplitSeq(c.Value, "\n") {
		w = max(w, math.Ceil(l.text.Width(line, c.Font)))
	}
	return w
}

// natural is the width that a control wants, the least one if it fills.
func (l *layout) natural(c Control) float64 {
	width := func(s string) float64 { return math.Ceil(l.text.Width(s, c.Font)) }
	switch c.Kind {
	case KindCheckbox:
		return tickSize*l.scale + width(c.Title)
	case KindPopup:
		w := 0.0
		for _, o := range c.Options {
			w = max(w, width(o.Title))
		}
		return w + popupEnds*l.scale
	case KindButton:
		return max(width(c.Title)+buttonEnds*l.scale, leastButton*l.scale)
	case KindNumber:
		return l.fieldWidth(c) + stepperGap + stepperW + controlGap + width(c.Unit)
	case KindText:
		if c.Chars == 0 {
			return leastRest * l.scale
		}
		return l.fieldWidth(c)
	case KindLink:
		return max(width(c.Title), 1)
	case KindIcon:
		return IconSize
	case KindStatic:
		return min(l.widest(c), leastText*l.scale)
	}
	return leastRest
}

func (l *layout) fieldWidth(c Control) float64 {
	return math.Ceil(float64(c.Chars)*l.text.Width("0", FontBody)) + fieldEnds
}

// place adds the frames of a control and returns its height.
func (l *layout) place(c Control, x, w float64) float64 {
	f := Frame{ID: c.ID, Part: PartControl, X: x, Y: l.y, W: w, H: l.controlHeight(), Font: c.Font}
	switch c.Kind {
	case KindNumber:
		field := f
		field.Part, field.W = PartField, min(l.fieldWidth(c), max(w-stepperW-stepperGap, 1))
		l.add(field)
		step := f
		step.Part, step.X, step.W = PartStepper, field.X+field.W+stepperGap, stepperW
		l.add(step)
		unit := f
		unit.Part, unit.X = PartUnit, step.X+step.W+controlGap
		if unit.W = x + w - unit.X; c.Unit != "" && unit.W > 0 {
			unit.Y, unit.H, unit.Lines = l.y+padding/2, l.line, []string{c.Unit}
			l.add(unit)
		}
		return f.H
	case KindCheckbox:
		f.Lines = Wrap(c.Title, w-tickSize*l.scale, l.text, c.Font)
		f.H = float64(len(f.Lines))*l.line + padding
	case KindStatic:
		f.Lines = Wrap(c.Value, w, l.text, c.Font)
		f.Y += padding / 2
		f.H = float64(len(f.Lines)) * l.text.LineHeight(c.Font)
		l.add(f)
		return f.H + padding
	case KindLink:
		f.Lines = []string{c.Title}
		f.Y, f.H = f.Y+padding/2, l.text.LineHeight(c.Font)
		l.add(f)
		return f.H + padding
	case KindTable:
		f.H = 2*tableEdge + float64(max(c.Lines, 1))*TableRow(l.text)
		if hasHeader(c) {
			f.H += TableRow(l.text)
		}
		f.Columns = l.columns(c, w-2*tableEdge-scroller)
	case KindIcon:
		f.H = IconSize
	}
	l.add(f)
	return f.H
}

func hasHeader(c Control) bool {
	for _, k := range c.Columns {
		if k.Title != "" {
			return true
		}
	}
	return false
}

// columns shares the width out: ticks take what they need, texts the rest by
// weight.
func (l *layout) columns(c Control, w float64) []float64 {
	out := make([]float64, len(c.Columns))
	weights := 0.0
	for i, k := range c.Columns {
		if k.Tick {
			out[i] = max(tickColumn*l.scale, math.Ceil(l.text.Width(k.Title, FontSmall))+columnEnds)
			w -= out[i]
		}
		weights += k.Weight
	}
	for i, k := range c.Columns {
		if !k.Tick {
			out[i] = max(math.Floor(w*k.Weight/weights), 1)
		}
	}
	return out
}

// centered places the controls of a row below each other's middle; buttons and
// links stand side by side.
func (l *layout) centered(r Row) {
	room := l.width - 2*margin
	total := -controlGap
	for _, c := range r.Controls {
		total += controlGap + min(l.whole(c), room)
	}
	x := margin + math.Floor((room-min(total, room))/2)
	height := 0.0
	for i, c := range r.Controls {
		w := min(l.whole(c), room)
		if i > 0 && x+w > l.width-margin { // no room left on this line
			l.y += height + controlGap
			x, height = margin+math.Floor((room-w)/2), 0
		}
		n := len(l.frames)
		height = max(height, l.place(c, x, w))
		l.frames[n].Align = AlignCenter
		x += w + controlGap
	}
	l.y += height
}

// whole is the width of a control that does not fill.
func (l *layout) whole(c Control) float64 {
	if c.Kind == KindStatic {
		return l.widest(c)
	}
	return l.natural(c)
}

// Wrap breaks a text into lines no wider than width: at spaces, else between
// characters. There is at least one line, and a line has at least one character.
func Wrap(s string, width float64, text TextMetrics, f Font) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(s, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			next := word
			if line != "" {
				next = line + " " + word
			}
			if text.Width(next, f) <= width {
				line = next
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for line = word; text.Width(line, f) > width; {
				head, rest := split(line, width, text, f)
				if rest == "" {
					break
				}
				lines, line = append(lines, head), rest
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// split cuts as many characters off a word as fit, at least one.
func split(word string, width float64, text TextMetrics, f Font) (head, rest string) {
	for g := graphemes.FromString(word); g.Next(); {
		if head != "" && text.Width(head+g.Value(), f) > width {
			break
		}
		head += g.Value()
	}
	return head, word[len(head):]
}
