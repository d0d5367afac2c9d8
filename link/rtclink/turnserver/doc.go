// Package turnserver is a TURN server (RFC 8656, on pion/turn) for peers that
// cannot reach each other directly: it relays their datagrams. It hands out
// credentials that end by themselves, and relays to the outside only, so that
// nobody uses it to look into the server's own network.
//
//	srv, err := turnserver.Listen(turnserver.Config{Addr: ":3478"})
//	c := srv.Credentials(time.Now(), "player 7", 12*time.Hour)
//	// c.URLs, c.Username and c.Password are what a browser's RTCIceServer wants
package turnserver
