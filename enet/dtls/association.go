package dtls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"time"

	pion "github.com/pion/dtls/v3"

	"crosspeer/enet"
)

const (
	// freshBytes and handshakeBytes bound what the library is shown of a
	// remote before it has returned its cookie, and before the handshake is
	// complete: it keeps what does not fit yet.
	freshBytes     = 4 << 10
	handshakeBytes = 64 << 10

	// lateLife is how long after the handshake a remote may repeat its last
	// flight, and lateEvery how often it is answered.
	lateLife  = time.Minute
	lateEvery = 500 * time.Millisecond

	// maxRecord is the largest content of a record that is taken: more than
	// any datagram of ENet.
	maxRecord = 4096
)

// association is DTLS with one address. What has no other note belongs to the
// guard's lock.
type association struct {
	g     *guard
	addr  netip.AddrPort
	pipe  *pipe      // immutable
	conn  *pion.Conn // immutable
	phase phase
	born  time.Time
	state enet.SecurityState

	random        [32]byte // of the first ClientHello, servers only
	fed, answered int      // bytes shown to the library and sent for it while fresh or in the handshake
	held          []byte   // what ENet has sent last before the handshake was complete
	heard         bool     // the remote has sent something
	muted         bool     // nothing more is sent

	completed time.Time // the handshake
	late      time.Time // when the remote's last flight was let through again
	idle      time.Time // since when there is no connection of ENet; zero while there is
	used      bool      // there has been one

	place int    // in waiting.all, -1 if it is not there
	net   string // for waiting
}

// feed shows the library what a datagram has that it may see. The lock is held.
func (a *association) feed(datagram []byte, now time.Time) {
	late := false
	if a.phase == established && a.g.server && contentType(datagram[0]) == handshake {
		late = now.Sub(a.completed) < lateLife && now.Sub(a.late) >= lateEvery
	}
	shown := filter(a.phase, late, datagram)
	if shown == nil {
		return
	}
	switch {
	case late:
		a.late = now
	case a.phase == fresh && a.fed+len(shown) > freshBytes, a.phase == handshaking && a.fed+len(shown) > handshakeBytes:
		return
	}
	if a.phase != established {
		a.fed += len(shown)
	}
	a.heard = true
	a.pipe.put(slices.Clone(shown))
}

// transmit takes what the library sends. Until the remote has returned its
// cookie it gets no more bytes than it has sent.
func (a *association) transmit(b []byte) {
	g := a.g
	g.mu.Lock()
	if typ, _, ok := message(b); g.server && a.phase == fresh && ok && typ == serverHello {
		a.phase = handshaking
	}
	may := !a.muted && (!g.server || a.phase != fresh || a.affords(len(b)))
	g.mu.Unlock()
	if may {
		g.out.Transmit(a.addr, slices.Clone(b))
	}
}

// affords says whether a remote that has not proven its address has sent enough
// to be sent n bytes, and counts them. The lock is held.
func (a *association) affords(n int) bool {
	if a.answered+n > a.fed {
		return false
	}
	a.answered += n
	return true
}

// run makes the handshake and then takes records until the association ends.
func (a *association) run() {
	ctx, cancel := context.WithTimeout(context.Background(), a.g.timeout)
	err := a.conn.HandshakeContext(ctx)
	cancel()
	if err == nil && a.g.complete(a) {
		a.read(func(b []byte) { a.g.out.Deliver(a.addr, b) })
		err = ErrClosed
	} else if err != nil {
		err = a.explain(err)
	}
	a.conn.Close()
	a.g.over(a, err)
}

// Causes of connections that end with enet.ReasonSecurity. ErrClosed matches
// io.EOF, ErrNoAnswer os.ErrDeadlineExceeded.
var (
	ErrClosed   error = &cause{"the remote has closed the encrypted connection", io.EOF}
	ErrReplaced error = &cause{"the remote has begun a new encrypted connection", nil}
	ErrNoAnswer error = &cause{"no answer to the handshake; does the remote encrypt?", os.ErrDeadlineExceeded}
)

// cause is an error that also is another one.
type cause struct {
	text string
	is   error
}

func (c *cause) Error() string { return "dtls: " + c.text }

// Unwrap gives the other one.
func (c *cause) Unwrap() error { return c.is }

// explain says why the handshake has failed.
func (a *association) explain(err error) error {
	a.g.mu.Lock()
	heard := a.heard
	a.g.mu.Unlock()
	var cert *CertificateError
	switch {
	case errors.As(err, &cert):
		return cert
	case errors.Is(err, context.DeadlineExceeded) && !heard:
		return ErrNoAnswer
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("dtls: the handshake with %v was not complete within %v", a.addr, a.g.timeout)
	}
	return fmt.Errorf("dtls: handshake with %v: %w", a.addr, err)
}

// lastReads is how often the library is asked again when the association is
// over: it chooses at random between saying so and giving the last record.
const lastReads = 20

// read takes the content of records until the association ends.
func (a *association) read(deliver func([]byte)) {
	buf := make([]byte, maxRecord)
	for over := 0; over < lastReads; {
		n, err := a.conn.Read(buf)
		switch {
		case err == nil:
			deliver(slices.Clone(buf[:n]))
		case errors.Is(err, io.EOF):
			over++
		}
		// Other errors are about single records.
	}
}

// write makes a record of what ENet sends.
func (a *association) write(datagram []byte) {
	a.conn.Write(datagram) // an error means that the association is over, which read finds out
}

// describe says how records are encrypted.
func (a *association) describe() (version, suite string) {
	state, ok := a.conn.ConnectionState()
	if !ok {
		return "DTLS 1.2", "unknown"
	}
	return "DTLS 1.2", pion.CipherSuiteName(state.CipherSuiteID)
}
