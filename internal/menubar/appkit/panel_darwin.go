//go:build cgo

package appkit

import (
	pobjc "github.com/ebitengine/purego/objc"
	"github.com/progrium/darwinkit/macos/appkit"
	"github.com/progrium/darwinkit/macos/foundation"
	"github.com/progrium/darwinkit/objc"

	"vpnstatus/internal/cocoa"
)

// controlSelector is the action of every control of the window.
const controlSelector = "vpnstatusControlPressed:"

// panel is the settings window on the screen. It is made once and kept.
type panel struct {
	window  appkit.Window
	content window
	views   []appkit.View // one for each control of content, retained
}

// showPanel opens the window, or brings it to the front. Main thread.
func (s *Screen) showPanel() {
	if s.r.tree == nil {
		return // not launched yet
	}
	b := s.r.build()
	w := settingsWindow(b, s.o.Env.Version, s.o.SettingsFile)
	if s.panel == nil {
		if s.panel = s.newPanel(w); s.panel == nil {
			s.o.Log.Error("the system gave no window")
			return
		}
	} else {
		s.panel.show(w, s.delegate)
	}
	s.r.refreshLogin()
	s.activate()
	id(s.panel.window).Send(cocoa.Sel("makeKeyAndOrderFront:"), pobjc.ID(0))
	tell(id(s.panel.window), "orderFrontRegardless") // macOS 14 may refuse to activate the app
}

// newPanel makes the window, retained; nil when the system gives none.
func (s *Screen) newPanel(w window) *panel {
	win := appkit.NewWindowWithContentRectStyleMaskBackingDefer(
		foundation.Rect{Size: foundation.Size{Width: w.w, Height: w.h}},
		appkit.WindowStyleMaskTitled|appkit.WindowStyleMaskClosable|appkit.WindowStyleMaskMiniaturizable,
		appkit.BackingStoreBuffered, false)
	if win.IsNil() {
		return nil
	}
	win.Retain()
	win.SetReleasedWhenClosed(false)
	win.SetTitle(w.title)
	const moveToActiveSpace = uint(1 << 1) // NSWindowCollectionBehaviorMoveToActiveSpace
	tell(id(win), "setCollectionBehavior:", moveToActiveSpace)
	p := &panel{window: win}
	p.show(w, s.delegate)
	win.Center()
	return p
}

// updatePanel follows what was drawn in the menu. Main thread.
func (s *Screen) updatePanel(b built) {
	if s.panel == nil || !pobjc.Send[bool](id(s.panel.window), cocoa.Sel("isVisible")) {
		return
	}
	s.panel.show(settingsWindow(b, s.o.Env.Version, s.o.SettingsFile), s.delegate)
}

// pressed does what a control stands for. Main thread.
func (s *Screen) pressed(tag int) {
	if s.panel == nil || tag < 1 || tag > len(s.panel.content.controls) {
		return
	}
	s.act(s.panel.content.controls[tag-1].action)
}

// show makes the window show w, with new controls only where it must.
func (p *panel) show(w window, target pobjc.ID) {
	if p.views != nil && sameControls(p.content, w) {
		for i, c := range w.controls {
			if old := p.content.controls[i]; old.text != c.text || old.on != c.on || old.toolTip != c.toolTip {
				p.fill(p.views[i], c)
			}
		}
		p.content = w
		return
	}
	for _, v := range p.views {
		v.RemoveFromSuperview()
		v.Release()
	}
	p.views = p.views[:0]
	p.content = w
	p.window.SetContentSize(foundation.Size{Width: w.w, Height: w.h})
	root := p.window.ContentView()
	for i, c := range w.controls {
		v := newControl(c, i+1, object(target))
		v.Retain()
		p.views = append(p.views, v)
		p.fill(v, c)
		root.AddSubview(v)
	}
}

func newControl(c control, tag int, target objc.Object) appkit.View {
	frame := foundation.Rect{Origin: foundation.Point{X: c.frame.x, Y: c.frame.y}, Size: foundation.Size{Width: c.frame.w, Height: c.frame.h}}
	if c.kind == button || c.kind == checkBox {
		b := appkit.NewButtonWithFrame(frame)
		if c.kind == checkBox {
			b.SetButtonType(appkit.ButtonTypeSwitch)
		} else {
			b.SetButtonType(appkit.ButtonTypeMomentaryPushIn)
			b.SetBezelStyle(appkit.BezelStyleRounded)
		}
		b.SetTag(tag)
		b.SetTarget(target)
		b.SetAction(objc.Sel(controlSelector))
		return b.View
	}
	t := appkit.NewTextFieldWithFrame(frame)
	t.SetEditable(false)
	t.SetSelectable(true)
	t.SetBordered(false)
	t.SetBezeled(false)
	t.SetDrawsBackground(false)
	if c.kind == heading {
		t.SetFont(appkit.Font_BoldSystemFontOfSize(13))
	}
	const truncateMiddle = uint(5) // NSLineBreakByTruncatingMiddle: names and paths differ at both ends
	tell(id(t), "setLineBreakMode:", truncateMiddle)
	return t.View
}

// fill sets the values of a control.
func (p *panel) fill(v appkit.View, c control) {
	switch c.kind {
	case button, checkBox:
		b := appkit.ButtonFrom(v.Ptr())
		b.SetTitle(c.text)
		if c.kind == checkBox {
			state := appkit.ControlStateValueOff
			if c.on {
				state = appkit.ControlStateValueOn
			}
			b.SetState(state)
		}
	default:
		appkit.TextFieldFrom(v.Ptr()).SetStringValue(c.text)
	}
	var tip pobjc.ID
	if c.toolTip != "" {
		tip = cocoa.String(c.toolTip)
	}
	tell(id(v), "setToolTip:", tip)
}
