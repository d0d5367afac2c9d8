package wslink

import (
	"bufio"
	"bytes"
	"net"
)

// readAhead is the buffer of a server's connection: some ten small
// messages. Bigger ones go past it.
const readAhead = 1 << 10

// sourceOf reads a connection that an HTTP server has given up, beginning with
// what the server has read of it. The server's own reader would keep its
// connection, the request and two buffers for as long as the WebSocket lasts,
// 8 kB more.
func sourceOf(conn net.Conn, server *bufio.Reader) *bufio.Reader {
	begun, _ := server.Peek(server.Buffered())
	if len(begun) == 0 {
		return bufio.NewReaderSize(conn, readAhead)
	}
	return bufio.NewReaderSize(&resumed{conn, bytes.Clone(begun)}, readAhead)
}

// resumed is a connection of which something has been read.
type resumed struct {
	net.Conn
	begun []byte
}

func (r *resumed) Read(b []byte) (int, error) {
	if len(r.begun) > 0 {
		n := copy(b, r.begun)
		r.begun = r.begun[n:]
		return n, nil
	}
	return r.Conn.Read(b)
}
