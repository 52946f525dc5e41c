package http1

import (
	"net/url"
	"strings"
)

// Routes finds the handler of a path. The zero value finds none.
type Routes struct{ all []route }

type route struct {
	pattern []string
	handler Handler
}

// Handle has a pattern such as "/v1/services/{service}" answered. A part in
// braces stands for any one part of a path that isn't empty. Of two patterns
// that fit, the one added first counts.
func (t *Routes) Handle(pattern string, h Handler) {
	t.all = append(t.all, route{strings.Split(pattern, "/"), h})
}

// Find returns the handler of the request's path, nil when there is none, and
// sets the request's path values.
func (t *Routes) Find(r *Request) Handler {
	// Split before decoding: an encoded slash belongs to its part.
	parts := strings.Split(r.URL.EscapedPath(), "/")
	for i, p := range parts {
		decoded, err := url.PathUnescape(p)
		if err != nil {
			return nil
		}
		parts[i] = decoded
	}
	for _, known := range t.all {
		if values, ok := match(known.pattern, parts); ok {
			r.values = values
			return known.handler
		}
	}
	return nil
}

func match(pattern, parts []string) (values map[string]string, ok bool) {
	if len(pattern) != len(parts) {
		return nil, false
	}
	for i, p := range pattern {
		name, isValue := strings.CutPrefix(p, "{")
		switch {
		case isValue && parts[i] != "":
			if values == nil {
				values = map[string]string{}
			}
			values[strings.TrimSuffix(name, "}")] = parts[i]
		case p != parts[i]:
			return nil, false
		}
	}
	return values, true
}
