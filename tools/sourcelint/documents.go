package main

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// A document is a text file that people read on the web: its lines without those
// in blocks of code, which are empty, and the anchors of its headings.
type document struct {
	path    string // with slashes, relative to the module
	lines   []string
	anchors map[string]bool
}

var (
	fence      = regexp.MustCompile("^ *(```|~~~)")
	heading    = regexp.MustCompile(`^#{1,6} +(.*?)( #+)?$`)
	inlineCode = regexp.MustCompile("`[^`]*`")
	link       = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	linkText   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

func parseDocument(name, text string) document {
	d := document{path: name, anchors: map[string]bool{}}
	code := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if fence.MatchString(line) {
			code = !code
			line = ""
		}
		if code {
			line = ""
		}
		if m := heading.FindStringSubmatch(line); m != nil {
			// GitHub numbers headings of the same text.
			anchor := anchorOf(m[1])
			for n := 1; d.anchors[anchor]; n++ {
				anchor = fmt.Sprintf("%s-%d", anchorOf(m[1]), n)
			}
			d.anchors[anchor] = true
		}
		d.lines = append(d.lines, line)
	}
	return d
}

// anchorOf is the anchor that GitHub gives a heading.
func anchorOf(heading string) string {
	heading = linkText.ReplaceAllString(heading, "$1")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// checkLinks reports links from document to document and to files that lead nowhere.
// Links to the web are not followed.
func checkLinks(root string, documents []document) []fault {
	byPath := map[string]document{}
	for _, d := range documents {
		byPath[d.path] = d
	}
	var faults []fault
	for _, d := range documents {
		for i, line := range d.lines {
			for _, m := range link.FindAllStringSubmatch(inlineCode.ReplaceAllString(line, ""), -1) {
				if why := deadLink(root, d, m[1], byPath); why != "" {
					faults = append(faults, fault{d.path, i + 1, "dead link", why})
				}
			}
		}
	}
	return faults
}

// deadLink returns why the target, as it is in d, leads nowhere; "" if it does not.
func deadLink(root string, d document, target string, byPath map[string]document) string {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return err.Error()
	case u.Scheme != "" || u.Host != "":
		return ""
	}
	name := d.path
	if u.Path != "" {
		name = path.Join(path.Dir(d.path), u.Path)
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil {
			return "there is no " + name
		}
	}
	if to, ok := byPath[name]; u.Fragment != "" && (!ok || !to.anchors[u.Fragment]) {
		return fmt.Sprintf("%s has no heading with the anchor %s", name, u.Fragment)
	}
	return ""
}

// todo finds notes of work that is left, and the issue that they name, if any.
var todo = regexp.MustCompile(`\b(TODO|FIXME)\b(\(#[0-9]+\))?`)

const todoRule = "TODO without an issue"

// checkTodo reports, in a comment or a text, notes of work that no issue tracks:
// TODO(#12) is allowed.
func checkTodo(name string, line int, text string) []fault {
	var faults []fault
	for i, l := range strings.Split(text, "\n") {
		for _, m := range todo.FindAllStringSubmatch(l, -1) {
			if m[2] == "" {
				faults = append(faults, fault{name, line + i, todoRule, "what is left to do is found in the list of issues; name it: " + m[1] + "(#12)"})
			}
		}
	}
	return faults
}

// checkComments reports such notes in the comments of a Go file.
func checkComments(f *file) []fault {
	var faults []fault
	for _, group := range f.syntax.Comments {
		for _, c := range group.List {
			faults = append(faults, checkTodo(f.path, f.fset.Position(c.Pos()).Line, c.Text)...)
		}
	}
	return faults
}

// loadTexts reads the files of the module that are no Go code: documents, and
// scripts and configuration by their lines.
func loadTexts(root string) (documents []document, texts map[string]string, err error) {
	texts = map[string]string{}
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "build" || name == "dist" || name == ".git" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		extension := path.Ext(name)
		switch extension {
		case ".md", ".sh", ".rb", ".yml":
		default:
			if d.Name() != "Makefile" && name != ".ci/run" {
				return nil
			}
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		texts[name] = string(text)
		if extension == ".md" {
			documents = append(documents, parseDocument(name, string(text)))
		}
		return nil
	})
	return documents, texts, err
}
