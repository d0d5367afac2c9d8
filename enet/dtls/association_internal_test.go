package dtls

import (
	"crypto/tls"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	pion "github.com/pion/dtls/v3"

	"crosspeer/internal/testcert"
)

var testAddr = netip.MustParseAddrPort("192.0.2.1:1")

// pair is two ends whose handshake is complete, and the server's pipe.
func pair(t *testing.T, cert *tls.Certificate) (server, client *pion.Conn, ours *pipe) {
	t.Helper()
	var theirs *pipe
	ours = newPipe(testAddr, func(b []byte) { theirs.put(append([]byte(nil), b...)) })
	theirs = newPipe(testAddr, func(b []byte) { ours.put(append([]byte(nil), b...)) })
	named := func(string) {}
	server, err := serverRole{ServerConfig{Certificate: func() (*tls.Certificate, error) { return cert, nil }}}.conn(ours, ours.addr, named)
	if err != nil {
		t.Fatal(err)
	}
	client, err = clientRole{ClientConfig{Insecure: true}}.conn(theirs, theirs.addr, named)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return server, client, ours
}

// TestTheLastRecordIsReadThoughTheAssociationIsOver has both wait before
// anybody reads.
func TestTheLastRecordIsReadThoughTheAssociationIsOver(t *testing.T) {
	cert := testcert.Make(t, testcert.Kind{Name: "localhost"})
	synctest.Test(t, func(t *testing.T) {
		for range 20 {
			server, client, _ := pair(t, cert)
			if _, err := client.Write([]byte("goodbye")); err != nil {
				t.Fatal(err)
			}
			client.Close()
			synctest.Wait()
			got := ""
			(&association{conn: server}).read(func(b []byte) { got += string(b) })
			if got != "goodbye" {
				t.Errorf("read %q", got)
			}
			server.Close()
		}
	})
}

// watched is an outlet that looks at what passes when connections end.
type watched struct {
	t    *testing.T
	g    *guard
	cuts int
	sent int
}

func (w *watched) Transmit(netip.AddrPort, []byte) { w.sent++ }
func (w *watched) Deliver(netip.AddrPort, []byte)  {}
func (w *watched) Cut(addr netip.AddrPort, _ error) <-chan struct{} {
	w.cuts++
	before := w.sent
	if w.g.Send(addr, []byte("of a connection that is about to end")) {
		w.t.Error("a datagram goes out in the clear")
	}
	if w.sent > before {
		w.t.Error("a datagram goes to somebody else")
	}
	if w.g.Receive(addr, []byte("in the clear")) {
		w.t.Error("a datagram comes in in the clear")
	}
	done := make(chan struct{})
	close(done)
	return done
}

func TestConnectionsEndBeforeTheirAddressChangesHands(t *testing.T) {
	cert := testcert.Make(t, testcert.Kind{Name: "localhost"})
	synctest.Test(t, func(t *testing.T) {
		w := &watched{t: t}
		w.g = newGuard(w, serverRole{}, time.Second)
		w.g.server, w.g.plain = true, true
		make := func() *association {
			a := &association{g: w.g, addr: testAddr, phase: handshaking, place: -1}
			var client *pion.Conn
			a.conn, client, a.pipe = pair(t, cert)
			a.pipe.send = a.transmit
			t.Cleanup(func() {
				client.Close()
				a.conn.Close()
			})
			return a
		}
		first, second := make(), make()
		w.g.slots[testAddr] = &slot{next: first}
		if !w.g.complete(first) || w.cuts != 1 {
			t.Fatalf("the first: %d times connections have ended", w.cuts)
		}
		if w.g.Send(testAddr, []byte("secret")) || w.sent != 1 {
			t.Errorf("%d records are sent of one datagram", w.sent)
		}
		w.g.slots[testAddr].next = second
		if !w.g.complete(second) || w.cuts != 2 {
			t.Fatalf("the second: %d times connections have ended", w.cuts)
		}
		w.g.over(first, ErrClosed)
		if w.cuts != 2 || w.g.slots[testAddr].live != second {
			t.Errorf("the end of the first ends the second")
		}
		second.conn.Close()
		w.g.over(second, ErrClosed)
		if w.cuts != 3 || len(w.g.slots) != 0 {
			t.Errorf("%d slots are left, %d times connections have ended", len(w.g.slots), w.cuts)
		}
		if !w.g.Send(testAddr, []byte("of a new connection")) {
			t.Error("nothing is sent any more")
		}
	})
}
