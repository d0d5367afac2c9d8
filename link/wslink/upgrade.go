package wslink

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/gobwas/ws"

	"crosspeer/internal/entry"
)

// refusal says why a request may not become a WebSocket, 0 if it may.
func (c *Config) refusal(r *http.Request) (status int, text string) {
	origin := r.Header.Get("Origin")
	if !c.allows(origin, r.Host) {
		return http.StatusForbidden, "pages of " + origin + " may not join"
	}
	asked := r.Header.Get("Sec-WebSocket-Protocol")
	switch {
	case asked == "" && len(c.Subprotocols) > 0:
		return http.StatusBadRequest, "ask for a sub-protocol: " + strings.Join(c.Subprotocols, ", ")
	case asked != "" && !slices.ContainsFunc(entry.Subprotocols(r), c.speaks):
		return http.StatusBadRequest, "no sub-protocol that is spoken here: " + asked
	}
	return 0, ""
}

// allows says whether pages of an origin may join at a host.
func (c *Config) allows(origin, host string) bool {
	if origin == "" || len(c.Origins) == 0 || slices.Contains(c.Origins, "*") {
		return true
	}
	_, own, ok := strings.Cut(origin, "://")
	return ok && strings.EqualFold(own, host) ||
		slices.ContainsFunc(c.Origins, func(o string) bool { return strings.EqualFold(o, origin) })
}

func (c *Config) speaks(subprotocol string) bool { return slices.Contains(c.Subprotocols, subprotocol) }

// upgrade makes a request a WebSocket, or answers why it is none.
func (c *Config) upgrade(w http.ResponseWriter, r *http.Request) (net.Conn, *bufio.Reader, string, error) {
	up := ws.HTTPUpgrader{Timeout: c.HandshakeTimeout, Protocol: c.speaks}
	conn, rw, hs, err := up.Upgrade(r, w)
	if err != nil {
		if conn != nil {
			conn.Close() // the upgrader has answered
		}
		return nil, nil, "", err
	}
	noDelay(conn)
	return conn, sourceOf(conn, rw.Reader), hs.Protocol, nil
}

// noDelay makes small messages leave at once.
func noDelay(conn net.Conn) {
	if c, ok := conn.(*tls.Conn); ok {
		conn = c.NetConn()
	}
	if c, ok := conn.(*net.TCPConn); ok {
		c.SetNoDelay(true)
	}
}
