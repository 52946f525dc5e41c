package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/term"

	"vpnstatus/internal/menubar"
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

// columnGap is the number of spaces between two columns.
const columnGap = 2

// printTable writes rows in columns below a header. The table of lipgloss prints the
// same, and takes 80 ms for a thousand services in place of 3 ms.
func (e *env) printTable(header []string, rows [][]string) {
	widths := make([]int, len(header))
	for i, name := range header {
		widths[i] = menubar.Width(name)
	}
	for _, row := range rows {
		for i := range row {
			row[i] = plaintext.Line(row[i])
			widths[i] = max(widths[i], menubar.Width(row[i]))
		}
	}
	var text strings.Builder
	line := func(row []string, style func(col int) lipgloss.Style) {
		gap := 0 // no spaces after the last cell with a text
		for i, cell := range row {
			if cell != "" {
				fmt.Fprintf(&text, "%*s", gap, "")
				gap = 0
				if e.color {
					text.WriteString(style(i).Render(cell))
				} else {
					text.WriteString(cell)
				}
			}
			gap += widths[i] - menubar.Width(cell) + columnGap
		}
		text.WriteByte('\n')
	}
	line(header, func(int) lipgloss.Style { return lipgloss.NewStyle().Faint(true) })
	for _, row := range rows {
		line(row, func(col int) lipgloss.Style {
			if header[col] == "STATUS" {
				return statusStyle(row[col])
			}
			return lipgloss.NewStyle()
		})
	}
	e.print("%s", text.String())
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
