package connlink

import (
	"context"
	"errors"
	"fmt"

	"crosspeer"
)

// Dial makes a Dialer of a function that opens a Conn to the server, within
// its context. The server chooses the client's id. At most one Config may be
// given.
func Dial(open func(context.Context) (Conn, error), cfg ...Config) crosspeer.Dialer {
	return &dialer{open, cfg}
}

type dialer struct {
	open func(context.Context) (Conn, error)
	cfg  []Config
}

// Dial implements crosspeer.Dialer.
func (d *dialer) Dial(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	cfg, err := only(d.cfg)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("connlink: dial: %w", err)
	}
	conn, err := d.open(ctx)
	if err != nil {
		return nil, unreached(ctx, err)
	}
	c := &client{cfg: cfg, ended: make(chan struct{})}
	c.link = newLink(&c.cfg, hub, conn, true)
	go func() {
		defer close(c.ended)
		c.link.run()
	}()
	select {
	case <-c.link.attached:
		return c, nil
	case <-c.ended:
		return nil, c.refused()
	case <-ctx.Done():
	}
	conn.Close()
	<-c.ended
	select {
	case <-c.link.attached: // in the last moment; it has been detached since
		return c, nil
	default:
		return nil, fmt.Errorf("connlink: the server does not say hello: %w", ctx.Err())
	}
}

// unreached is why no connection could be opened.
func unreached(ctx context.Context, err error) error {
	var why *crosspeer.DisconnectError
	switch {
	case ctx.Err() != nil && !errors.Is(err, ctx.Err()):
		return fmt.Errorf("connlink: dial: %w: %w", ctx.Err(), err)
	case ctx.Err() != nil:
		return fmt.Errorf("connlink: dial: %w", err)
	case errors.As(err, &why):
		return err
	}
	return fmt.Errorf("%w: %w", noReply("the server cannot be reached"), err)
}

func noReply(text string) error {
	return &crosspeer.DisconnectError{Reason: crosspeer.Reason{Code: crosspeer.ReasonNoReply, Text: text}}
}

// client is the transport of a Peer that has dialled.
type client struct {
	cfg   Config
	link  *link
	ended chan struct{} // closed when the connection is over
}

// refused is why a connection ended before the server said that it is there.
func (c *client) refused() error {
	switch {
	case c.link.failed != nil:
		return c.link.failed
	case c.link.said != nil:
		r := *c.link.said
		r.Text = "refused by the server: " + r.String()
		return &crosspeer.DisconnectError{Reason: r}
	}
	return noReply("the connection broke before the server said hello")
}

// Addr implements crosspeer.Transport.
func (c *client) Addr() string { return c.cfg.Name + ":" }

// Limits implements crosspeer.Limiter.
func (c *client) Limits() crosspeer.Limits {
	return crosspeer.Limits{MaxPacketBytes: c.cfg.MaxPacketBytes}
}

// Close implements crosspeer.Transport. A goodbye under way is said.
func (c *client) Close() error {
	c.link.Close(crosspeer.Reason{}, true)
	<-c.ended
	return nil
}
