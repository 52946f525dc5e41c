package appkit

import (
	"github.com/progrium/darwinkit/macos/appkit"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/menubar"
)

func init() {
	cocoa.Prefer(cocoa.Method, "Menu bar symbols",
		"+[NSImage imageWithSystemSymbolName:accessibilityDescription:]",
		"+[NSImageSymbolConfiguration configurationWithPointSize:weight:scale:]",
		"+[NSImageSymbolConfiguration configurationWithHierarchicalColor:]",
		"-[NSImageSymbolConfiguration configurationByApplyingConfiguration:]",
		"-[NSImage imageWithSymbolConfiguration:]")
}

// images makes each symbol once and keeps it; there are few.
type images struct {
	can  bool                      // this AppKit supports symbols
	made map[imageKey]appkit.Image // the image is nil if AppKit lacks the symbol
}

type imageKey struct {
	symbol menubar.Symbol
	tone   menubar.Tone // ToneNone: a template in the colour of the text
	large  bool         // for the menu bar
}

// barPointSize is the size of symbols in the menu bar. At the default size they
// look smaller than those of the system.
const barPointSize = 15

func newImages() *images {
	return &images{
		can: knows("NSImage", "imageWithSystemSymbolName:accessibilityDescription:") &&
			knows("NSImageSymbolConfiguration", "configurationWithPointSize:weight:scale:") &&
			knows("NSImageSymbolConfiguration", "configurationWithHierarchicalColor:"),
		made: make(map[imageKey]appkit.Image),
	}
}

// symbol returns the image of a symbol; false if this macOS lacks it.
func (i *images) symbol(s menubar.Symbol, tone menubar.Tone, large bool) (appkit.Image, bool) {
	if !i.can || s == "" {
		return appkit.Image{}, false
	}
	key := imageKey{s, tone, large}
	img, ok := i.made[key]
	if !ok {
		img = i.make(key)
		i.made[key] = img
	}
	return img, !img.IsNil()
}

func (i *images) make(key imageKey) appkit.Image {
	says := ""
	if key.large {
		says = description(key.symbol)
	}
	img := appkit.Image_ImageWithSystemSymbolNameAccessibilityDescription(string(key.symbol), says)
	if img.IsNil() {
		return img
	}
	var how appkit.ImageSymbolConfiguration
	if key.large {
		how = appkit.ImageSymbolConfiguration_ConfigurationWithPointSizeWeightScale(barPointSize, appkit.FontWeightRegular, appkit.ImageSymbolScaleMedium)
	}
	color, tinted := toneColor(key.tone)
	if tinted {
		tint := appkit.ImageSymbolConfiguration_ConfigurationWithHierarchicalColor(color)
		if !how.IsNil() {
			tint = how.ConfigurationByApplyingConfiguration(tint)
		}
		how = tint
	}
	if !how.IsNil() {
		if configured := img.ImageWithSymbolConfiguration(how); !configured.IsNil() {
			img = configured
		}
	}
	img.SetTemplate(!tinted)
	img.Retain()
	return img
}

// toneColor returns the system's colour of a tone, which follows light and dark;
// false for ToneNone.
func toneColor(t menubar.Tone) (appkit.Color, bool) {
	switch t {
	case menubar.ToneGood:
		return appkit.Color_SystemGreenColor(), true
	case menubar.ToneBusy:
		return appkit.Color_SystemBlueColor(), true
	case menubar.ToneWait:
		return appkit.Color_SystemOrangeColor(), true
	case menubar.ToneWarn:
		return appkit.Color_SystemRedColor(), true
	case menubar.ToneDim:
		return appkit.Color_SystemGrayColor(), true
	}
	return appkit.Color{}, false
}
