package signaling_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer/link/rtclink/signaling"

	"github.com/coder/websocket"
)

// world is a server and its clients in virtual time, with real HTTP and
// WebSocket between them.
type world struct {
	t       *testing.T
	server  *signaling.Server
	network *pipes
	players []*player
}

// inWorld runs a test in a world of its own. At the end nobody is left.
func inWorld(t *testing.T, cfg signaling.Config, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := signaling.NewServer(cfg)
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, server: server, network: newPipes()}
		h := &http.Server{Handler: server}
		go h.Serve(w.network)
		defer func() {
			if err := server.Close(context.Background()); err != nil {
				t.Error(err)
			}
			h.Close()
			for _, p := range w.players {
				p.ws.CloseNow()
			}
			if st := server.Stats(); st.Connections+st.Lobbies+st.Members != 0 {
				t.Errorf("a closed server has %+v", st)
			}
		}()
		f(w)
	})
}

// pipes is a network in memory.
type pipes struct {
	arriving chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func newPipes() *pipes {
	return &pipes{arriving: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.arriving:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.arriving <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: p.dial}}
}

// player is a WebSocket client that knows nothing of the protocol: it logs
// what comes.
type player struct {
	w    *world
	name string
	ws   *websocket.Conn
	mute atomic.Bool // does not answer pings

	mu   sync.Mutex
	log  []string
	over bool
}

// connect opens a connection. No JOIN is sent.
func (w *world) connect(name string) *player {
	w.t.Helper()
	p, err := w.dial(name, nil)
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	go p.read()
	synctest.Wait()
	return p
}

func (w *world) dial(name string, header http.Header) (*player, error) {
	p := &player{w: w, name: name}
	ws, _, err := websocket.Dial(w.t.Context(), "ws://"+name+".example/any/path?x=1", &websocket.DialOptions{
		HTTPClient:     w.network.client(),
		HTTPHeader:     header,
		OnPingReceived: func(context.Context, []byte) bool { p.note("ping"); return !p.mute.Load() },
	})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(1 << 20)
	p.ws = ws
	w.players = append(w.players, p)
	return p, nil
}

func (p *player) note(entry string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, entry)
}

// read logs messages as "text: ..." or "binary: ...", and the end as
// `close 4000 "reason"`.
func (p *player) read() {
	for {
		typ, b, err := p.ws.Read(context.Background())
		var closing websocket.CloseError
		switch {
		case errors.As(err, &closing):
			p.note(fmt.Sprintf("close %d %q", closing.Code, closing.Reason))
		case err != nil:
			p.note("cut")
		case typ == websocket.MessageText:
			p.note("text: " + string(b))
		default:
			p.note("binary: " + string(b))
		}
		if err != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.over = true
			return
		}
	}
}

// send sends a text frame and returns when all that follows from it has
// happened.
func (p *player) send(text string) { p.w.t.Helper(); p.write(websocket.MessageText, text) }

func (p *player) sendBinary(b string) { p.w.t.Helper(); p.write(websocket.MessageBinary, b) }

func (p *player) write(typ websocket.MessageType, b string) {
	p.w.t.Helper()
	if err := p.ws.Write(context.Background(), typ, []byte(b)); err != nil {
		p.w.t.Fatalf("%s: %v", p.name, err)
	}
	synctest.Wait()
}

// leave closes the connection.
func (p *player) leave() {
	p.ws.Close(websocket.StatusNormalClosure, "")
	synctest.Wait()
}

// take gives what came since the last call, without pings.
func (p *player) take() []string {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	log := slices.DeleteFunc(p.log, func(e string) bool { return e == "ping" })
	p.log = nil
	return log
}

func (p *player) isOver() bool {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.over
}

// expect fails the test when anything else came since the last call.
func (p *player) expect(want ...string) {
	p.w.t.Helper()
	if got := p.take(); !slices.Equal(got, want) {
		p.w.t.Fatalf("%s got\n\t%q\nwant\n\t%q", p.name, got, want)
	}
}

// pass lets virtual time pass.
func (w *world) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// texts are the entries of messages.
func texts(messages ...string) []string {
	var entries []string
	for _, m := range messages {
		entries = append(entries, "text: "+m)
	}
	return entries
}
