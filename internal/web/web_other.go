//go:build !darwin

package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// A kept connection would prove nothing about the network of now.
var (
	direct  = &http.Transport{DisableKeepAlives: true}
	proxied = &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}
)

func load(ctx context.Context, r Request, u *url.URL) (Response, error) {
	if r.Direct {
		return loadBy(direct)(ctx, r, u)
	}
	return loadBy(proxied)(ctx, r, u)
}

// Through is Get through a transport of the caller's. It is for tests that bring
// a server whose certificate nobody trusts, and is absent on macOS.
func Through(transport http.RoundTripper) func(context.Context, Request) (Response, error) {
	return func(ctx context.Context, r Request) (Response, error) { return ask(ctx, r, loadBy(transport)) }
}

func loadBy(transport http.RoundTripper) loader {
	return func(ctx context.Context, r Request, u *url.URL) (Response, error) {
		refused := false
		client := http.Client{
			Transport: transport,
			CheckRedirect: func(next *http.Request, via []*http.Request) error {
				follow, err := r.next(len(via)-1, next.URL.String())
				if err == nil && !follow {
					refused = true
					return http.ErrUseLastResponse
				}
				return err
			},
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return Response{}, err
		}
		for name, value := range r.Header {
			request.Header.Set(name, value)
		}
		answer, err := client.Do(request)
		if err != nil {
			var whole *url.Error // holds the whole URL
			if errors.As(err, &whole) {
				err = whole.Err
			}
			return Response{}, err
		}
		defer answer.Body.Close()
		if refused {
			return Response{Status: answer.StatusCode}, nil
		}
		body, err := io.ReadAll(io.LimitReader(answer.Body, int64(r.Limit)+1))
		if err != nil {
			return Response{}, fmt.Errorf("reading the answer: %w", err)
		}
		kept := min(len(body), r.Limit)
		return Response{Status: answer.StatusCode, Body: body[:kept], More: len(body) > kept}, nil
	}
}
