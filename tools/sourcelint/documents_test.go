package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// tree writes files in a new folder, in pairs of name and text.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(root, filepath.FromSlash(files[i]))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestLinksOfDocuments(t *testing.T) {
	const other = "# Other\n\n## What it can't do: `x` & [more](a.md)\n\n## Same\n\n## Same\n\n```\n## In code\n```\n"
	for _, tt := range []struct {
		name, text string
		want       []string // places and reasons
	}{
		{"to a document, a picture, a folder", "[a](docs/other.md) ![b](docs/menu.png) [c](docs)", nil},
		{"to the web, and mail", "[a](https://example.org/#x) [b](mailto:a@example.org)", nil},
		{"to headings", "# Here & now\n[a](#here--now) [b](docs/other.md#what-it-cant-do-x--more) [c](docs/other.md#same-1)", nil},
		{"in code", "`[a](none.md)`\n```sh\n[a](none.md)\n```\n", nil},
		{"to a document that is gone", "\nsee [a](docs/gone.md)", []string{"README.md:2: dead link: there is no docs/gone.md"}},
		{"to a heading that is gone", "[a](docs/other.md#gone)", []string{"README.md:1: dead link: docs/other.md has no heading with the anchor gone"}},
		{"to a heading of its own that is gone", "[a](#gone)", []string{"README.md:1: dead link: README.md has no heading with the anchor gone"}},
		{"to a heading in code", "[a](docs/other.md#in-code)", []string{"README.md:1: dead link: docs/other.md has no heading with the anchor in-code"}},
		{"after code", "```\n```\n[a](gone)", []string{"README.md:3: dead link: there is no gone"}},
		{"one of two in a line", "[a](docs/other.md), [b](docs/gone.md)", []string{"README.md:1: dead link: there is no docs/gone.md"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := tree(t, "README.md", tt.text, "docs/other.md", other, "docs/menu.png", "", "docs/a.md", "")
			documents, _, err := loadTexts(root)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range checkLinks(root, documents) {
				got = append(got, f.String())
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestALinkIsRelativeToItsDocument(t *testing.T) {
	root := tree(t, "docs/a.md", "[b](b.md) [r](../README.md) [wrong](docs/b.md)", "docs/b.md", "", "README.md", "")
	documents, _, err := loadTexts(root)
	if err != nil {
		t.Fatal(err)
	}
	got := checkLinks(root, documents)
	if len(got) != 1 || got[0].why != "there is no docs/docs/b.md" {
		t.Errorf("got %v", got)
	}
}

func TestWorkThatIsLeftNeedsAnIssue(t *testing.T) {
	root := tree(t,
		"internal/a/a.go", "package a\n\n// F is done. TODO(#12): faster.\nfunc F() string {\n\t/* first\n\t   FIXME: wrong */\n\treturn \"TODO\"\n}\n",
		"Makefile", "all: # TODO\n",
		"build/left.sh", "# TODO\n",
		"a.sh", "# TODOS are no such note\n# TODO(me)\n")
	packages, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	got := checkComments(packages[0].files[0])
	_, texts, err := loadTexts(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Makefile", "a.sh", "build/left.sh"} {
		got = append(got, checkTodo(name, 1, texts[name])...)
	}
	var places []string
	for _, f := range got {
		if f.rule != todoRule {
			t.Errorf("the rule is %q", f.rule)
		}
		places = append(places, f.file+":"+string(rune('0'+f.line)))
	}
	if want := []string{"internal/a/a.go:6", "Makefile:1", "a.sh:2"}; !slices.Equal(places, want) {
		t.Errorf("got %q, want %q", places, want)
	}
}
