package macos

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"unsafe"

	"github.com/ebitengine/purego"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/hotkey"
)

// The Carbon Event Manager, in HIToolbox: old, public, and the only way to a
// global hot key that needs no right from the person.
const (
	carbon        = "Carbon"
	hotKeyFeature = "Hot keys"

	hotKeyPressed = 5 // kEventHotKeyPressed
)

func init() {
	cocoa.Prefer(cocoa.Framework, hotKeyFeature, carbon)
	cocoa.Prefer(cocoa.Symbol, hotKeyFeature, "RegisterEventHotKey", "UnregisterEventHotKey", "InstallEventHandler", "GetApplicationEventTarget", "GetEventParameter")
}

// HotKeys registers global hot keys. Its methods may be called from any
// goroutine and never wait; the work is done on the main thread.
type HotKeys struct {
	log     *slog.Logger
	pressed func(id uint32)

	// The rest belongs to the main thread.
	carbon     *carbonCalls
	err        error // why carbon is nil
	registered map[uint32]uintptr
}

type carbonCalls struct {
	register   func(code, modifiers uint32, id uint64, target uintptr, options uint32, ref unsafe.Pointer) int32
	unregister func(ref uintptr) int32
	install    func(target, handler uintptr, count uint, types, userData, ref unsafe.Pointer) int32
	target     func() uintptr
	parameter  func(event uintptr, name, kind uint32, actual unsafe.Pointer, size uint, actualSize, data unsafe.Pointer) int32
}

// hotKeys is the one that the event handler acts for.
var hotKeys atomic.Pointer[HotKeys]

// NewHotKeys returns a HotKeys; nothing is loaded before the first Set. pressed
// gets the ID of a hot key that was pressed, on a goroutine. There is one HotKeys
// in a process.
func NewHotKeys(log *slog.Logger, pressed func(id uint32)) *HotKeys {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	h := &HotKeys{log: log, pressed: pressed, registered: map[uint32]uintptr{}}
	hotKeys.Store(h)
	return h
}

// Set has the combination call pressed with the ID; the zero combination ends
// it. What the system refuses is logged.
func (h *HotKeys) Set(id uint32, c hotkey.Combination) {
	err := cocoa.OnMain(func() {
		if err := h.set(id, c); err != nil {
			h.log.Warn("a hot key can't be used", "hotkey", c.String(), "error", err)
		}
	})
	if err != nil {
		h.log.Warn("hot keys can't be used", "error", err)
	}
}

func (h *HotKeys) set(id uint32, c hotkey.Combination) error {
	if ref, ok := h.registered[id]; ok {
		delete(h.registered, id)
		if status := h.carbon.unregister(ref); status != 0 {
			h.log.Warn("a hot key was not given back", "error", status)
		}
	}
	if c.IsZero() {
		return nil
	}
	if err := h.open(); err != nil {
		return err
	}
	ref := new(uintptr)
	if err := hotKeyError(c, h.carbon.register(c.Code, uint32(c.Modifiers), packHotKeyID(id), h.carbon.target(), 0, unsafe.Pointer(ref))); err != nil {
		return err
	}
	h.registered[id] = *ref
	return nil
}

// open loads the functions and installs the handler, once.
func (h *HotKeys) open() error {
	if h.carbon != nil || h.err != nil {
		return h.err
	}
	var c carbonCalls
	if h.err = cocoa.Load(carbon); h.err != nil {
		return h.err
	}
	for symbol, f := range map[string]any{
		"RegisterEventHotKey": &c.register, "UnregisterEventHotKey": &c.unregister, "InstallEventHandler": &c.install,
		"GetApplicationEventTarget": &c.target, "GetEventParameter": &c.parameter,
	} {
		if h.err = cocoa.Bind(f, symbol); h.err != nil {
			return h.err
		}
	}
	h.carbon = &c
	// EventTypeSpec: struct { OSType eventClass; UInt32 eventKind; }.
	types := &[2]uint32{fourChars("keyb"), hotKeyPressed}
	handler := purego.NewCallback(func(_, event, _ uintptr) uintptr {
		defer cocoa.Guard("hot key")
		if h := hotKeys.Load(); h != nil {
			h.event(event)
		}
		return 0 // noErr: nobody else need handle it
	})
	if status := c.install(c.target(), handler, 1, unsafe.Pointer(types), nil, nil); status != 0 {
		h.carbon, h.err = nil, fmt.Errorf("the system did not install the handler of hot keys (error %d)", status)
	}
	return h.err
}

// event hears of a hot key. Main thread.
func (h *HotKeys) event(event uintptr) {
	packed := new(uint64)
	status := h.carbon.parameter(event, fourChars("----"), fourChars("hkid"), nil, 8, nil, unsafe.Pointer(packed))
	if id, ok := unpackHotKeyID(*packed); status == 0 && ok {
		go h.pressed(id)
	}
}
