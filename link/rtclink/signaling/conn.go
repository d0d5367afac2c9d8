package signaling

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"crosspeer/link/rtclink/signaling/internal/lobby"
	"crosspeer/link/rtclink/signaling/internal/protocol"

	"github.com/coder/websocket"
)

// writeTimeout is how long one message may take to leave. A ping that cannot
// leave is given up sooner.
const writeTimeout = 30 * time.Second

// conn is a connection of a Server. It has three goroutines: that of the HTTP
// handler reads, one writes, one pings.
type conn struct {
	server  *Server
	ws      *websocket.Conn
	request *http.Request
	id      lobby.ConnID

	ctx    context.Context // of reading
	cancel context.CancelFunc

	writing context.Context // of the message that is being written
	abandon context.CancelFunc

	// Guarded by Server.mu.
	queue  [][]byte
	queued int // bytes in queue and in the message that is being written
	end    *lobby.Output
	member *Member
	calls  []func() // of the Session's methods, for the reading goroutine

	wake chan struct{} // queue or end has changed
}

func newConn(s *Server, ws *websocket.Conn, r *http.Request) *conn {
	c := &conn{server: s, ws: ws, request: r, wake: make(chan struct{}, 1)}
	// The request's own context is not to be used after the upgrade.
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.writing, c.abandon = context.WithCancel(c.ctx)
	return c
}

// serve returns when the connection is over and nothing of it runs any more.
func (c *conn) serve() {
	s := c.server
	log := s.cfg.Logger.With("remote", c.request.RemoteAddr)
	s.open(c)
	log.Debug("signaling: connected", "conn", c.id)
	var others sync.WaitGroup
	others.Go(c.write)
	if s.cfg.PingInterval > 0 {
		others.Go(c.ping)
	}
	defer func() {
		s.forget(c)
		c.cancel()
		c.ws.CloseNow()
		others.Wait()
		if c.member != nil {
			s.cfg.Session.Leave(c.member)
		}
	}()
	err := c.read()
	if errors.Is(err, websocket.ErrMessageTooBig) {
		s.drop(c, lobby.TooLarge)
	}
	log.Debug("signaling: disconnected", "conn", c.id, "error", err)
}

func (c *conn) read() error {
	for {
		_, b, err := c.ws.Read(c.ctx)
		if err != nil {
			return err
		}
		for _, call := range c.server.receive(c, b) {
			call()
		}
	}
}

// do takes an output of the Hall, and says false when there is no room for it.
// The server's lock is held.
func (c *conn) do(o lobby.Output) bool {
	switch o.Kind {
	case lobby.Send:
		if c.queued+len(o.Data) > c.server.cfg.MaxQueuedBytes {
			return false
		}
		c.queue = append(c.queue, o.Data)
		c.queued += len(o.Data)
	case lobby.Close:
		c.end = &o
		c.server.cfg.Logger.Debug("signaling: closing", "conn", c.id, "cause", o.Cause.String(), "reason", o.Reason)
		if o.Cause == lobby.TooSlow || o.Cause == lobby.Silent {
			c.queue = nil // a write that waits would keep the end waiting
			c.abandon()
		}
	case lobby.Ask:
		c.member = &Member{conn: c, request: c.request, dialect: o.Dialect}
		c.calls = append(c.calls, func() { c.server.cfg.Session.Join(c.member) })
	case lobby.Tell:
		c.calls = append(c.calls, func() { c.tell(o.Message) })
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return true
}

// tell hands a member's message to the Session.
func (c *conn) tell(m protocol.Message) {
	session := c.server.cfg.Session
	switch m.Kind {
	case protocol.Offer:
		session.Offer(c.member, m.ID, m.Data)
	case protocol.Answer:
		session.Answer(c.member, m.ID, m.Data)
	case protocol.Candidate:
		session.Candidate(c.member, m.ID, m.Data)
	}
}

// write sends what is queued, and last the close frame.
func (c *conn) write() {
	for {
		b, end := c.next()
		switch {
		case b != nil:
			ctx, cancel := context.WithTimeout(c.writing, writeTimeout)
			err := c.ws.Write(ctx, websocket.MessageText, b)
			cancel()
			if err != nil {
				c.cancel() // the reading goroutine ends the rest
				return
			}
			c.written(len(b))
		case end != nil:
			c.ws.Close(websocket.StatusCode(end.Cause.Code()), end.Reason)
			return
		default:
			select {
			case <-c.wake:
			case <-c.ctx.Done():
				return
			}
		}
	}
}

// next is what to write: a message, or the end, or nothing yet.
func (c *conn) next() ([]byte, *lobby.Output) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if len(c.queue) == 0 {
		return nil, c.end
	}
	b := c.queue[0]
	c.queue[0] = nil
	if c.queue = c.queue[1:]; len(c.queue) == 0 {
		c.queue = nil
	}
	return b, nil
}

func (c *conn) written(n int) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.queued -= n
}

// ping pings until the connection ends or does not answer. A ping that waits
// for its pong lets the next ones be late.
func (c *conn) ping() {
	interval := c.server.cfg.PingInterval
	t := time.NewTicker(interval)
	defer t.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-t.C:
		}
		ctx, cancel := context.WithTimeout(c.ctx, 3*interval)
		err := c.ws.Ping(ctx)
		cancel()
		if err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				c.server.drop(c, lobby.Silent)
			}
			return
		}
	}
}
