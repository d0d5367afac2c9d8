package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// Policy is the Content-Security-Policy of the page: nothing from elsewhere,
// nothing inline, WebSockets to anywhere.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// contentTypes are those of the page's files. The system's tables may know
// others for the same names.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// file is one of the page's files, ready to be sent.
type file struct {
	content     []byte
	contentType string
	etag        string
}

// handler serves files from memory.
type handler map[string]file

// PlayHandler serves the page's files by the last element of the request's
// path, index.html for one that ends in a slash. It is mounted with the slash:
//
//	mux.Handle("/play/", web.PlayHandler())
//
// Browsers ask again each time and get 304 while a file is the same.
func PlayHandler() http.Handler {
	h := handler{}
	play := Play()
	for _, name := range names(play) {
		content, err := fs.ReadFile(play, name)
		if err != nil {
			panic(err) // it is embedded
		}
		sum := sha256.Sum256(content)
		h[name] = file{content, contentTypes[path.Ext(name)], `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	}
	return h
}

// names are those of the files, none of which is in a folder of its own.
func names(play fs.FS) (found []string) {
	entries, err := fs.ReadDir(play, ".")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", Policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "the page is only read", http.StatusMethodNotAllowed)
		return
	}
	name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if name == "" {
		name = "index.html"
	}
	f, ok := h[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	header.Set("Content-Type", f.contentType)
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", f.etag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(f.content))
}
