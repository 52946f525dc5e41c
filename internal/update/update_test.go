package update

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vpnstatus/internal/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCompare(t *testing.T) {
	const none = 9
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"1.2.3", "1.2.3", 0},
		{"v1.2.3", "1.2.3", 0},
		{"1.10.0", "1.9.9", 1},
		{"2.0.0", "10.0.0", -1},
		{"1.2", "1.2.0", 0},
		{"1", "1.0.1", -1},
		{"1.2.3-rc.1", "1.2.3", -1},
		{"1.2.3-rc.2", "1.2.3-rc.10", -1},
		{"1.2.3-alpha", "1.2.3-beta", -1},
		{"1.2.3-1", "1.2.3-alpha", -1},
		{"1.2.3+build.5", "1.2.3+build.6", 0},
		{"99999999999999999999.0.0", "99999999999999999998.0.0", 1},
		{"1.2.3.4", "1.2.3", none},
		{"1.2.3", "1.2.3.4", none},
		{"1.2.3.4", "1.2.3.4", none},
		{"01.2.3", "1.2.3", none},
		{"1.2.x", "1.2.3", none},
		{"vv1.2.3", "1.2.3", none},
		{"-1.2.3", "1.2.3", none},
		{"1..3", "1.2.3", none},
		{" 1.2.3", "1.2.3", none},
		{"1.2.3-", "1.2.3", none},
		{"development (0123456789ab, changed)", "1.2.3", none},
		{"", "", none},
		{"v", "1", none},
		{"1." + strings.Repeat("9", 100), "1.2.3", none},
	} {
		got, ok := Compare(test.a, test.b)
		if ok != (test.want != none) || ok && got != test.want {
			t.Errorf("%q and %q: %d, %t; want %d", test.a, test.b, got, ok, test.want)
		}
		back, ok2 := Compare(test.b, test.a)
		if ok2 != ok || back != -got {
			t.Errorf("%q and %q: %d, but the other way round %d", test.a, test.b, got, back)
		}
	}
}

func FuzzCompare(f *testing.F) {
	for _, s := range []string{"1.2.3", "v1.2.3-rc.1+b", "1.2.3.4", "development", "1.0.0-0", ""} {
		f.Add(s, "1.2.3", "2.0.0-a")
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ab, ok := Compare(a, b)
		if ba, ok2 := Compare(b, a); ok != ok2 || ab != -ba {
			t.Errorf("%q, %q: %d and %d", a, b, ab, ba)
		}
		bc, ok2 := Compare(b, c)
		if ac, _ := Compare(a, c); ok && ok2 && ab < 0 && bc < 0 && ac >= 0 {
			t.Errorf("%q < %q < %q, but %d", a, b, c, ac)
		}
	})
}

const page = "https://github.com/owner/name/releases/tag/v1.4.0"

