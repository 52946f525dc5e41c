package preferences

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vpnstatus/internal/golden"
)

func TestFramesOfATab(t *testing.T) {
	tab, _ := sampleWindow().Tab(AutoConnect)
	page := Layout(tab, FixedWidth(13))
	var b strings.Builder
	fmt.Fprintf(&b, "%g x %g\n", page.Width, page.Height)
	for _, v := range page.Views {
		id, _, _ := strings.Cut(v.ID, "/"+"00010001")
		fmt.Fprintf(&b, "%-8s %-28s %5g %5g %5g %5g", v.Kind, id, v.X, v.Y, v.W, v.H)
		if v.Columns != nil {
			fmt.Fprintf(&b, " %v", v.Columns)
		}
		if len(v.Lines) > 1 {
			fmt.Fprintf(&b, " %q", v.Lines)
		}
		b.WriteByte('\n')
	}
	golden.Check(t, "auto-connect-frames.txt", b.String())
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkPage checks what holds for every layout.
func checkPage(t fataler, tab Tab, m Measure) {
	t.Helper()
	p := Layout(tab, m)
	for i, v := range p.Views {
		if v.X < 0 || v.Y < 0 || v.W <= 0 || v.H <= 0 || v.X+v.W > p.Width+1e-6 || v.Y+v.H > p.Height+1e-6 {
			t.Fatalf("%s is outside of %g x %g: %+v", v.ID, p.Width, p.Height, v)
		}
		for _, w := range p.Views[:i] {
			if v.ID == w.ID {
				t.Fatalf("%s is listed twice", v.ID)
			}
			if v.X < w.X+w.W-1e-6 && w.X < v.X+v.W-1e-6 && v.Y < w.Y+w.H-1e-6 && w.Y < v.Y+v.H-1e-6 {
				t.Fatalf("%s overlaps %s: %+v, %+v", v.ID, w.ID, v, w)
			}
		}
		for _, line := range v.Lines {
			if m.Width(line, v.Kind.Font()) > v.W+1 && len(wrap(line, 0, m, v.Kind.Font())) > 1 {
				t.Fatalf("%q is wider than %s: %+v", line, v.ID, v)
			}
		}
	}

	// Labels end where the controls begin; the controls are in reading order.
	var order []string
	labelEnd, last := -1.0, View{Y: -1}
	for _, v := range p.Views {
		if v.Right {
			if labelEnd >= 0 && v.X+v.W != labelEnd {
				t.Fatalf("%s does not end where the others do", v.ID)
			}
			labelEnd = v.X + v.W
		}
		if v.Control.Kind == "" {
			continue
		}
		order = append(order, v.ID)
		if last.Y >= 0 && v.Y < last.Y+last.H && v.X < last.X+last.W {
			t.Fatalf("%s comes after %s but stands before it", v.ID, last.ID)
		}
		last = v
	}
	var want []string
	for _, r := range tab.Rows {
		for i, c := range r.Controls {
			want = append(want, c.ID)
			v := p.Views[slices.IndexFunc(p.Views, func(v View) bool { return v.ID == c.ID })]
			if i == 0 && !r.Wide && labelEnd >= 0 && v.X-labelEnd != gap {
				t.Fatalf("%s begins at %g, the labels end at %g", c.ID, v.X, labelEnd)
			}
		}
	}
	if !slices.Equal(order, want) {
		t.Fatalf("order %q, want %q", order, want)
	}
}

func TestEveryWindowIsLaidOutWell(t *testing.T) {
	for name, w := range windows() {
		for _, tab := range w.Tabs {
			for _, size := range []FixedWidth{9, 13, 28} {
				t.Run(fmt.Sprintf("%s/%s/%g", name, tab.ID, size), func(t *testing.T) { checkPage(t, tab, size) })
			}
		}
	}
}

func TestPagesGrowWithTheText(t *testing.T) {
	for _, tab := range sampleWindow().Tabs {
		small, large := Layout(tab, FixedWidth(11)), Layout(tab, FixedWidth(17))
		if large.Height <= small.Height || large.Width <= small.Width {
			t.Errorf("%s: %g x %g at 17 points, %g x %g at 11", tab.ID, large.Width, large.Height, small.Width, small.Height)
		}
	}
}

func TestAnyTabIsLaidOutWell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"", "a", "Name:", "A label that is so long that it needs two lines or more:", strings.Repeat("x", 90), "网络设置", "two\nlines", "👩🏽‍🔬"})
		id := 0
		next := func() string { id++; return fmt.Sprint(id) }
		tab := Tab{ID: "any"}
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			r := Row{ID: next(), Label: words.Draw(t, "label"), Help: words.Draw(t, "help"), Error: words.Draw(t, "error"), Break: rapid.Bool().Draw(t, "break"), Wide: rapid.Bool().Draw(t, "wide")}
			for range rapid.IntRange(1, 4).Draw(t, "controls") {
				r.Controls = append(r.Controls, Control{
					ID: next(), Title: words.Draw(t, "title"), Value: words.Draw(t, "value"),
					Kind:  rapid.SampledFrom([]Kind{Checkbox, Popup, Field, Button, Table, Static}).Draw(t, "kind"),
					Chars: rapid.IntRange(0, 40).Draw(t, "chars"), Lines: rapid.IntRange(0, 3).Draw(t, "lines"),
					Options: []Option{{"a", words.Draw(t, "option")}},
					Columns: []Column{{Set: forService(setAuto)}, {Title: words.Draw(t, "column"), Weight: 1}},
				})
			}
			tab.Rows = append(tab.Rows, r)
		}
		checkPage(t, tab, FixedWidth(rapid.Float64Range(6, 40).Draw(t, "size")))
	})
}

func TestWrappedTextKeepsItsWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("ab cdé文 \n"))).Draw(t, "text")
		width := rapid.Float64Range(1, 200).Draw(t, "width")
		got := strings.Join(strings.Fields(strings.Join(wrap(s, width, FixedWidth(13), Body), "")), "")
		if want := strings.Join(strings.Fields(s), ""); got != want {
			t.Fatalf("%q became %q", want, got)
		}
	})
}
