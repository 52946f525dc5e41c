package preferences

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Font is one of the fonts of the window.
type Font int

// Fonts, by their size at the system's usual text size.
const (
	Body  Font = iota // 13 points
	Small             // 11 points, for helps and errors
)

// Points returns the size of the font if that of Body is body points.
func (f Font) Points(body float64) float64 {
	if f == Small {
		return body * 11 / 13
	}
	return body
}

// Font is the font of a kind's text.
func (k Kind) Font() Font {
	if k == Help || k == Errors {
		return Small
	}
	return Body
}

// Measure measures texts in the fonts that a screen draws with. Results are in
// points; a height is above 0.
type Measure interface {
	Width(line string, f Font) float64
	LineHeight(f Font) float64
}

// FixedWidth is a Measure that counts every character as wide as a wide letter. It
// is for tests, and for systems that can't measure text. Its value is the size of
// Body in points.
type FixedWidth float64

// Width is 0.6 times the size for each character.
func (w FixedWidth) Width(line string, f Font) float64 {
	return 0.6 * f.Points(float64(w)) * float64(utf8.RuneCountInString(line))
}

// LineHeight is 1.2 times the size, in whole points.
func (w FixedWidth) LineHeight(f Font) float64 { return math.Ceil(1.2 * f.Points(float64(w))) }

// View is one thing on a page: a control, or a separator or text of a row. X, Y, W
// and H are its alignment rectangle in points, from the upper left corner of the
// page.
type View struct {
	ID         string // unique on the page; that of the control, or the row's with the kind after it
	Kind       Kind
	X, Y, W, H float64
	Lines      []string  // of a text or the title of a Checkbox, as wrapped
	Right      bool      // the text is aligned to the right
	Columns    []float64 // of a Table: the widths of its columns
	Control    Control   // zero if the view is not a control
	Help       string    // of a control: its row's error and help, to be read aloud
}

// Equal reports whether both views look and are read the same.
func (v View) Equal(w View) bool {
	return v.Reusable(w) && v.Control.Equal(w.Control) &&
		v.X == w.X && v.Y == w.Y && v.W == w.W && v.H == w.H && v.Text() == w.Text() && v.Right == w.Right && v.Help == w.Help
}

// Reusable reports whether the native view that a screen made for v can show
// w.
func (v View) Reusable(w View) bool {
	return v.ID == w.ID && v.Kind == w.Kind && sameColumns(v.Control.Columns, w.Control.Columns)
}

// Text is the text as wrapped.
func (v View) Text() string { return strings.Join(v.Lines, "\n") }

// Page is the layout of a tab, in points.
type Page struct {
	Width, Height float64
	Views         []View // in the order of the Tab key
}

// Measures in points, at a text size of 13. Those that hold text grow with it.
const (
	width      = 600.0 // of the window: the longest label and a field of some thirty characters
	margin     = 20.0  // of AppKit's windows
	gap        = 8.0   // between a label and its control, and between controls
	rowGap     = 10.0  // between rows
	groupGap   = 5.0   // between rows under one label
	helpGap    = 4.0   // between a control and the texts below it
	breakGap   = 16.0  // above and below a line
	padding    = 6.0   // above and below the text of a control, together
	buttonEnds = 24.0  // to the left and right of a button's title, together
	popupEnds  = 34.0  // the same of a popup, with its arrows
	fieldEnds  = 12.0  // the same of a field's text
	tickSize   = 20.0  // of a checkbox with the gap to its title
	tableEdge  = 1.0   // border of a table
	cellPad    = 8.0   // above and below the text of a cell, together
	tickColumn = 30.0  // a column of checkboxes without a title
	columnEnds = 20.0  // the same of a column's title
	scroller   = 16.0  // room for a scroller that is always shown
	minButton  = 72.0  // narrower ones look odd
	minStatic  = 180.0 // of a text, before what follows goes below it
	labels     = 150.0 // the column of labels is at least this wide, so that tabs look alike,
	maxLabels  = 0.42  // and takes at most this share of the window
)

