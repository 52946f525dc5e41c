package autoconnect

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// State that grows beyond a dozen fields is to be split into parts that are
// reset as a whole.
func TestNoStructHasMoreThanADozenFields(t *testing.T) {
	const most = 12
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no sources", err)
	}
	structs := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			s, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			structs++
			fields := 0
			for _, f := range s.Fields.List {
				fields += max(1, len(f.Names)) // an embedded field has no name
			}
			if fields > most {
				t.Errorf("%s: %s has %d fields, of which there should be at most %d", name, spec.Name.Name, fields, most)
			}
			return true
		})
	}
	if structs < 20 {
		t.Errorf("only %d structs found", structs)
	}
}
