package dtls_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log"
	"os"

	"crosspeer/enet"
	"crosspeer/enet/dtls"
)

// A server that encrypts, and lets clients in that do not.
func ExampleServer() {
	cert, err := tls.LoadX509KeyPair("game.crt", "game.key")
	if err != nil {
		log.Fatal(err)
	}
	host, err := enet.Listen(":7000", &enet.Config{Security: dtls.Server(dtls.ServerConfig{
		Certificate: func() (*tls.Certificate, error) { return &cert, nil },
		Mode:        dtls.Allow,
	})})
	if err != nil {
		log.Fatal(err)
	}
	for ev := range host.Events(context.Background()) {
		if ev.Type == enet.EventConnect {
			log.Println(ev.Peer.RemoteAddr(), "is encrypted with", ev.Peer.Security())
		}
	}
}

// A client that trusts one certificate.
func ExampleClient() {
	pem, err := os.ReadFile("game.crt")
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	peer, err := enet.Dial(context.Background(), "game.example:7000", 2, 0, &enet.Config{
		Security: dtls.Client(dtls.ClientConfig{RootCAs: pool}),
	})
	if err != nil {
		log.Fatal(err) // dtls: the certificate of game.example is for another name: "other.example"
	}
	defer peer.Host().Close()
}
