package menubar_test

import (
	"testing"

	"vpnstatus/internal/engine"
	. "vpnstatus/internal/menubar"
	"vpnstatus/test/situation"
)

func TestAnOfferIsNoWarningAndOpensTheSettings(t *testing.T) {
	s := situation.Snapshot(situation.Service(1, "Office"))
	s.Problems = []engine.Problem{{Key: "import.offer", Text: "settings can be taken over"}}
	m := build(situation.Situation{Snapshot: s})
	for _, it := range m.Items {
		if it.ID == "problem/import.offer" {
			if it.Kind != KindAction || it.Action.App != AppSettings || it.Tone != ToneNone || it.Symbol != "" || it.Title != "Settings can be taken over" {
				t.Errorf("%+v", it)
			}
			return
		}
	}
	t.Error("it is not in the menu")
}
