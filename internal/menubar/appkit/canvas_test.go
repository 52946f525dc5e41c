package appkit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vpnstatus/internal/menubar/preferences"
)

// sheet is a canvas that records what a person would see, behaves like AppKit
// where the form relies on it, and complains about what AppKit would not bear.
type sheet struct {
	preferences.Approximate
	form     *form
	titles   []string
	chosen   int
	w, h     float64
	views    map[int]*drawnView
	keys     []int
	focus    int // tag of the field that is written in
	added    int
	removed  int
	written  int
	problems []string
}

type drawnView struct {
	piece piece
	set   bool
	text  string
	frame preferences.Frame
}

func (s *sheet) complain(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

func (s *sheet) view(tag int) *drawnView {
	v := s.views[tag]
	if v == nil {
		s.complain("view %d is not there", tag)
		return &drawnView{}
	}
	return v
}

func (s *sheet) tabs(titles []string, chosen int) { s.titles, s.chosen = titles, chosen }

func (s *sheet) size(w, h float64) { s.w, s.h = w, h }

func (s *sheet) add(tag int, p piece) {
	if s.views[tag] != nil || tag <= 0 {
		s.complain("view %d exists", tag)
	}
	s.added++
	s.views[tag] = &drawnView{piece: p}
}

func (s *sheet) remove(tag int) {
	s.view(tag)
	s.removed++
	delete(s.views, tag)
	if s.focus == tag {
		s.focus = 0
	}
}

func (s *sheet) place(tag int, f preferences.Frame) {
	v := s.view(tag)
	if !v.set {
		s.complain("view %d is placed before it has values", tag)
	}
	if f.X < 0 || f.Y < 0 || f.X+f.W > s.w || f.Y+f.H > s.h {
		s.complain("%s lies outside of %gx%g: %+v", f.Key(), s.w, s.h, f)
	}
	v.frame = f
}

func (s *sheet) set(tag int, p piece) {
	v := s.view(tag)
	if !v.piece.fits(p) {
		s.complain("view %d can't show a %s %s", tag, p.part, p.kind)
	}
	v.piece, v.set = p, true
}

func (s *sheet) write(tag int, text string) {
	v := s.view(tag)
	if !v.piece.field() {
		s.complain("view %d is no field", tag)
	}
	s.written++
	v.text = text
}

func (s *sheet) text(tag int) (string, bool) { return s.view(tag).text, s.focus == tag }

func (s *sheet) chain(tags []int) {
	for _, t := range tags {
		s.view(t)
	}
	s.keys = slices.Clone(tags)
}

func (s *sheet) endEditing() {
	if tag := s.focus; tag != 0 {
		s.focus = 0
		s.form.wrote(tag, s.views[tag].text)
	}
}

// What a person does. Controls are found by their IDs.

func (s *sheet) tag(id string, part preferences.Part) int {
	for tag, v := range s.views {
		if v.piece.control.ID == id && v.piece.part == part {
			return tag
		}
	}
	s.complain("%s of %s is not on the page", part, id)
	return 0
}

func (s *sheet) control(id string) int { return s.tag(id, preferences.PartControl) }

func (s *sheet) field(id string) int {
	for tag, v := range s.views {
		if v.piece.control.ID == id && v.piece.field() {
			return tag
		}
	}
	s.complain("no field %s is on the page", id)
	return 0
}

// types writes into a field that gets the focus, without Return.
func (s *sheet) types(id, text string) {
	tag := s.field(id)
	if s.focus != tag {
		s.endEditing()
		s.focus = tag
	}
	s.view(tag).text = text
}

// enter presses Return in the field with the focus.
func (s *sheet) enter() { s.form.wrote(s.focus, s.view(s.focus).text) }

func (s *sheet) shows(id string) string { return s.view(s.field(id)).text }

// errors returns the errors at rows.
func (s *sheet) errors() []string {
	var out []string
	for _, v := range s.views {
		if v.piece.part == preferences.PartError {
			out = append(out, strings.ReplaceAll(v.piece.text, "\n", " "))
		}
	}
	return out
}

// picture is what can be seen, for comparing.
func (s *sheet) picture() map[string]drawnView {
	out := map[string]drawnView{}
	for _, v := range s.views {
		out[v.frame.Key()] = *v
	}
	return out
}

func (s *sheet) ids() []string {
	var ids []string
	for _, t := range s.keys {
		if id := s.view(t).piece.control.ID; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (s *sheet) tagsInUse() []int { return slices.Sorted(maps.Keys(s.views)) }
