package dtls

import (
	"crypto/tls"
	"net/netip"
	"testing"
	"testing/synctest"

	"crosspeer/internal/testcert"
)

// TestTheLastRecordIsReadThoughTheAssociationIsOver has both wait before
// anybody reads.
func TestTheLastRecordIsReadThoughTheAssociationIsOver(t *testing.T) {
	cert := testcert.Make(t, testcert.Kind{Name: "localhost"})
	synctest.Test(t, func(t *testing.T) {
		addr := netip.MustParseAddrPort("192.0.2.1:1")
		for range 20 {
			var ours, theirs *pipe
			ours = newPipe(addr, func(b []byte) { theirs.put(append([]byte(nil), b...)) })
			theirs = newPipe(addr, func(b []byte) { ours.put(append([]byte(nil), b...)) })
			named := func(string) {}
			server, err := serverRole{ServerConfig{Certificate: func() (*tls.Certificate, error) { return cert, nil }}}.conn(ours, ours.addr, named)
			if err != nil {
				t.Fatal(err)
			}
			client, err := clientRole{ClientConfig{Insecure: true}}.conn(theirs, theirs.addr, named)
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
