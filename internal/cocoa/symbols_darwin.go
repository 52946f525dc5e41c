package cocoa

import (
	"maps"
	"slices"
	"sync"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"
)

var frameworks sync.Map // name -> bool

// Load loads a public framework by name, such as "NetworkExtension". It is never
// unloaded. Its file need not exist: since macOS 11 libraries are only in the
// system's cache (docs/internals.md, section 1).
func Load(framework string) error {
	if ok, seen := frameworks.Load(framework); seen {
		if ok.(bool) {
			return nil
		}
		return &MissingError{Framework, framework}
	}
	path := "/System/Library/Frameworks/" + framework + ".framework/" + framework
	h, err := purego.Dlopen(path, purego.RTLD_LAZY|purego.RTLD_GLOBAL)
	ok := err == nil && h != 0
	frameworks.Store(framework, ok)
	if !ok {
		return &MissingError{Framework, framework}
	}
	return nil
}

// Address returns where a C function or variable of the loaded libraries is, or
// a *MissingError.
func Address(symbol string) (uintptr, error) {
	a, err := purego.Dlsym(purego.RTLD_DEFAULT, symbol)
	if err != nil || a == 0 {
		return 0, &MissingError{Symbol, symbol}
	}
	return a, nil
}

// Bind points the function variable that fn points to at a C function of the
// loaded libraries, or leaves it nil and returns a *MissingError. Integer types
// must have exactly C's width.
func Bind(fn any, symbol string) error {
	a, err := Address(symbol)
	if err != nil {
		return err
	}
	purego.RegisterFunc(fn, a)
	return nil
}

// Functions are C functions by name, each with a pointer to the function variable
// that calls it, as Bind takes it.
type Functions map[string]any

// Names returns the names of the functions, for Require and Prefer.
func (f Functions) Names() []string { return slices.Sorted(maps.Keys(f)) }

// Bind points all the variables at their functions, or returns a *MissingError
// for the first that this system lacks.
func (f Functions) Bind() error {
	for _, name := range f.Names() {
		if err := Bind(f[name], name); err != nil {
			return err
		}
	}
	return nil
}

// ClassNamed returns a class, or a *MissingError.
func ClassNamed(name string) (objc.ID, error) {
	c := objc.GetClass(name)
	if c == 0 {
		return 0, &MissingError{Class, name}
	}
	return objc.ID(c), nil
}

var selectors sync.Map // name -> objc.SEL

// Sel returns a selector. It always exists; use RespondsTo to find out whether an
// object responds to it.
func Sel(name string) objc.SEL {
	if s, ok := selectors.Load(name); ok {
		return s.(objc.SEL)
	}
	s := objc.RegisterName(name)
	selectors.Store(name, s)
	return s
}

var classRespondsTo = sync.OnceValue(func() func(objc.Class, objc.SEL) bool {
	var f func(objc.Class, objc.SEL) bool
	if Bind(&f, "class_respondsToSelector") != nil {
		return func(objc.Class, objc.SEL) bool { return false }
	}
	return f
})

func present(p Part) bool {
	switch p.Kind {
	case Framework:
		return Load(p.Name) == nil
	case Symbol:
		_, err := Address(p.Name)
		return err == nil
	case Class:
		return objc.GetClass(p.Name) != 0
	case Method:
		class, selector, classMethod, ok := parseMethod(p.Name)
		if !ok {
			return false
		}
		c := objc.GetClass(class)
		if c != 0 && classMethod {
			c = objc.ID(c).Class()
		}
		return c != 0 && classRespondsTo()(c, Sel(selector))
	}
	return false
}
