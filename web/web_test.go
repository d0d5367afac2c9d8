package web

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// get asks a server that has mounted the page as the command does.
func get(t *testing.T, method, target string, header ...string) *http.Response {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/play/", PlayHandler())
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEveryFileIsServedWithItsTypeAndUnderThePolicy(t *testing.T) {
	for target, want := range map[string]string{
		"/play/":             "text/html; charset=utf-8",
		"/play/index.html":   "text/html; charset=utf-8",
		"/play/style.css":    "text/css; charset=utf-8",
		"/play/play.js":      "text/javascript; charset=utf-8",
		"/play/crosspeer.js": "text/javascript; charset=utf-8",
		"/play/icon.svg":     "image/svg+xml",
	} {
		r := get(t, "GET", target)
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != want {
			t.Errorf("%s: %s, %q; want 200, %q", target, r.Status, r.Header.Get("Content-Type"), want)
		}
		if got := r.Header.Get("Content-Security-Policy"); got != Policy {
			t.Errorf("%s: policy %q", target, got)
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: browsers may guess its type", target)
		}
		if len(body(t, r)) == 0 {
			t.Errorf("%s is empty", target)
		}
	}
}

func TestEveryEmbeddedFileHasAType(t *testing.T) {
	for name, f := range PlayHandler().(handler) {
		if f.contentType == "" {
			t.Errorf("%s has no content type", name)
		}
	}
}

func TestThePathWithoutASlashLeadsToThePage(t *testing.T) {
	r := get(t, "GET", "/play")
	if at := r.Header.Get("Location"); r.StatusCode/100 != 3 || at != "/play/" {
		t.Errorf("%s to %q, want a redirection to /play/", r.Status, at)
	}
}

func TestAnUnchangedFileIsNotSentAgain(t *testing.T) {
	first := get(t, "GET", "/play/play.js")
	etag := first.Header.Get("ETag")
	if etag == "" || first.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("ETag %q, Cache-Control %q", etag, first.Header.Get("Cache-Control"))
	}
	if r := get(t, "GET", "/play/play.js", "If-None-Match", etag); r.StatusCode != http.StatusNotModified || body(t, r) != "" {
		t.Errorf("with its ETag: %s, want 304 and no body", r.Status)
	}
	if r := get(t, "GET", "/play/play.js", "If-None-Match", `"other"`); r.StatusCode != http.StatusOK {
		t.Errorf("with another ETag: %s, want 200", r.Status)
	}
	if other := get(t, "GET", "/play/crosspeer.js").Header.Get("ETag"); other == etag {
		t.Error("two files have the same ETag")
	}
}

func TestOtherPathsAndMethodsAreRefused(t *testing.T) {
	for _, tt := range []struct {
		method, target string
		want           int
	}{
		{"GET", "/play/none.js", http.StatusNotFound},
		{"GET", "/play/%2e%2e/web.go", http.StatusNotFound},
		{"POST", "/play/", http.StatusMethodNotAllowed},
		{"HEAD", "/play/", http.StatusOK},
	} {
		if r := get(t, tt.method, tt.target); r.StatusCode != tt.want && r.StatusCode/100 != 3 {
			t.Errorf("%s %s: %s, want %d", tt.method, tt.target, r.Status, tt.want)
		}
	}
}

// A policy that forbids everything inline is of no use to a page that has some.
func TestThePageKeepsItsOwnPolicy(t *testing.T) {
	page, err := fs.ReadFile(Play(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`(?i)\sstyle=|\son\w+=|<style|<script[^>]*>[^<]`).Find(page); m != nil {
		t.Errorf("the page has %q", m)
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(string(page), -1) {
		if _, err := fs.Stat(Play(), m[1]); err != nil {
			t.Errorf("the page refers to %q: %v", m[1], err)
		}
	}
	css, err := fs.ReadFile(Play(), "style.css")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(css), "url(") || strings.Contains(string(css), "@import") {
		t.Error("the style loads something")
	}
}