// TableRow is the height of an entry of a table and of its header, in points.
func TableRow(m Measure) float64 { return m.LineHeight(Body) + cellPad }

// Layout places everything of a tab. It is pure.
func Layout(t Tab, m Measure) Page {
	l := &layout{Measure: m, line: m.LineHeight(Body), scale: m.LineHeight(Body) / 16}
	l.width = math.Round(width * l.scale)
	l.labels = labels * l.scale
	for _, r := range t.Rows {
		if !r.Wide {
			l.labels = max(l.labels, math.Ceil(m.Width(r.Label, Body)))
		}
	}
	l.labels = math.Floor(min(l.labels, maxLabels*l.width-margin))
	l.y = margin
	for i, r := range t.Rows {
		switch {
		case i == 0:
		case r.Break:
			l.y += breakGap
			l.add(View{ID: r.ID + "/line", Kind: Line, X: margin, Y: l.y, W: l.width - 2*margin, H: 1})
			l.y += 1 + breakGap
		case r.Label == "":
			l.y += groupGap
		default:
			l.y += rowGap
		}
		l.row(r)
	}
	return Page{Width: l.width, Height: l.y + margin, Views: l.views}
}

type layout struct {
	Measure
	line   float64 // height of a line of text
	scale  float64 // of the text size; 1 at 13 points
	width  float64
	labels float64 // width of the column of labels
	y      float64 // end of the views placed so far
	views  []View
}

func (l *layout) add(v View) { l.views = append(l.views, v) }

func (l *layout) ceil(text string) float64 { return math.Ceil(l.Width(text, Body)) }

func (l *layout) row(r Row) {
	left := margin + l.labels + gap
	label := View{ID: r.ID + "/label", Kind: Label, X: margin, Y: l.y + padding/2, W: l.labels, Right: true}
	if r.Wide {
		left = margin
		label.Y, label.W, label.Right = l.y, l.width-2*margin, false
	}
	end := l.y
	if r.Label != "" {
		label.Lines = wrap(r.Label, label.W, l, Body)
		label.H = float64(len(label.Lines)) * l.line
		end = label.Y + label.H
		if r.Wide {
			l.y = end + helpGap
		}
		l.add(label)
	}
	l.controls(r, left)
	if !r.Wide && len(r.Controls) == 1 && r.Controls[0].Kind == Checkbox {
		left += tickSize * l.scale // texts below a checkbox begin where its title does
	}
	l.text(r.ID, Errors, r.Error, left)
	l.text(r.ID, Help, r.Help, left)
	l.y = max(l.y, end)
}

// text places a text below the controls of a row.
func (l *layout) text(row string, k Kind, text string, left float64) {
	if text == "" {
		return
	}
	l.y += helpGap
	v := View{ID: row + "/" + string(k), Kind: k, X: left, Y: l.y, W: l.width - margin - left}
	v.Lines = wrap(text, v.W, l, Small)
	v.H = float64(len(v.Lines)) * l.LineHeight(Small)
	l.add(v)
	l.y += v.H
}

// controls places the controls of a row side by side, on several lines if
// necessary.
func (l *layout) controls(r Row, left float64) {
	help := strings.TrimSpace(r.Error + "\n" + r.Help)
	room := l.width - margin - left
	for rest := r.Controls; len(rest) > 0; {
		n, used := 1, l.minWidth(rest[0])
		for n < len(rest) && used+gap+l.minWidth(rest[n]) <= room {
			used += gap + l.minWidth(rest[n])
			n++
		}
		spare := max(room-used, 0)
		x, height := left, 0.0
		for _, c := range rest[:n] {
			w := l.minWidth(c)
			grow := min(spare, l.maxWidth(c, room)-w)
			w = min(w+grow, room)
			spare -= grow
			height = max(height, l.control(c, x, w, help))
			x += w + gap
		}
		l.y += height
		if rest = rest[n:]; len(rest) > 0 {
			l.y += gap
		}
	}
}

