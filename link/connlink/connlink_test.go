package connlink_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/link/connlink"
	"crosspeer/linktest"
)

// socket is a stream that carries messages behind their length.
type socket struct{ net.Conn }

func (s socket) ReadMessage() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(s, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > 33<<20 {
		return nil, errors.New("too large")
	}
	b := make([]byte, n)
	_, err := io.ReadFull(s, b)
	return b, err
}

func (s socket) WriteMessage(b []byte) error {
	_, err := s.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

// sockets accepts them.
type sockets struct{ net.Listener }

func (s sockets) Accept() (connlink.Conn, error) {
	c, err := s.Listener.Accept()
	return socket{c}, err
}

func (s sockets) Addr() string { return s.Listener.Addr().String() }

func dial(addr string, cfg ...connlink.Config) crosspeer.Dialer {
	return connlink.Dial(func(ctx context.Context) (connlink.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "unix", addr)
		return socket{c}, err
	}, cfg...)
}

func listen(t testing.TB, cfg ...connlink.Config) crosspeer.Listener {
	path := filepath.Join(t.TempDir(), "socket")
	return connlink.ListenFunc(func(ctx context.Context) (connlink.Acceptor, error) {
		l, err := new(net.ListenConfig).Listen(ctx, "unix", path)
		return sockets{l}, err
	}, cfg...)
}

func transport() linktest.Transport {
	return linktest.Transport{
		New: func(t testing.TB) (crosspeer.Listener, linktest.DialTo) {
			return listen(t), func(srv *crosspeer.Peer, _ crosspeer.PeerID) crosspeer.Dialer { return dial(srv.Addrs()[0]) }
		},
		Nowhere: func(t testing.TB) crosspeer.Dialer {
			l, err := net.Listen("unix", filepath.Join(t.TempDir(), "silent"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
			return dial(l.Addr().String())
		},
		Channels:       []int{3, 17, 254},
		MaxQueuedBytes: 16 << 20,
	}
}

func TestLinktest(t *testing.T) { linktest.Run(t, transport()) }

func TestNothingIsLeft(t *testing.T) { linktest.Cycles(t, transport(), 500) }

// pipes is a place where one end of a pipe is given to who accepts and the
// other to who dials.
type pipes struct {
	offered chan net.Conn
	closed  chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) Accept() (connlink.Conn, error) {
	select {
	case c := <-p.offered:
		return socket{c}, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { close(p.closed); return nil }
func (p *pipes) Addr() string { return "pipe:" }

func (p *pipes) dial(ctx context.Context) (connlink.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.offered <- there:
		return socket{here}, nil
	case <-ctx.Done():
		return nil, errors.New("nobody accepts") // says nothing of the context
	}
}

func TestLinktestOverPipes(t *testing.T) {
	linktest.Run(t, linktest.Transport{
		New: func(testing.TB) (crosspeer.Listener, linktest.DialTo) {
			var now *pipes
			open := func(context.Context) (connlink.Acceptor, error) { now = newPipes(); return now, nil }
			return connlink.ListenFunc(open), func(*crosspeer.Peer, crosspeer.PeerID) crosspeer.Dialer { return connlink.Dial(now.dial) }
		},
		Nowhere:  func(testing.TB) crosspeer.Dialer { return connlink.Dial(newPipes().dial) },
		Channels: []int{3, 17, 254},
	})
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestRefusalsSayWhy(t *testing.T) {
	srv, err := crosspeer.Listen(testContext(t), nil, listen(t, connlink.Config{Name: "unix"}))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	srv.SetRefuseNewConnections(true)
	_, err = crosspeer.Dial(testContext(t), nil, dial(srv.Addrs()[0]))
	if !errors.Is(err, crosspeer.ErrRefused) || !strings.Contains(err.Error(), "new connections are refused") {
		t.Errorf("Dial: %v", err)
	}
	srv.SetRefuseNewConnections(false)
	cli, err := crosspeer.Dial(testContext(t), nil, dial(srv.Addrs()[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	if info, err := srv.PeerInfo(cli.UniqueID()); err != nil || info.Transport != "unix" {
		t.Errorf("PeerInfo: %+v, %v", info, err)
	}
}

func TestMessagesThatHaveNoPlaceAreCountedAndDropped(t *testing.T) {
	srv, err := crosspeer.Listen(testContext(t), nil, listen(t))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	conn, err := net.Dial("unix", srv.Addrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s := socket{conn}
	first, err := s.ReadMessage()
	if err != nil || len(first) != 13 || first[0] != 3 {
		t.Fatalf("the first message is %x, %v", first, err)
	}
	id := first[9:13]
	header := func(kind byte, rest ...byte) []byte {
		return append(append(append([]byte{kind}, id...), 1, 0, 0, 0), rest...)
	}
	for _, b := range [][]byte{
		nil, {1, 2, 3}, header(0), header(0, 2), header(0, 3, 1), header(0, 2, 0), header(0, 2, 255), header(1, 5, 0, 0, 0), header(9, 2, 1),
		header(0, 2, 1, 'x'),
	} {
		if err := s.WriteMessage(b); err != nil {
			t.Fatal(err)
		}
	}
	pkt, err := srv.Receive(testContext(t))
	if err != nil || string(pkt.Data) != "x" {
		t.Fatalf("got %+v, %v", pkt, err)
	}
	if n := srv.Stats().Malformed; n != 9 {
		t.Errorf("%d malformed messages were counted, want 9", n)
	}
}
