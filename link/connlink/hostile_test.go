package connlink_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"crosspeer"
	"crosspeer/link/connlink"
)

func notice(kind byte, id int32) []byte {
	b := append([]byte{kind}, 1, 0, 0, 0, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(b, uint32(id))
}

func message(from, to int32, data string) []byte {
	b := binary.LittleEndian.AppendUint32([]byte{0}, uint32(from))
	b = binary.LittleEndian.AppendUint32(b, uint32(to))
	return append(append(b, 2, 1), data...)
}

func goodbye(code byte, words string) []byte {
	return append(append([]byte{4}, make([]byte, 8)...), append([]byte{code}, words...)...)
}

// script makes a Dialer to a server that writes messages and reads what comes
// until the client closes.
func script(messages ...[]byte) crosspeer.Dialer {
	return connlink.Dial(func(context.Context) (connlink.Conn, error) {
		here, there := net.Pipe()
		go func() {
			for _, b := range messages {
				if (socket{there}).WriteMessage(b) != nil {
					return
				}
			}
		}()
		go io.Copy(io.Discard, there)
		return socket{here}, nil
	}, connlink.Config{MaxPacketBytes: 100})
}

func TestServersThatAreNone(t *testing.T) {
	for _, tt := range []struct {
		name     string
		messages [][]byte
		code     crosspeer.ReasonCode
		says     string
	}{
		{"another protocol", [][]byte{[]byte("HTTP/1.1 400 Bad Request")}, crosspeer.ReasonProtocol, "none of this framing"},
		{"an empty message", [][]byte{nil}, crosspeer.ReasonProtocol, "none of this framing"},
		{"no id", [][]byte{notice(1, 1)}, crosspeer.ReasonProtocol, "does not begin with this client's id"},
		{"somebody else first", [][]byte{notice(3, 7), notice(1, 9)}, crosspeer.ReasonProtocol, "does not begin"},
		{"a packet first", [][]byte{message(1, 0, "x")}, crosspeer.ReasonProtocol, "does not begin"},
		{"id 0", [][]byte{notice(3, 0)}, crosspeer.ReasonProtocol, "id is 0"},
		{"id 1", [][]byte{notice(3, 1)}, crosspeer.ReasonProtocol, "id is 1"},
		{"a negative id", [][]byte{notice(3, -7)}, crosspeer.ReasonProtocol, "id is -7"},
		{"a refusal", [][]byte{goodbye(5, "go away")}, crosspeer.ReasonRefused, "refused by the server: go away"},
		{"a refusal behind an id", [][]byte{notice(3, 7), goodbye(8, "")}, crosspeer.ReasonInvalid, "refused by the server: invalid id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := crosspeer.Dial(t.Context(), nil, script(tt.messages...))
				var why *crosspeer.DisconnectError
				if !errors.As(err, &why) || why.Reason.Code != tt.code || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("Dial: %v, want %v with %q", err, tt.code, tt.says)
				}
			})
		})
	}
}

func TestWhatAServerSaysLaterHarmsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cli, err := crosspeer.Dial(t.Context(), nil, script(
			notice(3, 7), notice(1, 1),
			notice(3, 9), nil, []byte{9}, message(1, 7, strings.Repeat("x", 101)), // no place in the protocol
			notice(1, 1), notice(2, 1), // said again
			message(1, 7, strings.Repeat("x", 100)), goodbye(2, "no more cake"),
		))
		if err != nil {
			t.Fatal(err)
		}
		defer cli.Close()
		if pkt, err := cli.Receive(t.Context()); err != nil || len(pkt.Data) != 100 {
			t.Errorf("got %+v, %v", pkt, err)
		}
		if id := cli.UniqueID(); id != 7 && id != 0 { // 0: the goodbye was read
			t.Errorf("the client's id is %d", id)
		}
		ev, err := cli.Next(t.Context())
		if want := (crosspeer.ServerDisconnected{Reason: crosspeer.Reason{
			Code: crosspeer.ReasonKicked, By: crosspeer.ByRemote, Text: "no more cake"}}); ev != crosspeer.Event(want) {
			t.Errorf("got %+v, %v, want %+v", ev, err, want)
		}
		if n := cli.Stats().Malformed; n != 4 {
			t.Errorf("%d malformed messages were counted, want 4", n)
		}
	})
}

func TestDialsThatCannotReachTheServer(t *testing.T) {
	broken := errors.New("no route")
	said := &crosspeer.DisconnectError{Reason: crosspeer.Reason{Code: crosspeer.ReasonProtocol, Text: "wrong version"}}
	canceled, cancel := context.WithCancel(context.Background())
	for _, tt := range []struct {
		name string
		ctx  context.Context
		open func(context.Context) (connlink.Conn, error)
		want error
		code crosspeer.ReasonCode
	}{
		{"its error is wrapped", context.Background(), func(context.Context) (connlink.Conn, error) { return nil, broken }, broken, crosspeer.ReasonNoReply},
		{"its reason counts", context.Background(), func(context.Context) (connlink.Conn, error) { return nil, said }, said, crosspeer.ReasonProtocol},
		{"a connection that ends", context.Background(), func(context.Context) (connlink.Conn, error) {
			here, there := net.Pipe()
			there.Close()
			return socket{here}, nil
		}, nil, crosspeer.ReasonNoReply},
		{"the context ends meanwhile", canceled, func(context.Context) (connlink.Conn, error) {
			cancel()
			return nil, broken
		}, context.Canceled, 0},
		{"the context has ended", canceled, func(context.Context) (connlink.Conn, error) {
			t.Error("open was called")
			return nil, broken
		}, context.Canceled, 0},
	} {
		_, err := crosspeer.Dial(tt.ctx, nil, connlink.Dial(tt.open))
		var why *crosspeer.DisconnectError
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) ||
			tt.code != 0 && (!errors.As(err, &why) || why.Reason.Code != tt.code) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// reasoned is a Conn that can say why it ends, and hears why.
type reasoned struct {
	socket
	mu     *sync.Mutex
	closed *[]crosspeer.Reason
	heard  error
}

func (r reasoned) CloseReason(why crosspeer.Reason) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	*r.closed = append(*r.closed, why)
	return nil
}

