// Package update looks whether there is a newer release.
//
// It promises to ask only when a person asks, over HTTPS alone, within ten
// seconds, and to install nothing. A build that names no repository asks nobody.
package update

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"golang.org/x/mod/semver"

	"vpnstatus/internal/web"
)

// Repository is where releases are published, as "owner/name" on GitHub. It is
// set by the build of a release:
//
//	-ldflags "-X vpnstatus/internal/update.Repository=owner/name"
var Repository string

// ErrOff tells that this build does not look for updates.
var ErrOff = errors.New("update checks are off in this build")

// Limits.
const (
	// timeMost: a person waits for the answer.
	timeMost = 10 * time.Second
	// sizeMost is some hundred times the usual description of a release.
	sizeMost = 1 << 20
	// redirectsMost: a renamed repository answers with one.
	redirectsMost = 3
	// versionMost is longer than every sensible version.
	versionMost = 64
)

// Result is what was found.
type Result struct {
	Current string `json:"current"` // this program
	Latest  string `json:"latest"`  // newest release, such as "1.4.0"
	Newer   bool   `json:"newer"`   // Latest is newer than Current
	Page    string `json:"page"`    // where it can be had

	// Comparable is false for a development build: it has no version to be
	// compared, and Newer is false.
	Comparable bool `json:"comparable"`
}

// Words says the result in one or two sentences.
func (r Result) Words() string {
	switch {
	case !r.Comparable:
		return fmt.Sprintf("This build (%s) has no release number. The newest release is %s: %s", r.Current, r.Latest, r.Page)
	case r.Newer:
		return fmt.Sprintf("Version %s is out; this is %s. It can be had at %s", r.Latest, r.Current, r.Page)
	}
	return fmt.Sprintf("This is the newest version, %s.", r.Current)
}

// Options are for tests; the zero value asks GitHub.
type Options struct {
	Repository string // empty: the one of this build
	API        string // empty: GitHub's; must be https

	Get func(context.Context, web.Request) (web.Response, error) // nil: web.Get
}

var repositoryForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$`)

// Check asks for the newest release. current is this program's version. The
// error is ErrOff in builds that look for none.
func Check(ctx context.Context, current string, o Options) (Result, error) {
	if o.Repository == "" {
		o.Repository = Repository
	}
	if o.Repository == "" {
		return Result{}, ErrOff
	}
	if !repositoryForm.MatchString(o.Repository) {
		return Result{}, fmt.Errorf("looking for updates: this build names the repository %q, which is not owner/name", o.Repository)
	}
	if o.API == "" {
		o.API = "https://api.github.com"
	}
	latest, err := newest(ctx, o)
	if err != nil {
		return Result{}, fmt.Errorf("looking for updates of %s: %w", o.Repository, err)
	}
	r := Result{Current: current, Latest: trimV(latest), Page: "https://github.com/" + o.Repository + "/releases/tag/" + latest}
	order, ok := Compare(latest, current)
	r.Comparable, r.Newer = ok, ok && order > 0
	return r, nil
}

func newest(ctx context.Context, o Options) (tag string, err error) {
	get := o.Get
	if get == nil {
		get = web.Get
	}
	ctx, cancel := context.WithTimeout(ctx, timeMost)
	defer cancel()
	answer, err := get(ctx, web.Request{
		// "latest" leaves drafts and pre-releases out.
		URL:        o.API + "/repos/" + o.Repository + "/releases/latest",
		Header:     map[string]string{"Accept": "application/vnd.github+json", "User-Agent": "VPNStatus"},
		Limit:      sizeMost,
		Redirects:  redirectsMost,
		SecureOnly: true,
	})
	switch {
	case err != nil:
		return "", err
	case answer.Status == web.StatusNotFound:
		return "", errors.New("there is no release yet")
	case answer.Status == web.StatusForbidden || answer.Status == web.StatusTooManyRequests:
		return "", fmt.Errorf("the server does not answer any more questions from this address for now (%s); try again in an hour", answer.StatusLine())
	case answer.Redirect():
		return "", fmt.Errorf("too many redirects (%s)", answer.StatusLine())
	case answer.Status != web.StatusOK:
		return "", fmt.Errorf("the server answered %s", answer.StatusLine())
	case answer.More:
		return "", fmt.Errorf("the answer is longer than %d bytes", sizeMost)
	}
	var release struct {
		Tag string `json:"tag_name"`
	}
	if err := json.Unmarshal(answer.Body, &release); err != nil {
		return "", fmt.Errorf("the answer is not what was expected: %w", err)
	}
	if canonical(release.Tag) == "" {
		return "", fmt.Errorf("the newest release is called %.70q, which is no version", release.Tag)
	}
	return release.Tag, nil
}

// Compare orders two versions, such as "1.4.0" and "v1.5.0-rc.1", by the rules
// of semantic versioning: negative when a is older than b. ok is false when
// either is none, such as "1.2.3.4" or "development". Parts that are left out
// are zero.
func Compare(a, b string) (order int, ok bool) {
	x, y := canonical(a), canonical(b)
	if x == "" || y == "" {
		return 0, false
	}
	return semver.Compare(x, y), true
}

// canonical returns "v1.2.3" for "1.2.3" and "v1.2.3"; empty for what is no
// version.
func canonical(text string) string {
	if len(text) > versionMost {
		return ""
	}
	return semver.Canonical("v" + trimV(text))
}

func trimV(text string) string {
	if len(text) > 0 && text[0] == 'v' {
		return text[1:]
	}
	return text
}
