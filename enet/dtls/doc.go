// Package dtls encrypts ENet with DTLS 1.2, as Godot's
// NetworkedMultiplayerENet does with use_dtls: each datagram of ENet is one
// record of application data.
//
//	cert, err := tls.LoadX509KeyPair("game.crt", "game.key")
//	server, err := enet.Listen(":7000", &enet.Config{Security: dtls.Server(dtls.ServerConfig{
//		Certificate: func() (*tls.Certificate, error) { return &cert, nil },
//	})})
//	client, err := enet.Dial(ctx, "game.example:7000", 2, 0, &enet.Config{Security: dtls.Client(dtls.ClientConfig{})})
//
// All remotes of a host share its socket. There is one association per remote
// address, which begins with its ClientHello and ends with the last connection
// of ENet that used it. Addresses prove themselves with a cookie before a
// server computes anything for them.
//
// Handshake and records are those of github.com/pion/dtls. This package decides
// which records reach it, how many associations there are, and for how long.
//
// Sources: RFC 6347; Godot 3.2.3, NetworkedMultiplayerENet and the DTLS of its
// mbedtls module.
package dtls
