package browser

import (
	"context"
	"net/http"
	"net/netip"
	"sync"

	"github.com/coder/websocket"

	"crosspeer"
	"crosspeer/wire"
)

// standIn carries Godot's framing over WebSocket, plainly: until wslink is there.
type standIn struct {
	mu  sync.Mutex
	hub *crosspeer.Hub
}

func (s *standIn) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hub = hub
	return s, nil
}
func (s *standIn) Addr() string             { return "ws:" }
func (s *standIn) Close() error             { return nil }
func (s *standIn) Limits() crosspeer.Limits { return crosspeer.Limits{ReliableOnly: true} }

type standInLink struct {
	c    *websocket.Conn
	out  chan []byte
	done context.CancelFunc
}

func (l *standInLink) queue(b []byte) crosspeer.SendResult {
	select {
	case l.out <- b:
		return crosspeer.SendAccepted
	default:
		return crosspeer.SendFull
	}
}

func (l *standInLink) Welcome(id crosspeer.PeerID) {
	for _, n := range []struct {
		kind wire.WebSocketKind
		id   int32
	}{{wire.WebSocketID, int32(id)}, {wire.WebSocketAdd, 1}} {
		b := make([]byte, wire.WebSocketNoticeSize)
		wire.PutWebSocketNotice(b, n.kind, n.id)
		l.queue(b)
	}
}

func (l *standInLink) Send(f *crosspeer.Frame) crosspeer.SendResult {
	if f.Kind != crosspeer.FramePacket {
		kind := wire.WebSocketAdd
		if f.Kind == crosspeer.FrameRemove {
			kind = wire.WebSocketRemove
		}
		b := make([]byte, wire.WebSocketNoticeSize)
		wire.PutWebSocketNotice(b, kind, int32(f.Peer))
		return l.queue(b)
	}
	b := make([]byte, wire.WebSocketHeaderSize+len(f.Data))
	wire.WebSocketHeader{Source: int32(f.From), Target: int32(f.To)}.Put(b)
	copy(b[wire.WebSocketHeaderSize:], f.Data)
	return l.queue(b)
}

func (l *standInLink) Close(r crosspeer.Reason, now bool) {
	go func() { l.c.Close(websocket.StatusNormalClosure, r.Text); l.done() }()
}
func (l *standInLink) Info() crosspeer.LinkInfo {
	return crosspeer.LinkInfo{Transport: "websocket", RemoteAddr: netip.AddrPort{}}
}
func (l *standInLink) Stats() crosspeer.LinkStats { return crosspeer.LinkStats{} }

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	hub := s.hub
	s.mu.Unlock()
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	c.SetReadLimit(1 << 25)
	ctx, done := context.WithCancel(context.Background())
	defer done()
	l := &standInLink{c: c, out: make(chan []byte, 65536), done: done}
	port, err := hub.Attach(l, crosspeer.Hello{})
	if err != nil {
		c.Close(websocket.StatusTryAgainLater, err.Error())
		return
	}
	go func() {
		for {
			select {
			case b := <-l.out:
				c.Write(ctx, websocket.MessageBinary, b)
			case <-ctx.Done():
				return
			}
		}
	}()
	reason := crosspeer.Reason{Text: "lost"}
	for {
		_, b, err := c.Read(ctx)
		if err != nil {
			if websocket.CloseStatus(err) >= 0 {
				reason = crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote, Text: err.Error()}
			}
			break
		}
		h, payload, ok := wire.ParseWebSocket(b)
		if !ok {
			continue
		}
		f := &crosspeer.Frame{Packet: crosspeer.Packet{From: crosspeer.PeerID(h.Source), To: crosspeer.PeerID(h.Target), Mode: crosspeer.Reliable, Data: payload}}
		port.Deliver(f)
		f.Reset()
	}
	port.Detach(reason)
}
