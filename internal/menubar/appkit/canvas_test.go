package appkit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vpnstatus/internal/menubar/preferences"
)

// sheet is a canvas that records what a user would see, behaves like AppKit
// where the form relies on it, and complains about what AppKit would not bear.
type sheet struct {
	preferences.FixedWidth
	form     *form
	titles   []string
	chosen   int
	w, h     float64
	views    map[int]*drawnView
	keys     []int
	focus    int // tag of the field that is written in
	added    int
	removed  int
	problems []string
}

type drawnView struct {
	view preferences.View
	set  bool
	text string
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

func (s *sheet) add(tag int, v preferences.View) {
	if s.views[tag] != nil || tag <= 0 {
		s.complain("view %d exists", tag)
	}
	s.added++
	s.views[tag] = &drawnView{view: v}
}

func (s *sheet) remove(tag int) {
	s.view(tag)
	s.removed++
	delete(s.views, tag)
	if s.focus == tag {
		s.focus = 0
	}
}

func (s *sheet) set(tag int, v preferences.View) {
	d := s.view(tag)
	if !d.view.Reusable(v) {
		s.complain("view %d can't show the %s %s", tag, v.Kind, v.ID)
	}
	if v.X < 0 || v.Y < 0 || v.X+v.W > s.w || v.Y+v.H > s.h {
		s.complain("%s lies outside of %gx%g: %+v", v.ID, s.w, s.h, v)
	}
	d.view, d.set = v, true
}

func (s *sheet) write(tag int, text string) {
	v := s.view(tag)
	if v.view.Kind != preferences.Field || !v.set {
		s.complain("view %d is not a field, or has no values", tag)
	}
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

// What a user does. Controls are found by their IDs; what stands after a slash may
// be left out.

func (s *sheet) control(id string) int {
	for tag, v := range s.views {
		if c := v.view.Control; c.Kind != preferences.Static && (c.ID == id || strings.HasPrefix(c.ID, id+"/")) {
			return tag
		}
	}
	s.complain("%s is not on the page", id)
	return 0
}

// types writes into a field that gets the focus, without Return.
func (s *sheet) types(id, text string) {
	tag := s.control(id)
	if s.focus != tag {
		s.endEditing()
		s.focus = tag
	}
	s.view(tag).text = text
}

// enter presses Return in the field with the focus.
func (s *sheet) enter() { s.form.wrote(s.focus, s.view(s.focus).text) }

func (s *sheet) shows(id string) string { return s.view(s.control(id)).text }

// errors returns the errors of the rows.
func (s *sheet) errors() []string {
	var out []string
	for _, v := range s.views {
		if v.view.Kind == preferences.Errors {
			out = append(out, strings.Join(v.view.Lines, " "))
		}
	}
	return out
}

// ids returns the controls in the order of the Tab key.
func (s *sheet) ids() []string {
	var ids []string
	for _, t := range s.keys {
		ids = append(ids, s.view(t).view.ID)
	}
	return ids
}

func (s *sheet) tagsInUse() []int { return slices.Sorted(maps.Keys(s.views)) }
