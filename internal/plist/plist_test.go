package plist_test

import (
	"fmt"
	"strings"
	"testing"

	howett "howett.net/plist"

	"vpnstatus/internal/plist"
)

func TestEveryFormatIsRead(t *testing.T) {
	want := map[string]any{
		"name": "Café & <Büro>", "on": true, "off": false, "count": 60, "part": 0.5, "data": []byte{0, 255},
		"list": []any{"a", map[string]any{"b": "c"}}, "empty": map[string]any{},
	}
	for format, number := range map[string]int{"XML": howett.XMLFormat, "binary": howett.BinaryFormat} {
		t.Run(format, func(t *testing.T) {
			data, err := howett.Marshal(want, number)
			if err != nil {
				t.Fatal(err)
			}
			// Printed, a number is the same whatever type holds it.
			if got, err := plist.Read(data); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	t.Run("text", func(t *testing.T) {
		got, err := plist.Read([]byte(`{ count = 60; list = (a, "b c"); }`))
		if err != nil || fmt.Sprint(got) != "map[count:60 list:[a b c]]" {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// nested is a dictionary with lists in each other.
func nested(open string, depth int, end string) string {
	lists := strings.Repeat(open, depth) + strings.Repeat(end, depth)
	if open == "(" {
		return "{ a = " + lists + "; }"
	}
	return `<?xml version="1.0"?><plist version="1.0"><dict><key>a</key>` + lists + `</dict></plist>`
}

func TestListsMayLieInEachOther(t *testing.T) {
	for _, data := range []string{nested("<array>", 50, "</array>"), nested("(", 50, ")")} {
		got, err := plist.Read([]byte(data))
		if err != nil || strings.Count(fmt.Sprint(got), "[") != 51 {
			t.Errorf("%v, %v", got, err)
		}
	}
}

func TestWhatIsNoDictionaryIsAnError(t *testing.T) {
	for name, data := range map[string]string{
		"text":          "hello",
		"a list":        `<plist version="1.0"><array/></plist>`,
		"half of it":    `<plist version="1.0"><dict><key>a</key><str`,
		"broken binary": "bplist00" + strings.Repeat("\xff", 32),
		"far too deep":  nested("<array>", 5000, "</array>"),
		"deep text":     nested("(", 5000, ")"),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := plist.Read([]byte(data)); err == nil {
				t.Errorf("read as %v", got)
			}
		})
	}
}
