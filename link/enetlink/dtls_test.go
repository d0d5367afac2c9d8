package enetlink_test

import (
	"context"
	"crypto/tls"
	"os"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/enet/dtls"
	"crosspeer/internal/testcert"
	"crosspeer/link/enetlink"
	"crosspeer/linktest"
)

// encrypted are the two ends' settings for a certificate of 127.0.0.1.
func encrypted(t testing.TB) (server, client enet.Security) {
	t.Helper()
	cert := testcert.Make(t, testcert.Kind{Name: "127.0.0.1"})
	return dtls.Server(dtls.ServerConfig{Certificate: func() (*tls.Certificate, error) { return cert, nil }}),
		dtls.Client(dtls.ClientConfig{RootCAs: testcert.Pool(cert), HandshakeTimeout: 5 * time.Second})
}

func transportOverDTLS(t testing.TB) linktest.Transport {
	server, client := encrypted(t)
	own := enetlink.Config{ChannelCount: 20, AnswerWhenFull: true, Security: server}
	theirs := own
	theirs.Security = client
	return linktest.Transport{
		New: func(testing.TB) (crosspeer.Listener, linktest.DialTo) {
			return enetlink.Listen("127.0.0.1:0", own), func(srv *crosspeer.Peer, _ crosspeer.PeerID) crosspeer.Dialer {
				return enetlink.Dial(strings.TrimPrefix(srv.Addrs()[0], "enets://"), theirs)
			}
		},
		Nowhere:   func(t testing.TB) crosspeer.Dialer { return enetlink.Dial(silent(t), theirs) },
		Lossy:     true,
		Channels:  []int{3, 19},
		NoReasons: true,
	}
}

func TestLinktestOverDTLS(t *testing.T) { linktest.Run(t, transportOverDTLS(t)) }

// A client that goes when its handshake is complete and before it connects is
// kept for 35 s, which is longer than other tests wait.
func TestNothingIsLeftOverDTLS(t *testing.T) {
	if os.Getenv("LEAK_CYCLES") == "" {
		t.Skip("for make leaks")
	}
	tr := transportOverDTLS(t)
	tr.Patience = time.Minute
	linktest.Cycles(t, tr, 0)
}

func TestInfoTellsHowAConnectionIsEncrypted(t *testing.T) {
	ctx := testContext(t)
	server, client := encrypted(t)
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0", enetlink.Config{Security: server}))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	cli, err := crosspeer.Dial(ctx, nil, enetlink.Dial(strings.TrimPrefix(srv.Addrs()[0], "enets://"), enetlink.Config{Security: client}))
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	if _, err := srv.Next(ctx); err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		peer *crosspeer.Peer
		of   crosspeer.PeerID
	}{{srv, cli.UniqueID()}, {cli, crosspeer.TargetServer}} {
		info, err := p.peer.PeerInfo(p.of)
		if err != nil || info.TLS.Version != "DTLS 1.2" || !strings.HasPrefix(info.TLS.String(), "DTLS 1.2 TLS_ECDHE_ECDSA_WITH_") {
			t.Errorf("%+v, %v", info.TLS, err)
		}
		if !info.RemoteAddr.IsValid() {
			t.Error("no address")
		}
	}
}

func TestACertificateThatIsNotTrustedIsSaid(t *testing.T) {
	ctx := testContext(t)
	server, _ := encrypted(t)
	_, other := encrypted(t)
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0", enetlink.Config{Security: server}))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	addr := strings.TrimPrefix(srv.Addrs()[0], "enets://")
	if _, err = crosspeer.Dial(ctx, nil, enetlink.Dial(addr, enetlink.Config{Security: other})); err == nil ||
		!strings.Contains(err.Error(), "is self-signed and not trusted") {
		t.Errorf("%v", err)
	}
	// Who does not encrypt gets no answer.
	short, cancel := context.WithTimeout(ctx, 700*time.Millisecond)
	defer cancel()
	if _, err = crosspeer.Dial(short, nil, enetlink.Dial(addr)); err == nil {
		t.Error("a server that requires encryption takes a client that does not")
	}
}
