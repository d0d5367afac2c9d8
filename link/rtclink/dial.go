package rtclink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pion/webrtc/v4"

	"crosspeer"
	"crosspeer/link/rtclink/signaling"
	"crosspeer/wire"
)

// Dial makes a Dialer to a server's signalling, "rtc+ws://host:port/path" or
// "rtc+wss://…". The server chooses the client's id. At most one Config may be
// given.
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
	e, err := newEngine(&cfg, false)
	if err != nil {
		return nil, err
	}
	c := &client{url: d.url, cfg: cfg, engine: e, link: newLink(&cfg, hub, true), ended: make(chan struct{})}
	if err := c.connect(ctx); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return c, nil
}

// client is the transport of a Peer that has dialled.
type client struct {
	url    string
	cfg    Config
	engine *engine
	link   *link
	ended  chan struct{} // closed when the connection is over
}

// Addr implements crosspeer.Transport.
func (c *client) Addr() string { return c.url }

// Limits implements crosspeer.Limiter.
func (c *client) Limits() crosspeer.Limits { return c.cfg.limits(wire.WebSocketHeaderSize) }

// Close implements crosspeer.Transport. A goodbye under way is said.
func (c *client) Close() error {
	c.link.Close(crosspeer.Reason{}, true)
	<-c.ended
	return c.engine.close()
}

// connect does the signalling and waits until the server has said that it is
// there.
func (c *client) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.SetupTimeout, errTimeout)
	defer cancel()
	addr, err := c.address()
	if err != nil {
		return err
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: c.cfg.TLS}
	defer transport.CloseIdleConnections()
	sig, err := signaling.Dial(ctx, addr, signaling.Options{
		Dialect: signaling.JSON, ClientServer: true, HTTPClient: &http.Client{Transport: transport},
		Lobby: cmp.Or(c.cfg.Signaling.SessionLobby, signaling.DefaultSessionLobby),
	})
	if err != nil {
		if late := ctx.Err(); late != nil {
			return fmt.Errorf("rtclink: no answer from %s: %w", c.url, late)
		}
		return fmt.Errorf("rtclink: %w", err)
	}
	defer sig.Close()
	events := make(chan signaling.Event)
	go func() {
		defer close(events)
		for ev := range sig.Events(ctx) {
			select {
			case events <- ev:
			case <-ctx.Done():
				return
			}
		}
	}()
	err = c.negotiate(ctx, sig, events)
	if c.link.pipe == nil {
		return err
	}
	if err != nil {
		c.link.Close(crosspeer.Reason{}, true)
		<-c.ended
		select {
		case <-c.link.attached: // in the last moment; it has been detached since
			return nil
		default:
		}
	}
	return err
}

// errTimeout is the cause of a set-up that takes too long.
var errTimeout = errors.New("rtclink: no connection in time")

// address is the URL of the signalling.
func (c *client) address() (string, error) {
	u, err := url.Parse(c.url)
	if err != nil || u.Host == "" || u.Scheme != "rtc+ws" && u.Scheme != "rtc+wss" {
		return "", fmt.Errorf("rtclink: URL %q: want rtc+ws://host:port/path or rtc+wss://…", c.url)
	}
	u.Scheme = strings.TrimPrefix(u.Scheme, "rtc+")
	q := u.Query()
	q.Set("framing", framingQuery)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// negotiate answers the signalling's events until the server is attached.
func (c *client) negotiate(ctx context.Context, sig *signaling.Client, events <-chan signaling.Event) error {
	var down, ended <-chan struct{}
	for {
		select {
		case ev, ok := <-events:
			if !ok {
				events = nil // the connection may come about without it
				continue
			}
			if err := c.event(ctx, sig, ev); err != nil {
				return err
			}
			if c.link.pipe != nil && down == nil {
				down, ended = c.link.pipe.down, c.ended
			}
		case <-c.link.attached:
			return nil
		case <-down:
			<-ended
			return c.refused()
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), errTimeout) {
				return &crosspeer.DisconnectError{Reason: crosspeer.Reason{Code: crosspeer.ReasonNoReply,
					Text: "no reply from " + c.url + " within " + c.cfg.SetupTimeout.String()}}
			}
			return fmt.Errorf("rtclink: no connection to %s: %w", c.url, ctx.Err())
		}
	}
}

// refused is why a connection ended before the server said that it is there.
func (c *client) refused() error {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	r := crosspeer.Reason{Code: crosspeer.ReasonNoReply, Text: "no way to " + c.url + " was found: is UDP let through?"}
	switch {
	case c.link.failed != nil:
		return c.link.failed
	case c.link.words != "":
		r = crosspeer.Reason{Code: crosspeer.ReasonRefused, By: crosspeer.ByRemote, Text: c.link.words}
	}
	return &crosspeer.DisconnectError{Reason: r}
}

func (c *client) event(ctx context.Context, sig *signaling.Client, ev signaling.Event) error {
	switch ev := ev.(type) {
	case signaling.Welcome:
		return c.begin(ev.ICEServers)
	case signaling.PeerConnect:
		if ev.ID == signaling.HostID && c.link.pipe != nil {
			return c.offer(ctx, sig)
		}
	case signaling.Answer:
		if ev.From == signaling.HostID && c.link.pipe != nil {
			err := c.link.pipe.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: ev.SDP})
			if err != nil {
				return fmt.Errorf("rtclink: the server's answer cannot be used: %w", err)
			}
		}
	case signaling.Candidate:
		if ice, err := signaling.ParseCandidate(ev.Data); err == nil && c.link.pipe != nil {
			index := uint16(ice.Index)
			c.link.pipe.pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: ice.Candidate, SDPMid: &ice.Mid, SDPMLineIndex: &index})
		}
	case signaling.Closed:
		if ev.Reason != "" {
			return &crosspeer.DisconnectError{Reason: crosspeer.Reason{
				Code: crosspeer.ReasonRefused, By: crosspeer.ByRemote, Text: "refused by the server: " + ev.Reason}}
		}
		return fmt.Errorf("rtclink: the signalling of %s ended with code %d", c.url, ev.Code)
	}
	return nil
}

// begin makes the connection. The server may name ICE servers.
func (c *client) begin(offered []signaling.ICEServer) error {
	if c.link.pipe != nil {
		return nil // said again
	}
	servers := slices.Clone(c.cfg.ICEServers)
	for _, s := range offered {
		servers = append(servers, webrtc.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential})
	}
	pc, err := c.engine.connection(servers)
	if err != nil {
		return err
	}
	p, err := newPipe(pc, c.cfg.MaxQueuedBytes, lifetime, c.link.take)
	if err != nil {
		return errors.Join(err, pc.Close())
	}
	c.link.pipe = p
	go func() {
		defer close(c.ended)
		c.link.run()
	}()
	return nil
}

func (c *client) offer(ctx context.Context, sig *signaling.Client) error {
	pc := c.link.pipe.pc
	if pc.LocalDescription() != nil {
		return nil // said again
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	sdp, err := describe(pc, offer, ctx.Done())
	if err != nil {
		return err
	}
	return sig.SendOffer(ctx, signaling.HostID, sdp)
}
