package internal_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/modfile"
)

var (
	// namedTest finds a test in a document, with the package in front: `control.TestListen`.
	// A test in backquotes may name a row of its: `control.TestListen/a folder in the way`.
	namedTest = regexp.MustCompile("(?:([a-z][a-z0-9/]*)\\.)?\\b((?:Test|Fuzz|Benchmark)[A-Z]\\w*)(?:/([^`|\n]+)`)?")
	testFunc  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)

	codeBlock = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	codeSpan  = regexp.MustCompile("`[^`\n]*`")
	link      = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading   = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	noAnchor  = regexp.MustCompile(`[^\p{L}\p{M}\p{N} _-]`)
)

// place is where a test function is: the directory of its package, and the text
// of its file.
type place struct{ dir, text string }

// tests returns the test functions of the module by name, and their places.
// Files for other systems and with build tags count too.
func tests(t *testing.T, module fs.FS) map[string][]place {
	t.Helper()
	found := map[string][]place{}
	walk(t, module, func(name string, text []byte) {
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range testFunc.FindAllSubmatch(text, -1) {
				found[string(m[1])] = append(found[string(m[1])], place{path.Dir(name), string(text)})
			}
		}
	})
	return found
}

// walk calls f with each Go file and document of the module.
func walk(t *testing.T, module fs.FS, f func(name string, text []byte)) {
	t.Helper()
	err := fs.WalkDir(module, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || name == "build" || name == "dist" || name == ".git"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go" && path.Ext(name) != ".md":
			return nil
		}
		text, err := fs.ReadFile(module, name)
		if err == nil {
			f(name, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// unknownTests returns the tests that a document names and that are not there.
// The package may be left out, or be the end of its path. A row is a text in the
// test's file.
func unknownTests(text string, tests map[string][]place) (unknown []string, named int) {
	for _, m := range namedTest.FindAllStringSubmatch(text, -1) {
		named++
		there := false
		for _, p := range tests[m[2]] {
			there = there || (m[1] == "" || strings.HasSuffix("/"+p.dir, "/"+m[1])) && (m[3] == "" || strings.Contains(p.text, `"`+m[3]+`"`))
		}
		if !there {
			unknown = append(unknown, m[0])
		}
	}
	return unknown, named
}

func TestTheTestsThatDocumentsNameExist(t *testing.T) {
	module := os.DirFS("..")
	tests := tests(t, module)
	total := 0
	walk(t, module, func(name string, text []byte) {
		if path.Ext(name) != ".md" {
			return
		}
		unknown, named := unknownTests(string(text), tests)
		total += named
		for _, u := range unknown {
			t.Errorf("%s names %s, which does not exist", name, u)
		}
	})
	if total == 0 {
		t.Error("no document names a test")
	}
	for text, want := range map[string]string{
		"`internal.TestTheTestsThatDocumentsNameExist`": "",
		"TestTheTestsThatDocumentsNameExist":            "",
		"`control.TestTheTestsThatDocumentsNameExist`":  "control.TestTheTestsThatDocumentsNameExist",
		"see TestNothing, or FuzzNothing":               "TestNothing FuzzNothing",
		"`control.TestListen/a folder in the way`":      "",
		"`control.TestListen/a word in the way`":        "control.TestListen/a word in the way`",
		"Testing and Fuzzy words":                       "",
	} {
		if unknown, _ := unknownTests(text, tests); strings.Join(unknown, " ") != want {
			t.Errorf("in %q unknown: %q", text, unknown)
		}
	}
}

// deadLinks returns the links of a document to files and headings that are not
// there. Links to the web are not followed.
func deadLinks(t *testing.T, module fs.FS, name string) (dead []string) {
	t.Helper()
	document := func(name string) string {
		text, err := fs.ReadFile(module, name)
		if err != nil {
			t.Fatal(err)
		}
		return codeBlock.ReplaceAllString(string(text), "")
	}
	for _, m := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(document(name), ""), -1) {
		file, anchor, _ := strings.Cut(m[1], "#")
		if strings.Contains(file, ":") {
			continue
		}
		target := name
		if file != "" {
			target = path.Join(path.Dir(name), file)
		}
		if _, err := fs.Stat(module, target); err != nil {
			dead = append(dead, m[1])
			continue
		}
		there := anchor == ""
		if !there {
			for _, h := range heading.FindAllStringSubmatch(document(target), -1) {
				words := strings.ToLower(noAnchor.ReplaceAllString(h[1], ""))
				there = there || strings.ReplaceAll(words, " ", "-") == anchor // as GitHub makes it
			}
		}
		if !there {
			dead = append(dead, m[1])
		}
	}
	return dead
}

func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	module := os.DirFS("..")
	walk(t, module, func(name string, _ []byte) {
		if path.Ext(name) == ".md" {
			for _, l := range deadLinks(t, module, name) {
				t.Errorf("%s has a link to %s, which is not there", name, l)
			}
		}
	})
	made := fstest.MapFS{
		"docs/a.md": {Data: []byte("# What it can't do: `x`\n[b](b.png) [up](../b.md#Here) ![none](c.png)\n[web](https://example.org/#x) [](mailto:a@b)\n" +
			"[own](#what-it-cant-do-x) [none](#what)\n`[code](d.md)`\n```\n# Code\n[code](d.md)\n```\n[code](#code)")},
		"docs/b.png": {}, "b.md": {Data: []byte("## here\n")},
	}
	if got := strings.Join(deadLinks(t, made, "docs/a.md"), " "); got != "../b.md#Here c.png #what #code" {
		t.Errorf("dead links: %s", got)
	}
}

func TestEachModuleHasAReason(t *testing.T) {
	data, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, reasons, ok := strings.Cut(string(doc), "\n## Dependencies\n")
	if !ok {
		t.Fatal("docs/architecture.md has no dependencies")
	}
	listed := map[string]bool{} // "spf13/cobra", "pflag"
	for line := range strings.Lines(reasons) {
		if cells := strings.Split(line, "|"); len(cells) > 1 {
			for _, word := range strings.FieldsFunc(cells[1], func(r rune) bool { return strings.ContainsRune(" ,;", r) }) {
				listed[word] = true
			}
		}
	}
	version := regexp.MustCompile(`[./]v\d+$`)
	for _, r := range mod.Require {
		if r.Indirect {
			continue
		}
		name, ok := version.ReplaceAllString(r.Mod.Path, ""), false
		for end := name; end != "" && !ok; _, end, _ = strings.Cut(end, "/") {
			ok = listed[end]
		}
		if !ok {
			t.Errorf("docs/architecture.md gives no reason for %s", r.Mod.Path)
		}
	}
}
