package jwt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

const (
	maxRedirects = 3

	// maxHeaderBytes bounds what a JWKS server sends before the JWKS.
	maxHeaderBytes = 64 << 10
)

// source is where a JWKS comes from.
type source interface {
	load(ctx context.Context) ([]byte, error)
}

// web is a JWKS behind a URL.
type web struct {
	url    string
	most   int
	client http.Client
}

func newWeb(cfg *Config) *web {
	w := &web{url: cfg.JWKS, most: cfg.MaxJWKSBytes}
	if cfg.Client != nil {
		w.client = *cfg.Client
	}
	if w.client.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxResponseHeaderBytes = maxHeaderBytes
		w.client.Transport = t
	}
	w.client.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		if via[len(via)-1].URL.Scheme == "https" && next.URL.Scheme != "https" {
			return fmt.Errorf("a redirect from https to %s", next.URL.Redacted())
		}
		return mayFetch(next.URL)
	}
	return w
}

func (w *web) load(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", req.URL.Redacted(), resp.Status)
	}
	return readUpTo(resp.Body, w.most)
}

// file is a JWKS in a file.
type file struct {
	path string
	most int
}

func (f *file) load(context.Context) ([]byte, error) {
	r, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := readUpTo(r, f.most)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	return b, nil
}

var errLarge = errors.New("the JWKS is too large")

func readUpTo(r io.Reader, most int) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err == nil && len(b) > most {
		err = fmt.Errorf("%w: more than %d bytes", errLarge, most)
	}
	return b, err
}
