package wslink

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
)

// text is a connection that says something.
type text struct {
	net.Conn
	r io.Reader
}

func (t text) Read(b []byte) (int, error) { return t.r.Read(b) }

func TestWhatTheServerHadReadComesFirst(t *testing.T) {
	for _, begun := range []int{0, 1, 3000} {
		all := bytes.Repeat([]byte("0123456789"), 1000)
		conn := text{r: bytes.NewReader(all[begun:])}
		server := bufio.NewReader(strings.NewReader(string(all[:begun])))
		server.Peek(begun)
		got, err := io.ReadAll(sourceOf(conn, server))
		if err != nil || !bytes.Equal(got, all) {
			t.Errorf("%d bytes read before: %d bytes, %v", begun, len(got), err)
		}
	}
}
