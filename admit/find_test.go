package admit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/url"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/internal/hostile"
	"crosspeer/variant"
)

func TestWhereARequestHasItsToken(t *testing.T) {
	with := func(r crosspeer.Request) crosspeer.Hello { return crosspeer.Hello{Request: &r} }
	header := func(v ...string) map[string][]string { return map[string][]string{"Authorization": v} }
	cookie := map[string]string{"crosspeer_token": "abc"}
	from := func(origin string, r crosspeer.Request) crosspeer.Request {
		r.Host, r.Header = "Game.example:8080", map[string][]string{"Origin": {origin}}
		return r
	}
	for _, tt := range []struct {
		name string
		r    crosspeer.Request
		want string
	}{
		{"a header", crosspeer.Request{Header: header("Bearer abc")}, "abc"},
		{"a header in small letters", crosspeer.Request{Header: header("bearer  abc ")}, "abc"},
		{"a header of another kind", crosspeer.Request{Header: header("Basic abc")}, ""},
		{"two headers", crosspeer.Request{Header: header("Basic abc", "Bearer def")}, "def"},
		{"a header without a token", crosspeer.Request{Header: header("Bearer ")}, ""},
		{"a header without a token, and the query", crosspeer.Request{Header: header("Bearer "), Query: url.Values{"token": {"abc"}}}, "abc"},
		{"the query", crosspeer.Request{Query: url.Values{"token": {"abc", "def"}}}, "abc"},
		{"a sub-protocol", crosspeer.Request{Subprotocols: []string{"game", "crosspeer.token.abc.def"}}, "abc.def"},
		{"a cookie", crosspeer.Request{Cookies: map[string]string{"crosspeer_token": "abc", "token": "def"}}, "abc"},
		{"a cookie that the server's page sends", from("https://game.example:8080", crosspeer.Request{Cookies: cookie}), "abc"},
		{"a cookie that another page sends", from("https://evil.example", crosspeer.Request{Cookies: cookie}), ""},
		{"a cookie that a page of another port sends", from("https://game.example", crosspeer.Request{Cookies: cookie}), ""},
		{"a cookie that a page without an origin sends", from("null", crosspeer.Request{Cookies: cookie}), ""},
		{"a query that another page sends", from("https://evil.example", crosspeer.Request{Query: url.Values{"token": {"abc"}}}), "abc"},
		{"the query before a cookie", crosspeer.Request{Query: url.Values{"token": {"abc"}}, Cookies: map[string]string{"crosspeer_token": "def"}}, "abc"},
		{"nothing", crosspeer.Request{}, ""},
	} {
		b, err := Credential(t.Context(), with(tt.r))
		if string(b) != tt.want || (tt.want == "") != errors.Is(err, ErrNoToken) {
			t.Errorf("%s: %q, %v", tt.name, b, err)
		}
	}
	if _, err := Credential(t.Context(), with(crosspeer.Request{})); !strings.Contains(err.Error(), "?token=") {
		t.Errorf("%v does not say what to do", err)
	}
}

// TestTheFirstPacketAsGodotSendsIt has the packets of put_packet, put_var and
// MultiplayerAPI.send_bytes; the engine itself sends them in interop/godot3.
func TestTheFirstPacketAsGodotSendsIt(t *testing.T) {
	text, binaryToken := "cp1.abcde", append([]byte{1, 0, 0, 0}, bytes.Repeat([]byte{7}, 20)...)
	marshal := func(v any) []byte {
		b, err := variant.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	raw := func(b []byte) []byte { return append([]byte{4}, b...) }
	for _, tt := range []struct {
		name   string
		packet []byte
		want   string
	}{
		{"put_packet of a text", []byte(text), text},
		{"put_packet of bytes", binaryToken, string(binaryToken)},
		{"send_bytes of a text", raw([]byte(text)), text},
		{"send_bytes of bytes", raw(binaryToken), string(binaryToken)},
		{"put_var of a text", marshal(text), text},
		{"put_var of bytes", marshal(binaryToken), string(binaryToken)},
		{"put_var of a number", marshal(5), string(marshal(5))},
		{"put_var with something behind it", append(marshal(text), 1), string(append(marshal(text), 1)[1:])},
		{"put_var that is cut off", marshal(text)[:12], string(marshal(text)[1:12])},
		{"send_bytes of nothing", raw(nil), ""},
		{"an empty one", nil, ""},
	} {
		if got := unwrap(tt.packet); string(got) != tt.want {
			t.Errorf("%s: %x, want %x", tt.name, got, tt.want)
		}
	}
	if b := marshal(text); binary.LittleEndian.Uint32(b) != 4 {
		t.Errorf("a text begins with % x", b[:4])
	}
}

func FuzzUnwrap(f *testing.F) {
	seeds := [][]byte{[]byte("\x04\x00\x00\x00\x03\x00\x00\x00abc\x00"), []byte("\x14\x00\x00\x00\x03\x00\x00\x00abc\x00"), []byte("\x04abc")}
	hostile.Fuzz(f, seeds, func(b []byte) { unwrap(b) }, func(t testing.TB, b []byte) {
		if got := unwrap(b); !bytes.Contains(b, got) {
			t.Fatalf("%x becomes %x", b, got)
		}
	})
}
