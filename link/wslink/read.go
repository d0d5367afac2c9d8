package wslink

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/wire"
)

// run serves the connection until it is over, and takes it out of the session.
func (l *link) run() {
	l.open()
	reason := l.read()
	l.mu.Lock()
	bye := l.closing != nil
	l.mu.Unlock()
	l.abandon() // what is left of a goodbye is written
	err := l.finish()
	l.end()
	if errors.Is(err, errStuck) && !bye {
		reason = crosspeer.Reason{Code: crosspeer.ReasonSlow, By: crosspeer.ByPolicy,
			Text: fmt.Sprintf("too slow: it reads nothing for %v", stuck)}
	}
	l.mu.Lock()
	l.failure = reason
	l.mu.Unlock()
	if l.port != nil {
		l.port.Detach(reason)
	}
	if reason.Code == crosspeer.ReasonProtocol && err == nil {
		drain(l.conn)
	}
	l.conn.Close()
}

// drain takes what a remote that broke the rules still sends, for as long as a
// goodbye may take: closing before it has come would make the system forget
// the close frame on its way.
func drain(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	io.Copy(io.Discard, conn)
}

// read delivers what the remote sends and gives the reason of the end.
func (l *link) read() crosspeer.Reason {
	var f crosspeer.Frame
	for {
		op, payload, err := l.in.next()
		if err != nil {
			return l.trouble(err)
		}
		l.received.Add(uint64(len(payload)))
		switch op {
		case ws.OpPing:
			l.answer(payload)
		case ws.OpPong:
			l.answered()
		case ws.OpClose:
			return l.closed(payload)
		default:
			l.packetsReceived.Add(1)
			if err := l.message(payload, &f); err != nil {
				return crosspeer.Reason{Code: crosspeer.ReasonRefused, By: crosspeer.ByLocal, Text: err.Error()}
			}
		}
	}
}

// trouble says what an error of the connection means for the session.
func (l *link) trouble(err error) crosspeer.Reason {
	l.mu.Lock()
	bye := l.closing
	l.mu.Unlock()
	var v *violation
	switch {
	case bye != nil:
		return bye.reason
	case errors.As(err, &v):
		r := crosspeer.Reason{Code: crosspeer.ReasonProtocol, By: crosspeer.ByPolicy, Text: v.text}
		l.bye(goodbye{v.code, v.text, r}, true)
		return r
	case errors.Is(err, errSilent):
		return crosspeer.Reason{Code: crosspeer.ReasonTimeout,
			Text: fmt.Sprintf("timeout (silent for %v)", l.in.idle)}
	}
	return crosspeer.Reason{Text: "the connection broke: " + err.Error()}
}

// closed takes the remote's close frame, which is answered if it is not an
// answer itself.
func (l *link) closed(payload []byte) crosspeer.Reason {
	code, text, err := closeReason(payload)
	if err != nil {
		return l.trouble(err)
	}
	r := crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote, Text: text}
	switch code {
	case ws.StatusProtocolError, ws.StatusUnsupportedData, ws.StatusInvalidFramePayloadData, ws.StatusMessageTooBig:
		r.Code = crosspeer.ReasonProtocol
	case ws.StatusPolicyViolation:
		r.Code = crosspeer.ReasonSlow
	case statusTryAgain, statusForbidden:
		r.Code = crosspeer.ReasonRefused
	case statusTooMuch:
		r.Code = crosspeer.ReasonLimit
	}
	if text == "" && r.Code != crosspeer.ReasonClosed {
		r.Text = fmt.Sprintf("closed by the remote with code %d", code)
	}
	l.bye(goodbye{code, text, r}, true)
	return r
}

// message takes a message. An error ends the connection of a client that
// could not attach its server.
func (l *link) message(b []byte, f *crosspeer.Frame) error {
	h, payload, ok := wire.ParseWebSocket(b)
	switch {
	case !ok || h.Kind > wire.WebSocketID, !l.client && h.Kind != wire.WebSocketData:
		l.violation()
	case h.Kind == wire.WebSocketData:
		f.Kind = crosspeer.FramePacket
		f.Packet = crosspeer.Packet{
			From: crosspeer.PeerID(h.Source), To: crosspeer.PeerID(h.Target),
			Mode: crosspeer.Reliable, Channel: wire.ENetReliable, Data: payload,
		}
		l.deliver(f)
	default:
		id, ok := wire.ParseWebSocketNotice(payload)
		if !ok {
			l.violation()
			return nil
		}
		return l.notice(h.Kind, crosspeer.PeerID(id), f)
	}
	return nil
}

func (l *link) violation() {
	if l.port != nil {
		l.port.Violation()
	}
}

// notice takes what a server says of its session. A client is in it when the
// server has said that it is there itself.
func (l *link) notice(kind wire.WebSocketKind, id crosspeer.PeerID, f *crosspeer.Frame) error {
	switch {
	case kind == wire.WebSocketID:
		l.hub.SetUniqueID(id)
		return nil
	case kind == wire.WebSocketAdd && id == crosspeer.TargetServer && l.port == nil:
		port, err := l.hub.Attach(l, crosspeer.Hello{ID: id})
		if err == nil {
			l.port = port
			close(l.attached)
		}
		return err
	case kind == wire.WebSocketAdd && id == crosspeer.TargetServer:
		return nil // said again
	case kind == wire.WebSocketAdd:
		f.Kind = crosspeer.FrameAdd
	default:
		f.Kind = crosspeer.FrameRemove
	}
	f.Peer = id
	l.deliver(f)
	return nil
}

// deliver hands a frame to the hub. While the program does not keep up it
// waits, and TCP pushes the remote back. A link that this end has closed
// takes nothing.
func (l *link) deliver(f *crosspeer.Frame) {
	defer f.Reset()
	for l.port != nil {
		select {
		case <-l.leaving:
			return
		default:
		}
		if l.port.Deliver(f) == crosspeer.Taken {
			return
		}
		select {
		case <-l.room:
		case <-l.leaving:
			return
		case <-l.dead:
			return
		}
	}
}
