package wslink_test

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/link/wslink"
)

// pipes is a listener whose connections are pipes: nothing is buffered on the
// way, and time is virtual.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// virtually runs a subtest with a session in virtual time. join makes a
// client, whose number and presence of the server have been read.
func virtually(t *testing.T, name string, f func(t *testing.T, srv *crosspeer.Peer, open func() *raw)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := wslink.NewHandler()
			srv, err := crosspeer.Listen(context.Background(), nil, h)
			if err != nil {
				t.Fatal(err)
			}
			p := &pipes{make(chan net.Conn), make(chan struct{})}
			site := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
			go site.Serve(p)
			defer func() {
				srv.Close()
				site.Close()
				synctest.Wait()
			}()
			f(t, srv, func() *raw {
				near, far := net.Pipe()
				p.conns <- far
				t.Cleanup(func() { near.Close() })
				return &raw{t: t, conn: near, src: bufio.NewReader(near)}
			})
		})
	})
}

// enter is join for a connection that is open.
func (r *raw) enter() *raw {
	r.t.Helper()
	if resp := r.request("GET / HTTP/1.1", nil); resp.StatusCode != http.StatusSwitchingProtocols {
		r.t.Fatalf("the server answers %s", resp.Status)
	}
	b := r.message()
	r.id = int32(b[9]) | int32(b[10])<<8 | int32(b[11])<<16 | int32(b[12])<<24
	r.message()
	return r
}

// drip writes bytes, one a second, until they are written or the connection
// is over. It gives the time that took.
func (r *raw) drip(b []byte) time.Duration {
	begin := time.Now()
	for i := range b {
		if _, err := r.conn.Write(b[i : i+1]); err != nil {
			break
		}
		<-time.After(time.Second)
	}
	return time.Since(begin)
}

// within checks a time that is known to a second or two.
func within(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if got < want-2*time.Second || got > want+2*time.Second {
		t.Errorf("%s after %v, want %v", what, got, want)
	}
}

