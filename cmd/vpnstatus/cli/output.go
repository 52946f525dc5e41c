package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"

	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

// usesColor reports whether escape sequences may be written: only to a terminal
// that understands them, and never with NO_COLOR.
func usesColor(w io.Writer, environ func(string) string) bool {
	f, ok := w.(*os.File)
	return ok && environ("NO_COLOR") == "" && environ("TERM") != "dumb" && term.IsTerminal(f.Fd())
}

// output is standard output. It keeps the first error and then writes nothing
// more, so that only run has to check for it.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(b)
	o.err = err
	return n, err
}

func (e *env) print(format string, args ...any) { fmt.Fprintf(e.out, format, args...) }

// note writes a message, which is not data, to standard error.
func (e *env) note(format string, args ...any) {
	fmt.Fprintln(e.err, plaintext.Lines(fmt.Sprintf(format, args...)))
}

// printTable writes rows in columns below a header.
func (e *env) printTable(header []string, rows [][]string) {
	for _, row := range rows {
		for i := range row {
			row[i] = plaintext.Line(row[i])
		}
	}
	last := len(header) - 1
	t := table.New().
		Border(lipgloss.HiddenBorder()).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderHeader(false).BorderColumn(false).
		Wrap(false).
		Headers(header...).Rows(rows...).
		StyleFunc(func(row, col int) lipgloss.Style {
			style := lipgloss.NewStyle()
			if col < last {
				style = style.PaddingRight(2)
			}
			if row == table.HeaderRow {
				return style.Faint(true)
			}
			if header[col] == "STATUS" {
				return style.Inherit(statusStyle(rows[row][col]))
			}
			return style
		})
	text := t.Render()
	if !e.color {
		text = ansi.Strip(text)
	}
	for line := range strings.Lines(text) {
		e.print("%s\n", strings.TrimRightFunc(line, unicode.IsSpace))
	}
}

// statusStyle returns the colour of a status word. The colour adds nothing to
// the word.
func statusStyle(word string) lipgloss.Style {
	style := lipgloss.NewStyle()
	switch s, err := vpn.ParseStatus(word); {
	case err != nil:
		return style.Faint(true)
	case s == vpn.Connected:
		return style.Foreground(lipgloss.Green)
	case s.InTransition():
		return style.Foreground(lipgloss.Yellow)
	}
	return style.Faint(true)
}

// printFields writes names and values in two columns; empty values are left out.
func (e *env) printFields(fields [][2]string) {
	width := 0
	for _, f := range fields {
		if f[1] != "" {
			width = max(width, len(f[0]))
		}
	}
	for _, f := range fields {
		if f[1] != "" {
			e.print("%-*s  %s\n", width, f[0], plaintext.Line(f[1]))
		}
	}
}

// schema is the number of the JSON forms that this program prints. Fields are
// added under the same number; another number means that a field was changed
// or removed.
const schema = 1

// printJSON writes a JSON document.
func (e *env) printJSON(v any) error { return e.writeJSON(v, "  ") }

// printJSONLine writes one line of a stream.
func (e *env) printJSONLine(v any) error { return e.writeJSON(v, "") }

func (e *env) writeJSON(v any, indent string) error {
	data, err := plaintext.JSON(v, indent)
	if err != nil {
		return err
	}
	_, err = e.out.Write(data)
	return err
}
