package jwt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"crosspeer/token"
)

// lasting are claims that are good for a year.
func lasting() gojwt.MapClaims {
	return claims(func(c object) { c["exp"] = noon.AddDate(1, 0, 0).Unix() })
}

func TestARotatedKey(t *testing.T) {
	p := provide(t, jwkOf("old", edKey().Public()))
	v := verifier(t, Config{JWKS: p.URL})
	old := signed(gojwt.SigningMethodEdDSA, "old", edKey(), lasting())
	next := signed(gojwt.SigningMethodEdDSA, "next", stranger(), lasting())
	now := noon
	check := func(step string, after time.Duration, wantOld, wantNext error, fetched int) {
		t.Helper()
		now = now.Add(after)
		if _, err := v.Verify(t.Context(), old, now); !errors.Is(err, wantOld) {
			t.Errorf("%s: the old key: %v, want %v", step, err, wantOld)
		}
		if _, err := v.Verify(t.Context(), next, now); !errors.Is(err, wantNext) {
			t.Errorf("%s: the new key: %v, want %v", step, err, wantNext)
		}
		v.cache.fetches.Wait()
		if n := p.count(); n != fetched {
			t.Errorf("%s: fetched %d times, want %d", step, n, fetched)
		}
	}
	check("at first", 0, nil, token.ErrKey, 1)
	p.set(jwkOf("old", edKey().Public()), jwkOf("next", stranger().Public()))
	check("too soon to fetch again", 30*time.Second-1, nil, token.ErrKey, 1)
	check("a kid that is not known", 1, nil, nil, 2)
	check("nothing is fetched for kids that are", 30*time.Minute, nil, nil, 2)
	p.set(jwkOf("next", stranger().Public()))
	check("before the keys are old", 30*time.Minute-1, nil, nil, 2)
	v.cache.find(t.Context(), "next", "EdDSA", now.Add(1)) // nobody waits for it
	v.cache.fetches.Wait()
	check("when they are", 1, token.ErrKey, nil, 3)
	check("the old one is asked for again", 30*time.Second, token.ErrKey, nil, 4)
}

func TestManyTokensWithUnknownKeysFetchOnce(t *testing.T) {
	p := provide(t, jwkOf("e", edKey().Public()))
	v := verifier(t, Config{JWKS: p.URL})
	if err := v.Load(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			text := signed(gojwt.SigningMethodEdDSA, fmt.Sprint(i), edKey(), claims())
			if _, err := v.Verify(t.Context(), text, noon.Add(30*time.Second)); !errors.Is(err, token.ErrKey) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := p.count(); n != 2 {
		t.Errorf("fetched %d times", n)
	}
}

// blocked is a handler that answers when the test lets it, or when the asker
// has gone away.
func blocked() (handler http.HandlerFunc, asked <-chan struct{}, release func(keys ...object)) {
	begun, gate := make(chan struct{}, 1), make(chan []byte, 1)
	return func(w http.ResponseWriter, r *http.Request) {
			begun <- struct{}{}
			select {
			case b := <-gate:
				w.Write(b)
			case <-r.Context().Done():
			}
		}, begun, func(keys ...object) {
			gate <- jwks(keys...)
		}
}

func TestASlowProviderHoldsUpNobodyWhoseKeyIsKnown(t *testing.T) {
	p := provide(t, jwkOf("e", edKey().Public()))
	v := verifier(t, Config{JWKS: p.URL, Timeout: time.Hour})
	good := signed(gojwt.SigningMethodEdDSA, "e", edKey(), lasting())
	if err := v.Load(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	handler, asked, release := blocked()
	p.does(handler)
	later := noon.Add(time.Hour)
	if _, err := v.Verify(t.Context(), good, later); err != nil {
		t.Errorf("while the keys are fetched: %v", err)
	}
	<-asked
	// Who needs the fetch waits for it, until he has no patience.
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	other := signed(gojwt.SigningMethodEdDSA, "n", stranger(), lasting())
	go func() {
		_, err := v.Verify(ctx, other, later)
		gone <- err
	}()
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who went away: %v", err)
	}
	release(jwkOf("n", stranger().Public()))
	if _, err := v.Verify(t.Context(), other, later); err != nil {
		t.Errorf("who waited: %v", err)
	}
}

func TestAProviderThatDoesNotAnswerInTime(t *testing.T) {
	p := provide(t)
	handler, _, _ := blocked()
	p.does(handler)
	v := verifier(t, Config{JWKS: p.URL, Timeout: time.Millisecond})
	_, err := v.Verify(t.Context(), signed(gojwt.SigningMethodEdDSA, "e", edKey(), claims()), noon)
	if !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("a player is told %v", err)
	}
	if err := v.Load(t.Context(), noon); !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the operator is told %v", err)
	}
}

func TestCloseEndsAFetch(t *testing.T) {
	p := provide(t)
	handler, asked, _ := blocked()
	p.does(handler)
	v := verifier(t, Config{JWKS: p.URL, Timeout: time.Hour})
	failed := make(chan error)
	go func() { failed <- v.Load(t.Context(), noon) }()
	<-asked
	v.Close()
	if err := <-failed; !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	_, err := v.Verify(t.Context(), signed(gojwt.SigningMethodEdDSA, "e", edKey(), lasting()), noon.Add(time.Hour))
	if !errors.Is(err, ErrUnavailable) || p.count() != 1 {
		t.Errorf("%v after %d fetches", err, p.count())
	}
}

