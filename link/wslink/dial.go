package wslink

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"crosspeer"
)

// Dial makes a Dialer to a server's URL, "ws://host:port/path" or "wss://…".
// The server chooses the client's id. At most one Config may be given. Godot
// 3.2, WebSocketClient.connect_to_url with the multiplayer API.
func Dial(url string, cfg ...Config) crosspeer.Dialer { return &dialer{url, cfg} }

type dialer struct {
	url string
	cfg []Config
}

// Dial implements crosspeer.Dialer.
func (d *dialer) Dial(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	cfg, err := only(d.cfg)
	if err != nil {
		return nil, err
	}
	conn, src, _, err := connect(ctx, d.url, cfg)
	if err != nil {
		return nil, err
	}
	c := &client{url: d.url, link: newLink(cfg, hub, conn, src, true), ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		c.link.run()
	}()
	select {
	case <-c.link.attached:
		return c, nil
	case <-c.ended:
		return nil, c.link.lost()
	case <-ctx.Done():
	}
	c.link.abort()
	<-c.ended
	select {
	case <-c.link.attached: // in the last moment; it has been detached since
		return c, nil
	default:
		return nil, fmt.Errorf("wslink: %s does not say hello: %w", d.url, ctx.Err())
	}
}

// client is the transport of a Peer that has dialled.
type client struct {
	url   string
	link  *link
	ended chan struct{}
}

// Addr implements crosspeer.Transport.
func (c *client) Addr() string { return c.url }

// Limits implements crosspeer.Limiter.
func (c *client) Limits() crosspeer.Limits { return c.link.cfg.limits() }

// Close implements crosspeer.Transport. A goodbye under way is said.
func (c *client) Close() error {
	c.link.abandon()
	<-c.ended
	return nil
}

// connect opens a WebSocket.
func connect(ctx context.Context, raw string, cfg Config) (net.Conn, *bufio.Reader, string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" {
		return nil, nil, "", fmt.Errorf("wslink: URL %q: want ws://host:port/path or wss://…", raw)
	}
	var refused *crosspeer.DisconnectError
	d := ws.Dialer{
		Protocols: cfg.Subprotocols,
		Timeout:   cfg.HandshakeTimeout,
		TLSConfig: cfg.TLS,
		Header:    ws.HandshakeHeaderHTTP(cfg.Header),
		OnStatusError: func(status int, _ []byte, resp io.Reader) {
			refused = &crosspeer.DisconnectError{Reason: crosspeer.Reason{
				Code: crosspeer.ReasonRefused, By: crosspeer.ByRemote, Text: answerOf(status, resp)}}
		},
	}
	conn, src, hs, err := d.Dial(ctx, u.String())
	switch {
	case refused != nil:
		return nil, nil, "", refused
	case err == nil && hs.Protocol == "" && len(cfg.Subprotocols) > 0:
		conn.Close()
		return nil, nil, "", fmt.Errorf("wslink: %s speaks none of the sub-protocols %s", raw, strings.Join(cfg.Subprotocols, ", "))
	case err != nil && ctx.Err() != nil:
		return nil, nil, "", fmt.Errorf("wslink: no answer from %s: %w", raw, ctx.Err())
	case errors.Is(err, ws.ErrHandshakeBadProtocol) && u.Scheme == "ws":
		return nil, nil, "", fmt.Errorf("wslink: %s: no WebSocket; a server that speaks TLS wants wss://: %w", raw, err)
	case err != nil:
		return nil, nil, "", fmt.Errorf("wslink: %s: %w", raw, err)
	}
	if src == nil {
		src = bufio.NewReader(conn)
	}
	noDelay(conn)
	conn.SetDeadline(time.Time{})
	return conn, src, hs.Protocol, nil
}

// answerOf is what a server that refused has answered.
func answerOf(status int, resp io.Reader) string {
	text := fmt.Sprintf("refused by the server: HTTP status %d %s", status, http.StatusText(status))
	r, err := http.ReadResponse(bufio.NewReader(resp), nil)
	if err != nil {
		return text
	}
	defer r.Body.Close()
	if kind := r.Header.Get("Content-Type"); kind != "" && !strings.HasPrefix(kind, "text/plain") {
		return text // a page is for people
	}
	if body, err := io.ReadAll(io.LimitReader(r.Body, 200)); err == nil && len(body) > 0 {
		line, _, _ := strings.Cut(string(body), "\n")
		text += ": " + strings.ToValidUTF8(line, "?")
	}
	return text
}

// lost is why a connection ended before the server said that it is there.
func (l *link) lost() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failure.Code == crosspeer.ReasonUnknown {
		return errors.New("wslink: " + l.failure.Text)
	}
	return &crosspeer.DisconnectError{Reason: l.failure}
}
