package browser

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/web"
)

func TestThePageInTheDocumentWorksAsItStands(t *testing.T) {
	document, err := os.ReadFile("../../docs/browser.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(document), "```html\n")
	page, _, ok := strings.Cut(rest, "\n```")
	const address = "ws://localhost:8080/ws"
	if !ok || !strings.Contains(page, address) {
		t.Fatal("the document has no page")
	}
	module, err := fs.ReadFile(web.Play(), "crosspeer.js")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, nil)
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(strings.Replace(page, address, s.url("websocket"), 1)))
	})
	mux.HandleFunc("/crosspeer.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Write(module)
	})
	h := httptest.NewServer(mux) // another origin than the session's
	t.Cleanup(h.Close)

	p := &Play{browse(t).Open(h.URL)}
	p.Until("document.getElementById('log').innerText.includes('I am peer')")
	p.Type("#text", "hello from a page")
	p.Keys("\r")
	if got := s.Packets(1)[0].Data; got != "hello from a page" {
		t.Errorf("the server got %q", got)
	}
	s.Send(crosspeer.TargetBroadcast, crosspeer.Reliable, "hello page")
	p.Until("document.getElementById('log').innerText.includes('1: hello page')")
	s.Close()
	p.Until("document.getElementById('log').innerText.includes('disconnected: ')")
}