func TestSlowRemotesInVirtualTime(t *testing.T) {
	virtually(t, "86 a request of one byte a second", func(t *testing.T, _ *crosspeer.Peer, open func() *raw) {
		r := open()
		go func() { // what the server says of it
			for {
				if _, err := r.src.ReadByte(); err != nil {
					return
				}
			}
		}()
		within(t, "the server hung up", r.drip([]byte("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n")), 10*time.Second)
	})
	virtually(t, "a message of one byte a second, with pings between its fragments", func(t *testing.T, srv *crosspeer.Peer, open func() *raw) {
		r := open().enter()
		closed := make(chan int, 1)
		go func() {
			for {
				h, err := ws.ReadHeader(r.src)
				if err != nil {
					closed <- 0
					return
				}
				b := make([]byte, h.Length)
				for i := range b {
					b[i], _ = r.src.ReadByte()
				}
				if h.OpCode == ws.OpClose {
					closed <- int(b[0])<<8 | int(b[1])
					return
				}
			}
		}()
		begin := time.Now()
		fragment := []byte{0x02, 0x81, 0, 0, 0, 0, 'x', 0x89, 0x80, 0, 0, 0, 0}
		for time.Since(begin) < time.Minute && len(closed) == 0 {
			r.drip(fragment)
			fragment[0] = 0x00
		}
		within(t, "the server closed", time.Since(begin), 30*time.Second)
		if code := <-closed; code != 1008 {
			t.Errorf("close code %d, want 1008", code)
		}
		if why := left(t, srv, r.id); why.Code != crosspeer.ReasonProtocol {
			t.Errorf("the reason is %+v", why)
		}
	})
	virtually(t, "a message of one byte a second that ends in time", func(t *testing.T, srv *crosspeer.Peer, open func() *raw) {
		r := open().enter()
		r.drip([]byte{0x82, 0x8A, 0, 0, 0, 0, 0, byte(r.id), byte(r.id >> 8), byte(r.id >> 16), byte(r.id >> 24), 1, 0, 0, 0, 'x'})
		if pkt, err := srv.Receive(context.Background()); err != nil || string(pkt.Data) != "x" {
			t.Errorf("got %q, %v", pkt.Data, err)
		}
	})
	virtually(t, "messages of which the next has always begun", func(t *testing.T, srv *crosspeer.Peer, open func() *raw) {
		r := open().enter()
		go func() { // pings
			for {
				if _, err := r.src.ReadByte(); err != nil {
					return
				}
			}
		}()
		whole := append([]byte{0x82, 0x80 + 29, 0, 0, 0, 0}, data(r.id, 1, "twenty bytes of text")...)
		const begun = 20 // more than a frame's header
		r.write(whole[:begun])
		for n := range 60 {
			if _, err := r.conn.Write(append(whole[begun:len(whole):len(whole)], whole[:begun]...)); err != nil {
				t.Fatalf("the server hung up after %d messages of a second each", n)
			}
			if pkt, err := srv.Receive(context.Background()); err != nil || string(pkt.Data) != "twenty bytes of text" {
				t.Fatalf("message %d: %q, %v", n, pkt.Data, err)
			}
			<-time.After(time.Second)
		}
	})
	virtually(t, "a remote that reads nothing", func(t *testing.T, srv *crosspeer.Peer, open func() *raw) {
		r := open().enter()
		begin := time.Now()
		if err := srv.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: []byte("unread")}); err != nil {
			t.Fatal(err)
		}
		for alive := true; alive; { // it does send signs of life
			_, err := r.conn.Write([]byte{0x8A, 0x80, 0, 0, 0, 0})
			<-time.After(time.Second)
			alive = err == nil
		}
		within(t, "the server gave up", time.Since(begin), 30*time.Second)
		if why := left(t, srv, r.id); why.Code != crosspeer.ReasonSlow {
			t.Errorf("the reason is %+v", why)
		}
	})
	virtually(t, "a remote that reads and says nothing", func(t *testing.T, srv *crosspeer.Peer, open func() *raw) {
		r := open().enter()
		begin := time.Now()
		pings := 0
		for {
			h, err := ws.ReadHeader(r.src)
			if err != nil {
				break
			}
			if h.OpCode == ws.OpPing {
				pings++
			}
		}
		within(t, "the server gave up", time.Since(begin), 30*time.Second)
		if pings < 2 {
			t.Errorf("%d pings came, want 2 or more", pings)
		}
		if why := left(t, srv, r.id); why.Code != crosspeer.ReasonTimeout {
			t.Errorf("the reason is %+v", why)
		}
	})
	virtually(t, "a remote that does not answer a goodbye", func(t *testing.T, srv *crosspeer.Peer, open func() *raw) {
		r := open().enter()
		begin := time.Now()
		if err := srv.Disconnect(crosspeer.PeerID(r.id), "go"); err != nil {
			t.Fatal(err)
		}
		r.next()
		r.send(data(r.id, 1, "too late")) // 102: not heard
		<-time.After(25 * time.Second)
		if why := left(t, srv, r.id); why.Code != crosspeer.ReasonKicked || why.Text != "go" {
			t.Errorf("the reason is %+v", why)
		}
		within(t, "the server gave up", time.Since(begin), 30*time.Second)
		if n := srv.Stats().Received; n != 0 {
			t.Errorf("102 %d packets of a peer that was sent away were taken", n)
		}
	})
	virtually(t, "102 a remote that does not answer, and DisconnectNow", func(t *testing.T, srv *crosspeer.Peer, open func() *raw) {
		r := open().enter()
		begin := time.Now()
		if err := srv.DisconnectNow(crosspeer.PeerID(r.id), "now"); err != nil {
			t.Fatal(err)
		}
		left(t, srv, r.id)
		if d := time.Since(begin); d > time.Second {
			t.Errorf("it took %v", d)
		}
	})
}
