package appkit

import (
	"errors"
	"runtime/debug"
	"testing"

	"vpnstatus/internal/menubar"
)

func TestStatusItemIsNeverEmpty(t *testing.T) {
	for name, c := range map[string]struct {
		status menubar.StatusItem
		image  bool
		want   string
	}{
		"image alone":                 {menubar.StatusItem{Symbol: menubar.SymbolOff}, true, ""},
		"image and time":              {menubar.StatusItem{Symbol: menubar.SymbolConnected, Text: "12:45"}, true, " 12:45"},
		"no image":                    {menubar.StatusItem{Symbol: menubar.SymbolConnected}, false, "● VPN"},
		"no image, time":              {menubar.StatusItem{Symbol: menubar.SymbolConnected, Text: "12:45"}, false, "● VPN 12:45"},
		"no image, no symbol":         {menubar.StatusItem{}, false, "VPN"},
		"no image, symbol of a later": {menubar.StatusItem{Symbol: "later"}, false, "VPN"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := statusTitle(c.status, c.image); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestTitlesAreFitForCocoa(t *testing.T) {
	for name, c := range map[string]struct {
		item  menubar.Item
		image bool
		want  string
	}{
		"plain":                 {menubar.Item{Title: "Connect Home"}, false, "Connect Home"},
		"symbol drawn":          {menubar.Item{Title: "Connect Home", Symbol: menubar.SymbolDown}, true, "Connect Home"},
		"symbol as a character": {menubar.Item{Title: "Connect Home", Symbol: menubar.SymbolDown}, false, "○ Connect Home"},
		"invalid UTF-8":         {menubar.Item{Title: "a\xffb"}, false, "a\uFFFDb"},
		"NUL":                   {menubar.Item{Title: "a\x00b"}, false, "ab"},
		"empty":                 {menubar.Item{}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := title(c.item, c.image); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestEveryStateIsDescribed(t *testing.T) {
	said := map[string]menubar.Symbol{}
	for _, s := range []menubar.Symbol{menubar.SymbolNeedsUser, menubar.SymbolConnecting, menubar.SymbolConnected, menubar.SymbolPaused, menubar.SymbolWaiting, menubar.SymbolOff} {
		d := description(s)
		if other, ok := said[d]; ok || d == "" {
			t.Errorf("%s is %q, as is %s", s, d, other)
		}
		said[d] = s
	}
}

func TestCheckBuildWantsTheFlag(t *testing.T) {
	with := func(key, value string) *debug.BuildInfo {
		return &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "-trimpath", Value: "true"}, {Key: key, Value: value}}}
	}
	for name, c := range map[string]struct {
		info *debug.BuildInfo
		ok   bool
		want error
	}{
		"with the flag":         {with("-gcflags", "all=-d=variablemakehash=qn"), true, nil},
		"without any":           {with("-tags", "x"), true, ErrUnsafeBuild},
		"with other flags":      {with("-gcflags", "all=-N"), true, ErrUnsafeBuild},
		"for one package alone": {with("-gcflags", "-d=variablemakehash=qn"), true, ErrUnsafeBuild},
		"no build information":  {nil, false, ErrUnsafeBuild},
	} {
		t.Run(name, func(t *testing.T) {
			if err := CheckBuild(c.info, c.ok); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}
