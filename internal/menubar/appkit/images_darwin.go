//go:build cgo

package appkit

import (
	"github.com/progrium/darwinkit/macos/appkit"
	"github.com/progrium/darwinkit/objc"

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

// images makes the symbols, each once. They are few and are kept for ever.
type images struct {
	can, canSize, canTint bool
	made                  map[imageKey]appkit.Image // nil image: this macOS has no such symbol
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
	i := &images{made: make(map[imageKey]appkit.Image)}
	i.can = knows("NSImage", "imageWithSystemSymbolName:accessibilityDescription:")
	i.canSize = i.can && knows("NSImageSymbolConfiguration", "configurationWithPointSize:weight:scale:")
	i.canTint = i.can && knows("NSImageSymbolConfiguration", "configurationWithHierarchicalColor:")
	return i
}

// symbol returns the image of a symbol; false when this macOS has none.
func (i *images) symbol(s menubar.Symbol, tone menubar.Tone, large bool) (appkit.Image, bool) {
	if !i.can || s == "" {
		return appkit.Image{}, false
	}
	if !i.canTint {
		tone = menubar.ToneNone
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
	if key.large && i.canSize {
		how = appkit.ImageSymbolConfiguration_ConfigurationWithPointSizeWeightScale(barPointSize, appkit.FontWeightRegular, appkit.ImageSymbolScaleMedium)
	}
	color, tinted := toneColor(key.tone)
	if tinted {
		how = both(how, objc.Call[appkit.ImageSymbolConfiguration](appkit.ImageSymbolConfigurationClass, objc.Sel("configurationWithHierarchicalColor:"), color))
	}
	img = configured(img, how)
	img.SetTemplate(!tinted)
	img.Retain()
	return img
}

// both joins two configurations: an image has one, and another takes its place.
func both(a, b appkit.ImageSymbolConfiguration) appkit.ImageSymbolConfiguration {
	if a.IsNil() || b.IsNil() || !cocoa.RespondsTo(id(a), "configurationByApplyingConfiguration:") {
		return b
	}
	return objc.Call[appkit.ImageSymbolConfiguration](a, objc.Sel("configurationByApplyingConfiguration:"), b)
}

// configured returns the image with the configuration, or as it was where that
// is not possible.
func configured(img appkit.Image, c appkit.ImageSymbolConfiguration) appkit.Image {
	if c.IsNil() || !cocoa.RespondsTo(id(img), "imageWithSymbolConfiguration:") {
		return img
	}
	if changed := objc.Call[appkit.Image](img, objc.Sel("imageWithSymbolConfiguration:"), c); !changed.IsNil() {
		return changed
	}
	return img
}

// toneColor returns the system's colour of a tone, which follows light and dark.
func toneColor(t menubar.Tone) (appkit.Color, bool) {
	name := map[menubar.Tone]string{
		menubar.ToneGood: "systemGreenColor",
		menubar.ToneBusy: "systemBlueColor",
		menubar.ToneWait: "systemOrangeColor",
		menubar.ToneWarn: "systemRedColor",
		menubar.ToneDim:  "systemGrayColor",
	}[t]
	if name == "" || !knows("NSColor", name) {
		return appkit.Color{}, false
	}
	c := objc.Call[appkit.Color](appkit.ColorClass, objc.Sel(name))
	return c, !c.IsNil()
}