// minWidth is the width that a control needs.
func (l *layout) minWidth(c Control) float64 {
	switch c.Kind {
	case Checkbox:
		return tickSize*l.scale + l.ceil(c.Title)
	case Popup:
		w := 0.0
		for _, o := range c.Options {
			w = max(w, l.ceil(o.Title))
		}
		return w + popupEnds*l.scale
	case Button:
		return max(l.ceil(c.Title)+buttonEnds*l.scale, minButton*l.scale)
	case Field:
		return math.Ceil(float64(max(c.Chars, 4))*l.Width("0", Body)) + fieldEnds
	case Static:
		return min(l.longest(c.Value), minStatic*l.scale)
	}
	return minStatic
}

// maxWidth is the width that a control takes if there is room.
func (l *layout) maxWidth(c Control, room float64) float64 {
	switch {
	case c.Kind == Table, c.Kind == Field && c.Chars == 0:
		return max(room, l.minWidth(c))
	case c.Kind == Static:
		return l.longest(c.Value) // the next control is beside it
	}
	return l.minWidth(c)
}

func (l *layout) longest(text string) float64 {
	w := 1.0 // a view is never empty
	for line := range strings.SplitSeq(text, "\n") {
		w = max(w, l.ceil(line))
	}
	return w
}

// control places a control and returns its height.
func (l *layout) control(c Control, x, w float64, help string) float64 {
	v := View{ID: c.ID, Kind: c.Kind, X: x, Y: l.y, W: w, H: l.line + padding, Control: c, Help: help}
	height := v.H
	switch c.Kind {
	case Checkbox:
		v.Lines = wrap(c.Title, w-tickSize*l.scale, l, Body)
		v.H = float64(len(v.Lines))*l.line + padding
		height = v.H
	case Static:
		v.Lines = wrap(c.Value, w, l, Body)
		v.Y, v.H = v.Y+padding/2, float64(len(v.Lines))*l.line
		height = v.H + padding
	case Table:
		rows := max(c.Lines, 1)
		if c.HasHeader() {
			rows++
		}
		v.H = 2*tableEdge + float64(rows)*TableRow(l)
		height = v.H
		v.Columns = l.columns(c.Columns, w-2*tableEdge-scroller)
	}
	l.add(v)
	return height
}

// HasHeader reports whether a table has titles above its columns.
func (c Control) HasHeader() bool {
	for _, k := range c.Columns {
		if k.Title != "" {
			return true
		}
	}
	return false
}

// columns divides a width: checkboxes take what they need, texts the rest by
// weight.
func (l *layout) columns(columns []Column, w float64) []float64 {
	out := make([]float64, len(columns))
	weights := 0.0
	for i, k := range columns {
		if k.Set != nil {
			out[i] = max(tickColumn*l.scale, math.Ceil(l.Width(k.Title, Small))+columnEnds)
			w -= out[i]
		}
		weights += k.Weight
	}
	for i, k := range columns {
		if k.Set == nil {
			out[i] = max(math.Floor(w*k.Weight/weights), 1)
		}
	}
	return out
}

// wrap breaks a text into lines no wider than width: at spaces, else between
// characters. There is at least one line, and a line has at least one character.
func wrap(s string, width float64, m Measure, f Font) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(s, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			next := word
			if line != "" {
				next = line + " " + word
			}
			if m.Width(next, f) <= width {
				line = next
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for line = word; m.Width(line, f) > width; {
				head, rest := split(line, width, m, f)
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

// split cuts off as many characters of a word as fit, at least one.
func split(word string, width float64, m Measure, f Font) (head, rest string) {
	for g := graphemes.FromString(word); g.Next(); {
		if head != "" && m.Width(head+g.Value(), f) > width {
			break
		}
		head += g.Value()
	}
	return head, word[len(head):]
}
