package main

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// A row is a line of the table of packages.
type row struct {
	dir string   // "internal/vpn"; "tools/" stands for all below it
	may []string // folders of packages
	any bool     // may import all packages
	no  int      // its line in the page
}

// covers reports whether the row is about the package, and how closely.
func (r row) covers(dir string) bool {
	return r.dir == dir || strings.HasSuffix(r.dir, "/") && strings.HasPrefix(dir, r.dir)
}

// parseTable reads the table under the heading "Packages". Its first column is
// a folder in back quotes, its last what the package may import: names below
// internal/ with commas between, "–" for none, "all".
func parseTable(page string) ([]row, error) {
	var rows []row
	inside := false
	no := 0
	for line := range strings.Lines(page) {
		no++
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			inside = strings.TrimLeft(line, "# ") == "Packages"
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		first := strings.TrimSpace(cells[0])
		if !inside || !strings.HasPrefix(line, "|") || !strings.HasPrefix(first, "`") {
			continue
		}
		if len(cells) != 3 {
			return nil, fmt.Errorf("line %d: a row with %d columns, not 3", no, len(cells))
		}
		r := row{dir: strings.Trim(first, "`"), no: no}
		switch may := strings.TrimSpace(cells[2]); may {
		case "–":
		case "all":
			r.any = true
		default:
			for name := range strings.SplitSeq(may, ",") {
				r.may = append(r.may, "internal/"+strings.Trim(strings.TrimSpace(name), "`"))
			}
		}
		if slices.ContainsFunc(rows, func(o row) bool { return o.dir == r.dir }) {
			return nil, fmt.Errorf("line %d: %s a second time", no, r.dir)
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return nil, errors.New(`no table of packages under a heading "Packages"`)
	}
	return rows, nil
}

// checkImports compares what packages import, leaving out tests, with the
// table, and the table with the packages.
func checkImports(packages []*pkg, table []row) (faults []fault) {
	used := map[string]bool{}
	for _, p := range packages {
		i := slices.IndexFunc(table, func(r row) bool { return r.covers(p.dir) })
		if i < 0 {
			faults = append(faults, fault{p.files[0].path, 1, "unknown-package",
				fmt.Sprintf("%s is not in the table of %s; add it with what it may import", p.dir, tablePath)})
			continue
		}
		r := table[i]
		used[r.dir] = true
		for _, f := range p.files {
			if f.test() || r.any {
				continue
			}
			for _, spec := range f.syntax.Imports {
				path, _ := strconv.Unquote(spec.Path.Value)
				dir, own := strings.CutPrefix(path, module+"/")
				if own && !slices.Contains(r.may, dir) && (dir == p.dir || !r.covers(dir)) {
					faults = append(faults, f.fault(spec, "import", "%s may not import %s (%s, \"Packages\")", p.dir, dir, tablePath))
				}
			}
		}
	}
	for _, r := range table {
		if !used[r.dir] {
			faults = append(faults, fault{tablePath, r.no, "unknown-package", fmt.Sprintf("there is no package %s", r.dir)})
		}
		for _, dir := range r.may {
			if !slices.ContainsFunc(packages, func(p *pkg) bool { return p.dir == dir }) {
				faults = append(faults, fault{tablePath, r.no, "unknown-package", fmt.Sprintf("there is no package %s for %s to import", dir, r.dir)})
			}
		}
	}
	return faults
}

// untested are the packages without a test of their own, and why.
var untested = map[string]string{
	"tools/app":         "builds and signs on a Mac; its parts are tested in tools/internal",
	"tools/darwincross": "runs compilers; every run ends in tools/internal/verify",
	"tools/icon":        "writes a file of what tools/internal/icon draws",
	"tools/picture":     "runs a browser",
	"tools/verify":      "prints what tools/internal/verify finds",
}

// checkPackages finds packages without comment or tests.
func checkPackages(packages []*pkg, untested map[string]string) (faults []fault) {
	for _, p := range packages {
		tests, comments := 0, 0
		for _, f := range p.files {
			if f.test() {
				tests++
			}
			if f.syntax.Doc != nil && isPackageComment(f.syntax) {
				comments++
			}
		}
		first := p.files[0].path
		_, excused := untested[p.dir]
		if comments == 0 {
			faults = append(faults, fault{first, 1, "package-comment", fmt.Sprintf("package %s has no comment that says what it promises", p.dir)})
		}
		if comments > 1 {
			faults = append(faults, fault{first, 1, "package-comment", fmt.Sprintf("package %s has %d comments; one is enough", p.dir, comments)})
		}
		if tests == 0 && !excused {
			faults = append(faults, fault{first, 1, "package-test", fmt.Sprintf("package %s has no test", p.dir)})
		}
		if tests > 0 && excused {
			faults = append(faults, fault{first, 1, "package-test", fmt.Sprintf("package %s has tests: take it off the list of those without", p.dir)})
		}
	}
	return faults
}

func isPackageComment(f *ast.File) bool {
	text := f.Doc.Text()
	return f.Name.Name == "main" && text != "" || strings.HasPrefix(text, "Package "+strings.TrimSuffix(f.Name.Name, "_test")+" ")
}