// The answers of a server. A true one with TLS is asked in server_other_test.go,
// where its certificate can be trusted.
func TestAnswers(t *testing.T) {
	const good = `{"tag_name": "v1.4.0", "body": "news", "draft": false}`
	for name, test := range map[string]struct {
		current string
		answer  web.Response
		failure error
		want    Result
		err     string
	}{
		"newer":              {"1.3.9", found(good), nil, Result{"1.3.9", "1.4.0", true, page, true}, ""},
		"the same":           {"1.4.0", found(good), nil, Result{"1.4.0", "1.4.0", false, page, true}, ""},
		"older":              {"1.5.0-rc.1", found(good), nil, Result{"1.5.0-rc.1", "1.4.0", false, page, true}, ""},
		"development":        {"development (0123456789ab)", found(good), nil, Result{"development (0123456789ab)", "1.4.0", false, page, false}, ""},
		"no answer":          {"1.0.0", web.Response{}, errors.New("no route"), Result{}, "no route"},
		"no release":         {"1.0.0", web.Response{Status: 404}, nil, Result{}, "no release yet"},
		"forbidden":          {"1.0.0", web.Response{Status: 403}, nil, Result{}, "(403 Forbidden); try again in an hour"},
		"too many questions": {"1.0.0", web.Response{Status: 429}, nil, Result{}, "(429 Too Many Requests); try again in an hour"},
		"server in trouble":  {"1.0.0", web.Response{Status: 502}, nil, Result{}, "502 Bad Gateway"},
		"another success":    {"1.0.0", web.Response{Status: 204}, nil, Result{}, "the server answered 204"},
		"too many redirects": {"1.0.0", web.Response{Status: 301}, nil, Result{}, "too many redirects"},
		"not JSON":           {"1.0.0", found("<html>log in first</html>"), nil, Result{}, "not what was expected"},
		"other JSON":         {"1.0.0", found("[]"), nil, Result{}, "not what was expected"},
		"no tag":             {"1.0.0", found("{}"), nil, Result{}, "is no version"},
		"tag with a path":    {"1.0.0", found(`{"tag_name": "v1.0.0/../../evil"}`), nil, Result{}, "is no version"},
		"tag of four parts":  {"1.0.0", found(`{"tag_name": "1.2.3.4"}`), nil, Result{}, "is no version"},
		"endless answer":     {"1.0.0", web.Response{Status: 200, Body: []byte(good), More: true}, nil, Result{}, "longer than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			got, err := Check(t.Context(), test.current, Options{Repository: "owner/name", Get: func(ctx context.Context, r web.Request) (web.Response, error) {
				asked++
				if r.URL != "https://api.github.com/repos/owner/name/releases/latest" || r.Limit != 1<<20 || r.Redirects != 3 || !r.SecureOnly || r.Direct || r.Header["User-Agent"] == "" {
					t.Errorf("asked %+v", r)
				}
				if end, has := ctx.Deadline(); !has || time.Until(end) > 10*time.Second {
					t.Errorf("asked until %s", end)
				}
				return test.answer, test.failure
			}})
			if got != test.want || asked != 1 {
				t.Errorf("%+v, want %+v, asked %d times", got, test.want, asked)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want %q", err, test.err)
			}
			if err != nil && !strings.Contains(err.Error(), "owner/name") {
				t.Errorf("the error does not say what was tried: %v", err)
			}
			if test.failure != nil && !errors.Is(err, test.failure) {
				t.Errorf("the cause is lost: %v", err)
			}
		})
	}
}

func found(body string) web.Response { return web.Response{Status: web.StatusOK, Body: []byte(body)} }

func TestBuildWithoutRepositoryAsksNobody(t *testing.T) {
	if _, err := Check(t.Context(), "1.0.0", Options{Get: nobody(t)}); !errors.Is(err, ErrOff) {
		t.Error(err)
	}
}

func TestWrongRepositoryAsksNobody(t *testing.T) {
	for _, repository := range []string{"name", "owner/name/more", "../x", "owner/na me", "https://example.org/owner/name", "owner/name?x"} {
		_, err := Check(t.Context(), "1.0.0", Options{Repository: repository, Get: nobody(t)})
		if err == nil || !strings.Contains(err.Error(), "not owner/name") {
			t.Errorf("%s: %v", repository, err)
		}
	}
}

// web.Get itself is to refuse.
func TestOnlyHTTPS(t *testing.T) {
	_, err := Check(t.Context(), "1.0.0", Options{Repository: "owner/name", API: "http://127.0.0.1"})
	if err == nil || !strings.Contains(err.Error(), "only https is") {
		t.Error(err)
	}
}

// nobody must not be asked.
func nobody(t *testing.T) func(context.Context, web.Request) (web.Response, error) {
	return func(_ context.Context, r web.Request) (web.Response, error) {
		t.Errorf("%s was asked", r.URL)
		return web.Response{}, errors.New("asked")
	}
}

func TestWords(t *testing.T) {
	for want, r := range map[string]Result{
		"Version 1.4.0 is out; this is 1.3.0. It can be had at page":                        {"1.3.0", "1.4.0", true, "page", true},
		"This is the newest version, 1.4.0.":                                                {"1.4.0", "1.4.0", false, "page", true},
		"This build (development) has no release number. The newest release is 1.4.0: page": {"development", "1.4.0", false, "page", false},
	} {
		if got := r.Words(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
