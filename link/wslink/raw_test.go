package wslink_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/link/wslink"
)

const patience = 20 * time.Second

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// serve starts a server with a session.
func serve(t testing.TB, cfg wslink.Config) *crosspeer.Peer {
	t.Helper()
	srv, err := crosspeer.Listen(testContext(t), nil, wslink.Listen("127.0.0.1:0", cfg))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return srv
}

// raw is a client made by hand, which may break every rule.
type raw struct {
	t    testing.TB
	conn net.Conn
	src  *bufio.Reader
	id   int32
}

// open makes a TCP connection to a server.
func open(t testing.TB, srv *crosspeer.Peer) *raw {
	t.Helper()
	return openURL(t, srv.Addrs()[0])
}

// openURL makes a TCP connection to the host of an URL.
func openURL(t testing.TB, addr string) *raw {
	t.Helper()
	u, err := url.Parse(addr)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { conn.Close() })
	return &raw{t: t, conn: conn, src: bufio.NewReader(conn)}
}

// request asks for a WebSocket, with header lines changed or added; an empty
// value leaves one out.
func (r *raw) request(line string, change map[string]string) *http.Response {
	r.t.Helper()
	header := map[string]string{
		"Host": "localhost", "Upgrade": "websocket", "Connection": "Upgrade",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
	}
	for k, v := range change {
		header[k] = v
	}
	text := line + "\r\n"
	for k, v := range header {
		if v != "" {
			text += k + ": " + v + "\r\n"
		}
	}
	r.write([]byte(text + "\r\n"))
	resp, err := http.ReadResponse(r.src, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp
}

// join makes the connection a client of the session and reads its id.
func join(t testing.TB, srv *crosspeer.Peer) *raw {
	t.Helper()
	r := open(t, srv)
	if resp := r.request("GET /any/path?x=1 HTTP/1.1", nil); resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("the server answers %s", resp.Status)
	}
	b := r.message()
	if len(b) != 13 || b[0] != 3 {
		t.Fatalf("the first message is %x, want the id", b)
	}
	r.id = int32(b[9]) | int32(b[10])<<8 | int32(b[11])<<16 | int32(b[12])<<24
	if got, want := hex.EncodeToString(r.message()), "01010000000000000001000000"; got != want {
		t.Fatalf("the second message is %s, want %s", got, want)
	}
	return r
}

func (r *raw) write(b []byte) {
	r.t.Helper()
	if _, err := r.conn.Write(b); err != nil {
		r.t.Fatal(err)
	}
}

// frame writes a frame, masked as a client must unless it says otherwise.
func (r *raw) frame(h ws.Header, payload []byte) {
	r.t.Helper()
	if h.Masked {
		h.Mask = [4]byte{1, 2, 3, 4}
		payload = append([]byte(nil), payload...)
		ws.Cipher(payload, h.Mask, 0)
	}
	if h.Length == 0 {
		h.Length = int64(len(payload))
	}
	if err := ws.WriteHeader(r.conn, h); err != nil {
		r.t.Fatal(err)
	}
	r.conn.Write(payload) // the server may have closed already
}

// send writes a message.
func (r *raw) send(payload []byte) {
	r.t.Helper()
	r.frame(ws.Header{Fin: true, OpCode: ws.OpBinary, Masked: true}, payload)
}

// data is a packet in Godot's framing.
func data(from, to int32, text string) []byte {
	b := []byte{0, byte(from), byte(from >> 8), byte(from >> 16), byte(from >> 24), byte(to), byte(to >> 8), byte(to >> 16), byte(to >> 24)}
	return append(b, text...)
}

// next reads a frame.
func (r *raw) next() (ws.Header, []byte) {
	r.t.Helper()
	h, err := ws.ReadHeader(r.src)
	if err != nil {
		r.t.Fatalf("no frame: %v", err)
	}
	b := make([]byte, h.Length)
	if _, err := io.ReadFull(r.src, b); err != nil {
		r.t.Fatal(err)
	}
	return h, b
}

// message reads a message, which the server never fragments.
func (r *raw) message() []byte {
	r.t.Helper()
	h, b := r.next()
	if !h.Fin || h.OpCode != ws.OpBinary || h.Masked || h.Rsv != 0 {
		r.t.Fatalf("frame %+v with %x, want a whole binary message", h, b)
	}
	return b
}

// closed reads the close frame, and the end of the connection after it.
func (r *raw) closed() (code int, text string) {
	r.t.Helper()
	for {
		h, b := r.next()
		if h.OpCode != ws.OpClose {
			continue
		}
		if len(b) >= 2 {
			code, text = int(b[0])<<8|int(b[1]), string(b[2:])
		}
		r.frame(ws.Header{Fin: true, OpCode: ws.OpClose, Masked: true}, b)
		if n, err := io.Copy(io.Discard, r.src); n != 0 {
			r.t.Errorf("%d bytes and %v after the close frame", n, err)
		}
		return code, text
	}
}

// watcher is a well-behaved client beside a raw one.
func watcher(t testing.TB, srv *crosspeer.Peer) *crosspeer.Peer {
	t.Helper()
	cli, err := crosspeer.Dial(testContext(t), nil, wslink.Dial(srv.Addrs()[0]))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cli.Close() })
	return cli
}

// left waits until the server reports the end of a client and gives the reason.
func left(t testing.TB, p *crosspeer.Peer, id int32) crosspeer.Reason {
	t.Helper()
	for {
		ev, err := p.Next(testContext(t))
		if err != nil {
			t.Fatal(err)
		}
		if gone, ok := ev.(crosspeer.PeerDisconnected); ok && int32(gone.ID) == id {
			return gone.Reason
		}
	}
}

// unharmed checks that the watcher's packets still reach the server.
func unharmed(t testing.TB, srv, w *crosspeer.Peer) {
	t.Helper()
	if err := w.Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Data: []byte("well")}); err != nil {
		t.Fatal(err)
	}
	for {
		pkt, err := srv.Receive(testContext(t))
		if err != nil {
			t.Fatal(err)
		}
		if string(pkt.Data) == "well" && pkt.From == w.UniqueID() {
			return
		}
	}
}

func describe(h ws.Header, b []byte) string {
	return fmt.Sprintf("opcode %d %s", h.OpCode, strings.TrimSpace(hex.EncodeToString(b)))
}
