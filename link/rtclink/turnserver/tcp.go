package turnserver

import (
	"net"
	"sync"
	"time"
)

// idleTimeout is how long a TCP connection of a client may say nothing. A
// relay has to be refreshed every ten minutes.
const idleTimeout = 11 * time.Minute

// clients is a listener that knows its connections, so that they can be
// limited, and closed with it.
type clients struct {
	net.Listener
	most int

	mu     sync.Mutex
	conns  map[*client]bool
	closed bool
}

// Accept waits for a connection that there is room for. Others are closed.
func (l *clients) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := (&client{Conn: conn, of: l}); l.add(c) {
			return c, nil
		}
		conn.Close()
	}
}

func (l *clients) add(c *client) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.conns) >= l.most {
		return false
	}
	l.conns[c] = true
	return true
}

// Close closes the listener and all connections.
func (l *clients) Close() error {
	l.mu.Lock()
	l.closed = true
	conns := l.conns
	l.conns = map[*client]bool{}
	l.mu.Unlock()
	for c := range conns {
		c.Conn.Close()
	}
	return l.Listener.Close()
}

// client is a TCP connection of a client.
type client struct {
	net.Conn
	of *clients
}

// Read is net.Conn's, with a limit for silence.
func (c *client) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(idleTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// Close closes the connection and gives its place free.
func (c *client) Close() error {
	c.of.mu.Lock()
	delete(c.of.conns, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
