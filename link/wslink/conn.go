package wslink

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// Conn is a WebSocket without the multiplayer framing, for packets of a
// program's own: what Godot 3.2's WebSocketClient and WebSocketServer are
// without the multiplayer API, as one packet peer. One goroutine may read
// while others write and close.
type Conn struct {
	conn        net.Conn
	in          *reader
	client      bool
	subprotocol string

	end *CloseError // how it ended; the reading goroutine's

	mu     sync.Mutex // held while something is written
	closed bool       // a close frame was sent
}

// CloseError is the end of a Conn. It is io.EOF's counterpart: every
// ReadMessage after the end returns it.
type CloseError struct {
	// Code is the close code of RFC 6455 section 7.4: what the remote sent, or
	// what this end sent because the remote broke the rules. 0 if the close
	// frame had none; 1006 if there was no close frame at all.
	Code int

	// Text is the reason that was sent along, or what happened.
	Text string

	// Clean says whether the remote began a proper goodbye, as the engine's
	// was_clean.
	Clean bool
}

func (e *CloseError) Error() string {
	return fmt.Sprintf("wslink: closed with code %d: %s", e.Code, e.Text)
}

// Accept makes a request a Conn. It answers requests that may not become one
// itself, and returns an error. At most one Config may be given; session
// settings in it have no effect. Godot 3.2, WebSocketServer.listen without the
// multiplayer API.
func Accept(w http.ResponseWriter, r *http.Request, cfg ...Config) (*Conn, error) {
	c, err := only(cfg)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return nil, err
	}
	if status, text := c.refusal(r); status != 0 {
		http.Error(w, text, status)
		return nil, errors.New("wslink: " + text)
	}
	conn, src, subprotocol, err := c.upgrade(w, r)
	if err != nil {
		return nil, err
	}
	return newConn(c, conn, src, subprotocol, false), nil
}

// DialConn opens a Conn to a URL. ctx bounds the opening. At most one Config
// may be given; session settings in it have no effect. Errors: a
// *crosspeer.DisconnectError if the server refused, and others. Godot 3.2,
// WebSocketClient.connect_to_url without the multiplayer API.
func DialConn(ctx context.Context, url string, cfg ...Config) (*Conn, error) {
	c, err := only(cfg)
	if err != nil {
		return nil, err
	}
	conn, src, subprotocol, err := connect(ctx, url, c)
	if err != nil {
		return nil, err
	}
	return newConn(c, conn, src, subprotocol, true), nil
}

func newConn(cfg Config, conn net.Conn, src *bufio.Reader, subprotocol string, client bool) *Conn {
	return &Conn{conn: conn, client: client, subprotocol: subprotocol, in: &reader{
		conn: conn, src: src, masked: !client, max: cfg.MaxMessageBytes,
		idle: forever, slowest: cfg.MessageTimeout,
	}}
}

// forever is how long a Conn's remote may be silent: nobody pings it.
const forever = 100 * 365 * 24 * time.Hour

// Subprotocol is the sub-protocol that both ends agreed on, "" for none.
func (c *Conn) Subprotocol() string { return c.subprotocol }

// RemoteAddr is the remote's address.
func (c *Conn) RemoteAddr() netip.AddrPort { return addrOf(c.conn) }

// ReadMessage waits for the next message, and says whether it is text. Its
// bytes belong to the caller. It answers pings on the way. Errors: a
// *CloseError when the connection is over, and ctx's, which ends it too.
func (c *Conn) ReadMessage(ctx context.Context) (data []byte, text bool, err error) {
	if c.end != nil {
		return nil, false, c.end
	}
	stop := context.AfterFunc(ctx, func() { c.in.finish(0) })
	defer stop()
	for {
		op, payload, err := c.in.next()
		switch {
		case err != nil && ctx.Err() != nil:
			c.conn.Close()
			c.end = &CloseError{Code: int(ws.StatusAbnormalClosure), Text: ctx.Err().Error()}
			return nil, false, ctx.Err()
		case err != nil:
			return nil, false, c.broken(err)
		case op == ws.OpPing:
			c.write(ws.OpPong, payload)
		case op == ws.OpClose:
			return nil, false, c.goodbye(payload)
		case op != ws.OpPong:
			return append([]byte(nil), payload...), op == ws.OpText, nil
		}
	}
}

// broken ends the connection because of an error.
func (c *Conn) broken(err error) error {
	defer c.conn.Close()
	c.end = &CloseError{Code: int(ws.StatusAbnormalClosure), Text: err.Error()}
	var v *violation
	if errors.As(err, &v) {
		c.end.Code, c.end.Text = int(v.code), v.text
		if c.writeClose(v.code, v.text) == nil {
			c.in.finish(farewell)
			drain(c.conn)
		}
	}
	return c.end
}

// goodbye takes the remote's close frame and answers it, unless it is the
// answer to this end's.
func (c *Conn) goodbye(payload []byte) error {
	code, text, err := closeReason(payload)
	if err != nil {
		return c.broken(err)
	}
	defer c.conn.Close()
	first := !errors.Is(c.writeClose(code, text), errSaid)
	c.end = &CloseError{Code: int(code), Text: text, Clean: first}
	return c.end
}

// WriteMessage sends a message. It waits while the remote does not read, 30
// seconds at most, which then ends the connection. Errors: net.ErrClosed after
// a goodbye, text that is not UTF-8, and those of the connection.
func (c *Conn) WriteMessage(data []byte, text bool) error {
	op := ws.OpBinary
	if text {
		op = ws.OpText
		if !utf8.Valid(data) {
			return errors.New("wslink: text that is not UTF-8")
		}
	}
	return c.write(op, data)
}

func (c *Conn) write(op ws.OpCode, payload []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.conn.SetWriteDeadline(time.Now().Add(stuck))
	_, err := c.conn.Write(frameOf(op, c.client, payload))
	if err != nil {
		c.conn.Close()
	}
	return err
}

// errSaid: this end has said goodbye before.
var errSaid = fmt.Errorf("wslink: %w", net.ErrClosed)

// writeClose sends a close frame, once.
func (c *Conn) writeClose(code ws.StatusCode, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return errSaid
	}
	c.closed = true
	c.conn.SetWriteDeadline(time.Now().Add(farewell))
	_, err := c.conn.Write(frameOf(ws.OpClose, c.client, closePayload(code, text)))
	return err
}

// Close says goodbye with a close code, 0 for none, and a reason, of which 122
// bytes are sent. The connection is over when ReadMessage returns an error, or
// half a second later. Errors: a code that RFC 6455 lets nobody send, and
// those of the connection, which is over nevertheless. Godot 3.2,
// WebSocketClient.disconnect_from_host.
func (c *Conn) Close(code int, reason string) error {
	if code != 0 && !sendable(code) {
		return fmt.Errorf("wslink: close code %d: want 0, or 1000 to 4999 without 1005, 1006 and 1015", code)
	}
	err := c.writeClose(ws.StatusCode(code), reason)
	c.in.finish(farewell)
	time.AfterFunc(farewell, func() { c.conn.Close() })
	return err
}
