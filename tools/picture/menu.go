package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"
	"time"

	"vpnstatus/internal/menubar"
	"vpnstatus/test/situation"
)

//go:embed menu.html
var menuHTML string

// menuPage draws the menu of every day light and dark, side by side.
func menuPage() (page, error) { return menuPageOf(situation.Everyday()) }

func menuPageOf(s situation.Situation) (page, error) {
	t, err := template.New("menu").Funcs(template.FuncMap{
		"upper":  strings.ToUpper,
		"indent": func(level int) int { return 10 * level }, // about what NSMenu adds per level, in points
	}).Parse(menuHTML)
	if err != nil {
		return page{}, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Looks":    []string{"light", "dark"},
		"Menu":     menubar.Build(s.Snapshot, s.Settings, menubar.Env{Location: time.UTC, Login: menubar.LoginOn}, situation.Now),
		"Clock":    situation.Now.Format("Mon 2 Jan  15:04"),
		"Selected": "service/" + situation.ID(2).String() + "/toggle",
	})
	return page{b.Bytes(), 900, 502}, err
}
