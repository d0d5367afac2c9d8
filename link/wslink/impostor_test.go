package wslink_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/link/wslink"
)

// impostor is a server made by hand, which may break every rule. It takes one
// client.
type impostor struct {
	t   testing.TB
	tcp net.Listener
}

func newImpostor(t testing.TB) *impostor {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tcp.Close() })
	return &impostor{t, tcp}
}

func (s *impostor) url() string { return "ws://" + s.tcp.Addr().String() }

// answer takes the client's request and answers it; see granted.
func (s *impostor) answer(response string) *raw {
	s.t.Helper()
	conn, err := s.tcp.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	r := &raw{t: s.t, conn: conn, src: bufio.NewReader(conn)}
	req, err := http.ReadRequest(r.src)
	if err != nil {
		s.t.Fatal(err)
	}
	sum := sha1.Sum([]byte(req.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	r.write([]byte(strings.ReplaceAll(response, "@", base64.StdEncoding.EncodeToString(sum[:]))))
	return r
}

// The engine's own answer; @ stands for the proof that the key was read.
const granted = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\n"

// say sends a message as a server.
func (r *raw) say(payload []byte) { r.frame(ws.Header{Fin: true, OpCode: ws.OpBinary}, payload) }

// notice is a server's message about a peer.
func notice(kind byte, id int32) []byte {
	return append([]byte{kind, 1, 0, 0, 0, 0, 0, 0, 0}, byte(id), byte(id>>8), byte(id>>16), byte(id>>24))
}

// impose lets a Go client into an impostor's session as number 77.
func impose(t *testing.T) (*raw, *crosspeer.Peer) {
	t.Helper()
	s := newImpostor(t)
	type result struct {
		cli *crosspeer.Peer
		err error
	}
	dialled := make(chan result, 1)
	go func() {
		cli, err := crosspeer.Dial(testContext(t), nil, wslink.Dial(s.url()))
		dialled <- result{cli, err}
	}()
	r := s.answer(granted + "\r\n")
	r.say(notice(3, 77))
	r.say(notice(1, 1))
	got := <-dialled
	if got.err != nil {
		t.Fatal(got.err)
	}
	t.Cleanup(func() { got.cli.Close() })
	return r, got.cli
}

func TestAClientBelievesItsServer(t *testing.T) {
	r, cli := impose(t)
	ctx := testContext(t)
	event := func() crosspeer.Event {
		t.Helper()
		ev, err := cli.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return ev
	}
	steps := []struct {
		name string
		say  []byte
		want string
	}{
		{"87 the server is there", nil, "PeerConnected{1}"},
		{"87 the client is in", nil, "ConnectionSucceeded{}"},
		{"87, 89 another is there", notice(1, 5), "PeerConnected{5}"},
		{"89 bytes behind the id do not matter", append(notice(1, 6), 1, 2, 3), "PeerConnected{6}"},
		{"96 a packet of anybody", data(99, -3, "from a stranger"), "packet from 99 to -3: from a stranger"},
		{"94 an empty packet", data(1, 77, ""), "packet from 1 to 77: "},
		{"96 somebody has gone", notice(2, 5), "PeerDisconnected{5}"},
		{"96 somebody unknown has gone", notice(2, 500), "PeerDisconnected{500}"},
	}
	for _, tt := range steps {
		t.Run(tt.name, func(t *testing.T) {
			if tt.say != nil {
				r.say(tt.say)
			}
			if got := described(event()); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	t.Run("96 unknown kinds and short messages are dropped, another id is taken", func(t *testing.T) {
		r.say(append([]byte{4}, data(1, 0, "four")[1:]...))
		r.say(notice(1, 9)[:12])
		r.say([]byte{0, 1, 2})
		r.say(nil)
		r.say(notice(3, 78))
		r.say(data(1, 0, "after"))
		if got := described(event()); got != "packet from 1 to 0: after" {
			t.Errorf("got %s", got)
		}
		if cli.UniqueID() != 78 {
			t.Errorf("the id is %d, want 78", cli.UniqueID())
		}
	})
	t.Run("93 a client's frames are masked, whole and binary", func(t *testing.T) {
		for _, to := range []crosspeer.PeerID{1, 0, -6} {
			if err := cli.Send(crosspeer.Packet{To: to, Data: []byte("x")}); err != nil {
				t.Fatal(err)
			}
			h, b := r.next()
			if !h.Masked || !h.Fin || h.Rsv != 0 || h.OpCode != ws.OpBinary {
				t.Fatalf("the header is %+v", h)
			}
			ws.Cipher(b, h.Mask, 0)
			if want := data(78, int32(to), "x"); string(b) != string(want) {
				t.Errorf("got %x, want %x", b, want)
			}
		}
	})
	t.Run("98, 99, 100 the server's goodbye", func(t *testing.T) {
		r.frame(ws.Header{Fin: true, OpCode: ws.OpClose}, append([]byte{0x0F, 0xA1}, "bye bye\x00"...))
		gone, ok := event().(crosspeer.ServerDisconnected)
		for !ok {
			gone, ok = event().(crosspeer.ServerDisconnected)
		}
		if gone.Reason.Text != "bye bye" || gone.Reason.By != crosspeer.ByRemote {
			t.Errorf("the reason is %+v", gone.Reason)
		}
		h, b := r.next()
		ws.Cipher(b, h.Mask, 0)
		if h.OpCode != ws.OpClose || !h.Masked || string(b) != "\x0f\xa1bye bye\x00" {
			t.Errorf("answered with %s", describe(h, b))
		}
	})
}

func described(ev crosspeer.Event) string {
	switch ev := ev.(type) {
	case crosspeer.PeerConnected:
		return fmt.Sprintf("PeerConnected{%d}", ev.ID)
	case crosspeer.PeerDisconnected:
		return fmt.Sprintf("PeerDisconnected{%d}", ev.ID)
	case crosspeer.ConnectionSucceeded:
		return "ConnectionSucceeded{}"
	case crosspeer.PacketReceived:
		return fmt.Sprintf("packet from %d to %d: %s", ev.From, ev.To, ev.Data)
	}
	return fmt.Sprintf("%T", ev)
}

func TestAServerThatBreaksTheRulesIsLeft(t *testing.T) {
	for _, tt := range []struct {
		name string
		code int
		h    ws.Header
		data string
	}{
		{"106 a masked frame", 1002, ws.Header{Fin: true, OpCode: ws.OpBinary, Masked: true}, "x"},
		{"106 a reserved bit", 1002, ws.Header{Fin: true, Rsv: ws.Rsv(false, true, false), OpCode: ws.OpBinary}, "x"},
		{"106 opcode 3", 1002, ws.Header{Fin: true, OpCode: 3}, "x"},
		{"106 text that is not UTF-8", 1007, ws.Header{Fin: true, OpCode: ws.OpText}, "\xff"},
		{"105 a message that is too big", 1009, ws.Header{Fin: true, OpCode: ws.OpBinary, Length: 1 << 40}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, cli := impose(t)
			r.frame(tt.h, []byte(tt.data))
			for {
				h, b := r.next()
				if h.OpCode != ws.OpClose {
					continue
				}
				ws.Cipher(b, h.Mask, 0)
				if code := int(b[0])<<8 | int(b[1]); code != tt.code || !h.Masked {
					t.Errorf("close code %d, want %d", code, tt.code)
				}
				break
			}
			r.conn.Close()
			for {
				ev, err := cli.Next(testContext(t))
				if err != nil {
					t.Fatalf("107 the client is told %v", err)
				}
				if gone, ok := ev.(crosspeer.ServerDisconnected); ok {
					if gone.Reason.Code != crosspeer.ReasonProtocol || gone.Reason.Text == "" {
						t.Errorf("107 the reason is %+v", gone.Reason)
					}
					return
				}
			}
		})
	}
}

func TestAnswersThatAreNoWebSocketFailADial(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		cfg          wslink.Config
	}{
		{"84 status 200", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", wslink.Config{}},
		{"84 HTTP/1.0", "HTTP/1.0 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\n\r\n", wslink.Config{}},
		{"84 a sub-protocol that was not asked for", granted + "Sec-WebSocket-Protocol: a\r\n\r\n", wslink.Config{}},
		{"84 another sub-protocol", granted + "Sec-WebSocket-Protocol: b\r\n\r\n", wslink.Config{Subprotocols: []string{"a"}}},
		{"84 no sub-protocol though one was asked for", granted + "\r\n", wslink.Config{Subprotocols: []string{"a"}}},
		{"no proof", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", wslink.Config{}},
		{"a wrong proof", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n", wslink.Config{}},
		{"an extension that was not asked for", granted + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", wslink.Config{}},
		{"another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\n\r\n", wslink.Config{}},
		{"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", wslink.Config{}},
		{"a redirect", "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", wslink.Config{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newImpostor(t)
			failed := make(chan error, 1)
			go func() {
				cli, err := crosspeer.Dial(testContext(t), nil, wslink.Dial(s.url(), tt.cfg))
				if err == nil {
					cli.Close()
				}
				failed <- err
			}()
			s.answer(tt.answer).conn.(*net.TCPConn).CloseWrite()
			if err := <-failed; err == nil {
				t.Error("the client has joined")
			}
		})
	}
}

func TestAClientIsOnlyInWhenTheServerSaysSo(t *testing.T) {
	t.Run("88 the id alone is no session", func(t *testing.T) {
		s := newImpostor(t)
		failed := make(chan error, 1)
		go func() {
			_, err := crosspeer.Dial(testContext(t), nil, wslink.Dial(s.url()))
			failed <- err
		}()
		r := s.answer(granted + "\r\n")
		r.say(notice(3, 77))
		r.frame(ws.Header{Fin: true, OpCode: ws.OpClose}, append([]byte{0x03, 0xF5}, "full\x00"...))
		var refused *crosspeer.DisconnectError
		if err := <-failed; !errors.As(err, &refused) || refused.Reason.Code != crosspeer.ReasonRefused || refused.Reason.Text != "full" {
			t.Errorf("Dial: %v", err)
		}
	})
}
