// Package page writes the HTML pages that picture the menu and the settings
// window.
//
// It promises that text and attributes are escaped, and one error for the whole
// page. There is no template: package html/template makes the linker keep every
// method of the program.
package page

import (
	"bufio"
	"io"
	"strings"
)

// escape is html.EscapeString. Package html would bring its table of all named
// characters, 0.1 MB of the program.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// Writer writes a page. Create it with New and end with End.
type Writer struct{ w *bufio.Writer } // keeps the first error

// New begins a self-contained page. The style is put in as it is.
func New(w io.Writer, title, style string) Writer {
	p := Writer{bufio.NewWriter(w)}
	p.Put(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>`)
	p.Text(title)
	p.Put("</title>\n<style>", style, "</style>\n</head>\n<body>\n")
	return p
}

// Put writes markup as it is.
func (p Writer) Put(parts ...string) {
	for _, s := range parts {
		p.w.WriteString(s)
	}
}

// Text writes text.
func (p Writer) Text(s string) { p.Put(escape.Replace(s)) }

// Attribute writes an attribute of the tag that was begun, unless it is empty.
func (p Writer) Attribute(name, value string) {
	if value != "" {
		p.Put(" ", name, `="`, escape.Replace(value), `"`)
	}
}

// End ends the page and returns the first error of writing it.
func (p Writer) End() error {
	p.Put("</body>\n</html>\n")
	return p.w.Flush()
}