func TestWhatAProviderMayNotDo(t *testing.T) {
	good := jwks(jwkOf("e", edKey().Public()))
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(good) }))
	defer secure.Close()
	to := func(url string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, http.StatusFound) }
	}
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		says   string
	}{
		{"as it should", func(w http.ResponseWriter, _ *http.Request) { w.Write(good) }, ""},
		{"send more than it may", func(w http.ResponseWriter, _ *http.Request) {
			w.Write(append(good, bytes.Repeat([]byte(" "), 256<<10)...))
		}, "more than 262144 bytes"},
		{"send without an end", func(w http.ResponseWriter, r *http.Request) {
			for _, err := w.Write(bytes.Repeat([]byte(" "), 64<<10)); err == nil && r.Context().Err() == nil; {
				_, err = w.Write(bytes.Repeat([]byte(" "), 64<<10))
			}
		}, "more than 262144 bytes"},
		{"send huge headers", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 100<<10))
			w.Write(good)
		}, "exceeded"},
		{"say that it has none", func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, "404"},
		{"send a page", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, "no JWKS"},
		{"send to http elsewhere", to("http://id.example/jwks"), "want https"},
		{"send to a file", to("file:///etc/passwd"), "want https"},
		{"send in circles", to("/"), "more than 3 redirects"},
		{"send to https", to(secure.URL), ""},
		{"stop in the middle", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			w.Write(good)
		}, "unexpected EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := provide(t)
			p.does(tt.answer)
			cfg := Config{JWKS: p.URL}
			if tt.name == "send to https" {
				cfg.Client = secure.Client()
			}
			v := verifier(t, cfg)
			err := v.Load(t.Context(), noon)
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
	t.Run("send from https to http", func(t *testing.T) {
		plain := provide(t, jwkOf("e", edKey().Public()))
		secure := httptest.NewTLSServer(to(plain.URL))
		defer secure.Close()
		v := verifier(t, Config{JWKS: secure.URL, Client: secure.Client()})
		if err := v.Load(t.Context(), noon); err == nil || !strings.Contains(err.Error(), "from https to http") || plain.count() != 0 {
			t.Errorf("%v", err)
		}
	})
	t.Run("have a certificate that nobody trusts", func(t *testing.T) {
		v := verifier(t, Config{JWKS: secure.URL})
		if err := v.Load(t.Context(), noon); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%v", err)
		}
	})
}

func TestAProviderThatIsAway(t *testing.T) {
	p := provide(t, jwkOf("e", edKey().Public()))
	var mu sync.Mutex
	var told []error
	v := verifier(t, Config{JWKS: p.URL, MaxStale: 2 * time.Hour, Report: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err)
	}})
	good := signed(gojwt.SigningMethodEdDSA, "e", edKey(), lasting())
	other := signed(gojwt.SigningMethodEdDSA, "n", stranger(), lasting())
	if err := v.Load(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	p.does(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "", http.StatusServiceUnavailable) })
	for _, step := range []struct {
		name       string
		at         time.Duration
		good, next error
	}{
		{"the keys are old", time.Hour, nil, ErrUnavailable},
		{"nearly too old", 2*time.Hour - 1, nil, ErrUnavailable},
		{"too old", 2 * time.Hour, ErrUnavailable, ErrUnavailable},
	} {
		if _, err := v.Verify(t.Context(), good, noon.Add(step.at)); !errors.Is(err, step.good) {
			t.Errorf("%s: a known key: %v, want %v", step.name, err, step.good)
		}
		if _, err := v.Verify(t.Context(), other, noon.Add(step.at)); !errors.Is(err, step.next) {
			t.Errorf("%s: an unknown key: %v, want %v", step.name, err, step.next)
		}
		v.cache.fetches.Wait()
	}
	p.set(jwkOf("e", edKey().Public()))
	if _, err := v.Verify(t.Context(), good, noon.Add(3*time.Hour)); err != nil {
		t.Errorf("when it is back: %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(told) != 2 || !errors.Is(told[0], ErrUnavailable) || !strings.Contains(told[0].Error(), "503") {
		t.Errorf("the operator is told %v", told)
	}
}

func TestAJWKSInAFileIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jwks.json")
	put := func(b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v := verifier(t, Config{JWKS: path})
	if err := v.Load(t.Context(), noon); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("before there is a file: %v", err)
	}
	old := signed(gojwt.SigningMethodEdDSA, "old", edKey(), claims())
	put(jwks(jwkOf("old", edKey().Public())))
	if _, err := v.Verify(t.Context(), old, noon.Add(time.Second)); err != nil {
		t.Error(err)
	}
	put([]byte("half written"))
	if _, err := v.Verify(t.Context(), old, noon.Add(2*time.Second)); err != nil {
		t.Errorf("a file that cannot be used: %v", err)
	}
	put(jwks(jwkOf("next", stranger().Public())))
	if _, err := v.Verify(t.Context(), old, noon.Add(3*time.Second)); !errors.Is(err, token.ErrKey) {
		t.Errorf("the key is taken away: %v", err)
	}
	put(bytes.Repeat([]byte(" "), 256<<10+1))
	if err := v.Load(t.Context(), noon.Add(4*time.Second)); !errors.Is(err, errLarge) {
		t.Errorf("a large file: %v", err)
	}
}