func (r reasoned) ReadMessage() ([]byte, error) {
	b, err := r.socket.ReadMessage()
	if err != nil && r.heard != nil {
		err = r.heard
	}
	return b, err
}

func TestReasonsOfTheTransportsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		srv, err := crosspeer.Listen(t.Context(), nil, connlink.Listen(p))
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		var mu sync.Mutex
		dial := func(closed *[]crosspeer.Reason, heard error) *crosspeer.Peer {
			cli, err := crosspeer.Dial(t.Context(), nil, connlink.Dial(func(ctx context.Context) (connlink.Conn, error) {
				c, err := p.dial(ctx)
				return reasoned{c.(socket), &mu, closed, heard}, err
			}))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { cli.Close() })
			return cli
		}
		// This end's reason goes to the Conn, once.
		var closed, other []crosspeer.Reason
		cli := dial(&closed, nil)
		cli.Close()
		synctest.Wait()
		if len(closed) != 1 || closed[0].Code != crosspeer.ReasonClosed || closed[0].By != crosspeer.ByLocal {
			t.Errorf("CloseReason was called with %+v", closed)
		}
		// The other end's goodbye does not.
		cli = dial(&other, nil)
		if err := srv.Disconnect(cli.UniqueID(), "enough"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(other) != 0 {
			t.Errorf("CloseReason was called with %+v, though the other end has closed", other)
		}
	})
}

func TestTheReasonOfAConnThatBreaksIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		want := crosspeer.Reason{Code: crosspeer.ReasonTimeout, By: crosspeer.ByNobody, Text: "no heartbeat for 3s"}
		here, there := net.Pipe()
		var closed []crosspeer.Reason
		conn := reasoned{socket{here}, new(sync.Mutex), &closed, &crosspeer.DisconnectError{Reason: want}}
		go func() {
			(socket{there}).WriteMessage(notice(3, 7))
			(socket{there}).WriteMessage(notice(1, 1))
			there.Close()
		}()
		cli, err := crosspeer.Dial(t.Context(), nil, connlink.Dial(func(context.Context) (connlink.Conn, error) { return conn, nil }))
		if err != nil {
			t.Fatal(err)
		}
		defer cli.Close()
		for {
			ev, err := cli.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if lost, ok := ev.(crosspeer.ServerDisconnected); ok {
				if lost.Reason != want {
					t.Errorf("reason %+v, want %+v", lost.Reason, want)
				}
				return
			}
		}
	})
}

// passing is an Acceptor that fails for a while before each connection.
type passing struct {
	*pipes
	mu    sync.Mutex
	tries int
}

type temporaryError struct{ error }

func (temporaryError) Temporary() bool { return true }

func (p *passing) Accept() (connlink.Conn, error) {
	p.mu.Lock()
	p.tries++
	fails := p.tries%10 != 0
	p.mu.Unlock()
	if fails {
		return nil, temporaryError{errors.New("too many open files")}
	}
	return p.pipes.Accept()
}

func TestAcceptingGoesOnAfterErrorsThatPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &passing{pipes: newPipes()}
		srv, err := crosspeer.Listen(t.Context(), nil, connlink.Listen(p))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			cli, err := crosspeer.Dial(t.Context(), nil, connlink.Dial(p.dial))
			if err != nil {
				t.Fatal(err)
			}
			defer cli.Close()
		}
		srv.Close() // while it waits to try again
		if p.tries < 31 {
			t.Errorf("Accept was called %d times, want more than 30", p.tries)
		}
	})
}

func TestStrangersThatSayAnythingHarmNobody(t *testing.T) {
	p := newPipes()
	srv, err := crosspeer.Listen(testContext(t), nil, connlink.Listen(p, connlink.Config{MaxPacketBytes: 1000}))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	guest, err := crosspeer.Dial(testContext(t), nil, connlink.Dial(p.dial))
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	conn, err := p.dial(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	first, err := conn.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			if _, err := conn.ReadMessage(); err != nil {
				return
			}
		}
	}()
	id := int32(binary.LittleEndian.Uint32(first[9:]))
	for _, b := range [][]byte{
		notice(3, 5), notice(1, 5), notice(2, int32(guest.UniqueID())), // only a server gives notice
		message(id, 0, strings.Repeat("x", 1001)), bytes.Repeat([]byte{4}, 5),
		message(1, 0, "forged"), message(id, 0, "honest"),
	} {
		if err := conn.WriteMessage(b); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range []*crosspeer.Peer{srv, guest} {
		if pkt, err := m.Receive(testContext(t)); err != nil || string(pkt.Data) != "honest" {
			t.Errorf("got %q, %v", pkt.Data, err)
		}
	}
	if s := srv.Stats(); s.Malformed != 5 || s.Spoofed != 1 || s.Peers != 2 {
		t.Errorf("stats %+v", s)
	}
	conn.Close()
}
