package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"crosspeer/wire"
)

// A message's body: u64 number from 1, u64 time of sending in ns since origin.
const bodySize = 16

var origin = time.Now()

// client is a WebSocket without a library.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	id   int32
	buf  []byte
}

// dial connects, and waits for the client's id if there are any.
func dial(o options, path string) (*client, error) {
	conn, err := net.Dial("tcp4", fmt.Sprint("127.0.0.1:", o.port))
	if err != nil {
		return nil, err
	}
	if !o.plain {
		path = "/"
	}
	c := &client{conn: conn, in: bufio.NewReaderSize(conn, 32<<10)}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", path)
	status, err := c.in.ReadString('\n')
	if err != nil || !strings.Contains(status, " 101 ") {
		return nil, fmt.Errorf("the server answers %q, %v", status, err)
	}
	for line := ""; line != "\r\n"; {
		if line, err = c.in.ReadString('\n'); err != nil {
			return nil, err
		}
	}
	for !o.plain && c.id == 0 {
		b, err := c.next()
		if err != nil {
			return nil, err
		}
		if h, payload, ok := wire.ParseWebSocket(b); ok && h.Kind == wire.WebSocketID {
			c.id, _ = wire.ParseWebSocketNotice(payload)
		}
	}
	return c, nil
}

// next gives the payload of the next binary frame. Those of a server are not
// masked, and this one fragments nothing.
func (c *client) next() ([]byte, error) {
	for {
		var head [4]byte
		if _, err := io.ReadFull(c.in, head[:2]); err != nil {
			return nil, err
		}
		size := int(head[1] & 127)
		if size == 126 {
			if _, err := io.ReadFull(c.in, head[2:]); err != nil {
				return nil, err
			}
			size = int(binary.BigEndian.Uint16(head[2:]))
		}
		if size > cap(c.buf) {
			c.buf = make([]byte, size)
		}
		b := c.buf[:size]
		if _, err := io.ReadFull(c.in, b); err != nil {
			return nil, err
		}
		if head[0]&15 == 2 {
			return b, nil
		}
	}
}

// frame is a sender's frame. Its mask is zero, so that the body is as it is.
func (c *client) frame(bytes int) (frame, body []byte) {
	size := wire.WebSocketHeaderSize + bytes
	frame = []byte{0x82, 0x80 | byte(size), 0, 0, 0, 0}
	if size > 125 {
		frame = []byte{0x82, 0x80 | 126, byte(size >> 8), byte(size), 0, 0, 0, 0}
	}
	head := len(frame)
	frame = append(frame, make([]byte, size)...)
	wire.WebSocketHeader{Source: c.id}.Put(frame[head:])
	return frame, frame[head+wire.WebSocketHeaderSize:]
}

// receiver is a client that gets the messages.
type receiver struct {
	*client
	wake      chan struct{}
	seen      atomic.Uint64 // number of the last message
	wrong     atomic.Uint64
	delivered atomic.Uint64 // in the window
	late      []time.Duration
}

// receive takes messages until the connection ends.
func (r *receiver) receive(bytes int, measuring *atomic.Bool) {
	for {
		b, err := r.next()
		if err != nil {
			return
		}
		h, body, ok := wire.ParseWebSocket(b)
		if !ok || h.Kind != wire.WebSocketData {
			continue // a notice
		}
		number := binary.LittleEndian.Uint64(body)
		if len(body) != bytes || number != r.seen.Load()+1 {
			r.wrong.Add(1)
		}
		if measuring.Load() {
			r.delivered.Add(1)
			r.late = append(r.late, time.Since(origin)-time.Duration(binary.LittleEndian.Uint64(body[8:])))
		}
		r.seen.Store(number)
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}
