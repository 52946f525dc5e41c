package preferences

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vpnstatus/internal/golden"
)

func frames(p Page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%g x %g\n", p.Width, p.Height)
	for _, f := range p.Frames {
		fmt.Fprintf(&b, "%-8s %-28s %5g %5g %5g %5g", f.Part, f.ID, f.X, f.Y, f.W, f.H)
		if f.Columns != nil {
			fmt.Fprintf(&b, " %v", f.Columns)
		}
		if len(f.Lines) > 1 {
			fmt.Fprintf(&b, " %q", f.Lines)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestFramesOfTabs(t *testing.T) {
	for _, tab := range sampleWindow().Tabs {
		t.Run(string(tab.ID), func(t *testing.T) {
			golden.Check(t, string(tab.ID)+"-frames.txt", frames(Layout(tab, Width, Approximate{})))
		})
	}
}

func TestFramesOfLargeText(t *testing.T) {
	tab, _ := sampleWindow().Tab(AutoConnect)
	golden.Check(t, "auto-connect-20-points-frames.txt", frames(Layout(tab, 760, Approximate{Size: 20})))
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkPage checks what holds for every layout.
func checkPage(t fataler, tab Tab, p Page, text TextMetrics) {
	t.Helper()
	seen := map[string]bool{}
	for i, f := range p.Frames {
		if seen[f.Key()] {
			t.Fatalf("%s comes twice", f.Key())
		}
		seen[f.Key()] = true
		if f.X < 0 || f.Y < 0 || f.W <= 0 || f.H <= 0 || f.X+f.W > p.Width+1e-6 || f.Y+f.H > p.Height+1e-6 {
			t.Fatalf("%s is outside of %g x %g: %+v", f.Key(), p.Width, p.Height, f)
		}
		for _, g := range p.Frames[:i] {
			if f.X < g.X+g.W-1e-6 && g.X < f.X+f.W-1e-6 && f.Y < g.Y+g.H-1e-6 && g.Y < f.Y+f.H-1e-6 {
				t.Fatalf("%s overlaps %s: %+v, %+v", f.Key(), g.Key(), f, g)
			}
		}
		for _, line := range f.Lines {
			if f.Part != PartUnit && text.Width(line, f.Font) > f.W+1 && len(Wrap(line, 0, text, f.Font)) > 1 {
				t.Fatalf("%q is wider than %s: %+v", line, f.Key(), f)
			}
		}
		sum := 0.0
		for _, w := range f.Columns {
			sum += w
		}
		if f.Columns != nil && sum > max(f.W, 40*float64(len(f.Columns))+400) {
			t.Fatalf("the columns of %s take %g of %g", f.Key(), sum, f.W)
		}
	}

	// Labels end where the controls begin; the keyboard goes down, and right
	// within a line.
	labelEnd, controlStart := -1.0, -1.0
	var order []string
	last := Frame{Y: -1}
	for _, r := range tab.Rows {
		for i, c := range r.Controls {
			part := PartControl
			if c.Kind == KindNumber {
				part = PartField
			}
			at := slices.IndexFunc(p.Frames, func(f Frame) bool { return f.ID == c.ID && f.Part == part })
			if at < 0 {
				t.Fatalf("%s has no frame", c.ID)
			}
			f := p.Frames[at]
			if i == 0 && !r.Wide && !r.Center {
				if controlStart >= 0 && f.X != controlStart {
					t.Fatalf("%s does not begin where the others do", c.ID)
				}
				controlStart = f.X
			}
			if last.Y >= 0 && !(f.Y >= last.Y+last.H || f.X >= last.X+last.W) {
				t.Fatalf("%s comes after %s but stands before it", c.ID, last.ID)
			}
			last = f
			if c.Interactive() {
				order = append(order, c.ID)
			}
		}
		if i := slices.IndexFunc(p.Frames, func(f Frame) bool { return f.ID == r.ID && f.Part == PartLabel }); i >= 0 && !r.Wide {
			f := p.Frames[i]
			if f.Align != AlignRight || labelEnd >= 0 && f.X+f.W != labelEnd {
				t.Fatalf("the label of %s does not end where the others do", r.ID)
			}
			labelEnd = f.X + f.W
		}
	}
	if labelEnd >= 0 && controlStart >= 0 && controlStart-labelEnd != labelGap {
		t.Fatalf("labels end at %g, controls begin at %g", labelEnd, controlStart)
	}
	if !slices.Equal(order, KeyOrder(tab)) {
		t.Fatalf("order of the keyboard %q, of the frames %q", KeyOrder(tab), order)
	}
}

func TestEveryWindowIsLaidOutWell(t *testing.T) {
	for name, w := range windows() {
		for _, tab := range w.Tabs {
			for _, size := range []float64{9, 13, 17, 28} {
				for _, width := range []float64{100, 420, Width, 1000} {
					t.Run(fmt.Sprintf("%s/%s/%g/%g", name, tab.ID, size, width), func(t *testing.T) {
						text := Approximate{size}
						checkPage(t, tab, Layout(tab, width, text), text)
					})
				}
			}
		}
	}
}

func TestPagesGrowWithTheText(t *testing.T) {
	for _, tab := range sampleWindow().Tabs {
		before := 0.0
		for _, size := range []float64{11, 13, 17, 24} {
			h := Layout(tab, Width, Approximate{size}).Height
			if h <= before {
				t.Errorf("%s is %g high at %g points, %g at a smaller size", tab.ID, h, size, before)
			}
			before = h
		}
	}
}

// anyTab is a tab with whatever content.
func anyTab() *rapid.Generator[Tab] {
	return rapid.Custom(func(t *rapid.T) Tab {
		words := rapid.SampledFrom([]string{"", "a", "Name:", "A label that is so long that it needs two lines or more:", strings.Repeat("x", 90), "网络设置", "two\nlines", "👩🏽‍🔬"})
		id := 0
		next := func() string { id++; return fmt.Sprint(id) }
		tab := Tab{ID: "any"}
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			r := Row{ID: next(), Label: words.Draw(t, "label"), Help: words.Draw(t, "help"), Error: words.Draw(t, "error"), Break: rapid.Bool().Draw(t, "break")}
			switch rapid.IntRange(0, 4).Draw(t, "place") {
			case 0:
				r.Wide = true
			case 1:
				r.Center = true
			}
			for range rapid.IntRange(1, 4).Draw(t, "controls") {
				c := Control{ID: next(), Title: words.Draw(t, "title"), Value: words.Draw(t, "value")}
				c.Kind = rapid.SampledFrom([]Kind{KindCheckbox, KindPopup, KindNumber, KindText, KindButton, KindTable, KindStatic, KindIcon}).Draw(t, "kind")
				c.Unit = rapid.SampledFrom([]string{"", "seconds"}).Draw(t, "unit")
				c.Chars = rapid.IntRange(0, 40).Draw(t, "chars")
				c.Lines = rapid.IntRange(0, 3).Draw(t, "lines")
				c.Disabled = rapid.Bool().Draw(t, "disabled")
				c.Options = []Option{{"a", words.Draw(t, "option")}}
				c.Columns = []Column{{ID: "a", Tick: true}, {ID: "b", Title: words.Draw(t, "column"), Weight: 1}}
				r.Controls = append(r.Controls, c)
			}
			tab.Rows = append(tab.Rows, r)
		}
		return tab
	})
}

func TestAnyTabIsLaidOutWell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tab := anyTab().Draw(t, "tab")
		text := Approximate{rapid.Float64Range(6, 40).Draw(t, "size")}
		width := rapid.Float64Range(0, 1500).Draw(t, "width")
		checkPage(t, tab, Layout(tab, width, text), text)
	})
}

func TestWrappedTextKeepsItsWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("ab cdé文 \n"))).Draw(t, "text")
		width := rapid.Float64Range(1, 200).Draw(t, "width")
		got := strings.Join(strings.Fields(strings.Join(Wrap(s, width, Approximate{}, FontBody), "")), "")
		if want := strings.Join(strings.Fields(s), ""); got != want {
			t.Fatalf("%q became %q", want, got)
		}
	})
}

func TestApproximateWidthsAreThoseOfAFont(t *testing.T) {
	a := Approximate{}
	if w := a.Width("Longest time between two attempts", FontBody); math.Abs(w-209) > 15 {
		t.Errorf("33 letters of 13 points are %g wide", w)
	}
	if a.Width("é", FontBody) <= 0 || a.Width("e\u0301", FontBody) != a.Width("e", FontBody) || a.Width("网", FontBody) != 13 {
		t.Error("other scripts are measured wrongly")
	}
	if a.Width("a", FontTitle) <= a.Width("a", FontBody) || a.Width("a", FontSmall) >= a.Width("a", FontBody) {
		t.Error("fonts do not differ")
	}
}
