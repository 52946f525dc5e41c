// Package update looks for a newer release.
//
// It makes a request only when the user asks for it, over HTTPS only, for up
// to ten seconds, and installs nothing. A build without a repository makes no
// request.
package update

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/mod/semver"
)

// Repository is where releases are published, as "owner/name" on GitHub. It is
// set by the build of a release:
//
//	-ldflags "-X vpnstatus/internal/update.Repository=owner/name"
var Repository string

// ErrOff reports that this build does not look for updates.
var ErrOff = errors.New("update checks are off in this build")

// Limits.
const (
	// timeout is how long a user is willing to wait.
	timeout = 10 * time.Second
	// maxSize is about a hundred times the usual size of a release's
	// description.
	maxSize = 1 << 20
	// maxRedirects allows for a repository that was renamed, even twice.
	maxRedirects = 3
	// maxVersion is longer than any sensible version.
	maxVersion = 64
)

// Result is what was found.
type Result struct {
	Current string `json:"current"` // this program
	Latest  string `json:"latest"`  // newest release, such as "1.4.0"
	Newer   bool   `json:"newer"`   // Latest is newer than Current
	Page    string `json:"page"`    // web page of the newest release

	// Comparable is false for a development build: it has no version to
	// compare, and Newer is false.
	Comparable bool `json:"comparable"`
}

// Words returns the result as one or two sentences.
func (r Result) Words() string {
	switch {
	case !r.Comparable:
		return fmt.Sprintf("This build (%s) has no release number. The newest release is %s: %s", r.Current, r.Latest, r.Page)
	case r.Newer:
		return fmt.Sprintf("Version %s is available; you have %s. Get it at %s", r.Latest, r.Current, r.Page)
	}
	return fmt.Sprintf("You have the newest version, %s.", r.Current)
}

// Options are for tests; the zero value asks GitHub.
type Options struct {
	Repository string            // the one of this build if empty
	API        string            // GitHub's if empty; must be https
	Transport  http.RoundTripper // http.DefaultTransport if nil, which uses the proxies of the environment
}

var repositoryForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$`)

// Check asks for the newest release. current is this program's version. The
// error is ErrOff in builds that don't look for updates.
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
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	latest, err := newest(ctx, o)
	if err != nil {
		return Result{}, fmt.Errorf("looking for updates of %s: %w", o.Repository, err)
	}
	r := Result{Current: current, Latest: strings.TrimPrefix(latest, "v"), Page: "https://github.com/" + o.Repository + "/releases/tag/" + latest}
	order, ok := Compare(latest, current)
	r.Comparable, r.Newer = ok, ok && order > 0
	return r, nil
}

func newest(ctx context.Context, o Options) (tag string, err error) {
	// "latest" leaves out drafts and pre-releases.
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, o.API+"/repos/"+o.Repository+"/releases/latest", nil)
	if err != nil {
		return "", err
	}
	if err := secure(r.URL); err != nil {
		return "", err
	}
	r.Header.Set("Accept", "application/vnd.github+json")
	r.Header.Set("User-Agent", "VPNStatus")
	client := http.Client{Transport: o.Transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return errors.New("too many redirects")
		}
		return secure(next.URL)
	}}
	answer, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return "", errors.New("there is no release yet")
	case http.StatusForbidden, http.StatusTooManyRequests:
		return "", fmt.Errorf("the server limits requests from this address (%s); try again in an hour", answer.Status)
	default:
		return "", fmt.Errorf("the server answered %s", answer.Status)
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, answer.Body, maxSize))
	if err != nil {
		return "", fmt.Errorf("reading the answer: %w", err)
	}
	var release struct {
		Tag string `json:"tag_name"`
	}
	if err := json.Unmarshal(body, &release); err != nil {
		return "", fmt.Errorf("the answer can't be parsed: %w", err)
	}
	if canonical(release.Tag) == "" {
		return "", fmt.Errorf("the newest release is called %.70q, which is not a version", release.Tag)
	}
	return release.Tag, nil
}

func secure(u *url.URL) error {
	if u.Scheme != "https" {
		return fmt.Errorf("%s is refused: only https is allowed", u.Redacted())
	}
	return nil
}

// Compare orders two versions, such as "1.4.0" and "v1.5.0-rc.1", by the rules
// of semantic versioning: negative if a is older than b. ok is false if either
// is not a version, such as "1.2.3.4" or "development". Parts that are left out
// are zero.
func Compare(a, b string) (order int, ok bool) {
	x, y := canonical(a), canonical(b)
	if x == "" || y == "" {
		return 0, false
	}
	return semver.Compare(x, y), true
}

// canonical returns "v1.2.3" for "1.2.3" and "v1.2.3"; empty if text is not a
// version.
func canonical(text string) string {
	if len(text) > maxVersion {
		return ""
	}
	return semver.Canonical("v" + strings.TrimPrefix(text, "v"))
}
