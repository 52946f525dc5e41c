package cli

import (
	"encoding/json"
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

// usesColor reports whether escape sequences may be written: only to a
// terminal that understands them, and never with NO_COLOR.
func usesColor(w io.Writer, environ func(string) string) bool {
	f, ok := w.(*os.File)
	return ok && environ("NO_COLOR") == "" && environ("TERM") != "dumb" && term.IsTerminal(f.Fd())
}

// printTable writes rows in columns below a header. Cells are cleaned of
// control characters.
func (e *env) printTable(header []string, rows [][]string) error {
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
		if _, err := fmt.Fprintln(e.out, strings.TrimRightFunc(line, unicode.IsSpace)); err != nil {
			return err
		}
	}
	return nil
}

// statusStyle colours a status as screens do; the word tells it too.
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
func (e *env) printFields(fields [][2]string) error {
	width := 0
	for _, f := range fields {
		if f[1] != "" {
			width = max(width, len(f[0]))
		}
	}
	for _, f := range fields {
		if f[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(e.out, "%-*s  %s\n", width, f[0], plaintext.Line(f[1])); err != nil {
			return err
		}
	}
	return nil
}

// schema is the number of the JSON forms that this program prints. Fields are
// added under the same number; another number means that one changed or went.
const schema = 1

// printJSON writes a document for programs.
func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printJSONLine writes one line of a stream.
func (e *env) printJSONLine(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// note tells the person something that is no data.
func (e *env) note(format string, args ...any) {
	fmt.Fprintf(e.err, format+"\n", args...)
}
