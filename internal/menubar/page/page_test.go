package page

import (
	"errors"
	"strings"
	"testing"
)

func TestTextAndAttributesAreEscaped(t *testing.T) {
	var b strings.Builder
	p := New(&b, "<title>", "p { color: red }")
	p.Put("<p")
	p.Attribute("title", `"a" & 'b'`)
	p.Attribute("class", "")
	p.Put(">")
	p.Text("<script>")
	p.Put("</p>\n")
	if err := p.End(); err != nil {
		t.Fatal(err)
	}
	const want = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>&lt;title&gt;</title>
<style>p { color: red }</style>
</head>
<body>
<p title="&#34;a&#34; &amp; &#39;b&#39;">&lt;script&gt;</p>
</body>
</html>
`
	if b.String() != want {
		t.Errorf("got:\n%s", b.String())
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestTheErrorOfWritingComesAtTheEnd(t *testing.T) {
	p := New(full{}, "", strings.Repeat("x", 10_000))
	p.Text("more")
	if err := p.End(); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}
