package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const isc = `Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`

// made writes a module with the given files, in pairs of name and text.
func made(t *testing.T, name string, files ...string) module {
	t.Helper()
	m := module{name, t.TempDir()}
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(m.dir, files[i]), []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestModulesWithTheSameLicenceShareItsText(t *testing.T) {
	got, err := notice([]module{
		made(t, "example.org/a v1", "LICENSE", isc, "NOTICE.txt", "thanks to A", "licence_test.go", "package a"),
		made(t, "example.org/b v2", "Licence.md", isc+"\r\n"),
		made(t, "example.org/c v3", "COPYING", isc),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nexample.org/a v1 (ISC)\n\n", "\nexample.org/b v2 (ISC)\nexample.org/c v3 (ISC)\n\n", "\nthanks to A\n"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if n := strings.Count(string(got), "Permission to use"); n != 2 {
		t.Errorf("the licence is there %d times, want 2", n)
	}
	if strings.Contains(string(got), "package a") {
		t.Error("a source file counts as a licence")
	}
}

func TestALicenceThatIsNotAllowedIsRefused(t *testing.T) {
	for want, m := range map[string]module{
		"no licence that is known":               made(t, "m", "README.md", "hello", "NOTICE", "thanks"),
		"has the licence 0BSD":                   made(t, "m", "LICENSE", strings.Replace(isc, ", provided that the above\ncopyright notice and this permission notice appear in all copies.", ".", 1)),
		"only 0 % of LICENSE is a known licence": made(t, "m", "LICENSE", "All rights reserved."),
		"of LICENSE.more is a known licence":     made(t, "m", "LICENSE", isc, "LICENSE.more", "All rights reserved."),
	} {
		if got, err := notice([]module{m}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q; the notice is\n%s", err, want, got)
		}
	}
}
