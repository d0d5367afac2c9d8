package wslink

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"crosspeer/internal/entry"
	"crosspeer/internal/hostile"
)

// recorded are the frames of stock engines, as rows of whole streams, and the
// heads of their requests and answers.
func recorded(f *testing.F) (frames, heads [][]byte) {
	text, err := os.ReadFile("testdata/godot3-sessions.json")
	if err != nil {
		f.Fatal(err)
	}
	var file []struct {
		Steps []struct {
			Wire []struct{ By, HTTP, Frame string }
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		f.Fatal(err)
	}
	for _, session := range file {
		streams := map[string][]byte{"client": {1}, "server": {0}}
		for _, step := range session.Steps {
			for _, row := range step.Wire {
				b, err := hex.DecodeString(row.Frame)
				if err != nil {
					f.Fatal(err)
				}
				if row.HTTP != "" {
					heads = append(heads, []byte(row.HTTP))
				} else if len(streams[row.By])+len(b) < hostile.SmallInput {
					streams[row.By] = append(streams[row.By], b...)
				}
			}
		}
		frames = append(frames, streams["client"], streams["server"])
	}
	return frames, heads
}

// FuzzUpgrade reads anything as a request. Who is let in has asked for a
// sub-protocol that is spoken here, from a page that may join.
func FuzzUpgrade(f *testing.F) {
	cfg := Config{Subprotocols: []string{"binary", "game"}, Origins: []string{"https://game.example"}}
	_, seeds := recorded(f)
	seeds = append(seeds, []byte("GET /x HTTP/1.1\r\nHost: game.example\r\nOrigin: https://game.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: Il8kMhCegz2vNTF5hzOfnQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, binary\r\n\r\n"))
	request := func(b []byte) *http.Request {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			return nil
		}
		return r
	}
	parse := func(b []byte) {
		if r := request(b); r != nil {
			cfg.refusal(r)
		}
	}
	hostile.Fuzz(f, seeds, parse, func(t testing.TB, b []byte) {
		r := request(b)
		if r == nil {
			return
		}
		status, text := cfg.refusal(r)
		asked := slices.ContainsFunc(entry.Subprotocols(r), cfg.speaks)
		origin := r.Header.Get("Origin")
		mayJoin := origin == "" || strings.EqualFold(origin, cfg.Origins[0]) || strings.HasSuffix(strings.ToLower(origin), "://"+strings.ToLower(r.Host))
		if status == 0 && (!asked || !mayJoin) || status != 0 && text == "" {
			t.Fatalf("status %d %q for %q", status, text, b)
		}
	})
}

// FuzzAnswer reads anything as a server's answer that is no WebSocket. What the
// player is told of it is short and a line.
func FuzzAnswer(f *testing.F) {
	_, seeds := recorded(f)
	seeds = append(seeds, []byte("HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nnot today"),
		[]byte("HTTP/1.1 503 Full\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfull\n\r\n0\r\n\r\n"))
	read := func(b []byte) string { return answerOf(403, bytes.NewReader(b)) }
	hostile.Fuzz(f, seeds, func(b []byte) { read(b) }, func(t testing.TB, b []byte) {
		if s := read(b); len(s) > 800 || strings.Contains(s, "\n") || !utf8.ValidString(s) {
			t.Fatalf("%q is told as %q", b, s)
		}
	})
}
