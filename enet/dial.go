package enet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// dialStep is how long each but the last of a name's addresses is tried.
const dialStep = 5 * time.Second

// Dial opens a host on a free port, connects it to address, "host:port", and
// waits until that has succeeded or failed, or ctx is done. channels and data
// are those of Host.Connect; cfg may be nil and must have no Handler. Nobody
// else can connect to the host, unless Config.Admit is set, and then only once
// Dial has returned. A name with several addresses is tried at each, IPv4
// first. The error is a
// *DisconnectError when the remote did not answer or refused.
//
// The host belongs to the peer: close it with peer.Host().Close().
func Dial(ctx context.Context, address string, channels int, data uint32, cfg *Config) (*Peer, error) {
	if cfg != nil && cfg.Handler != nil {
		return nil, fmt.Errorf("enet: Dial %s: Config.Handler is set; use DialFunc", address)
	}
	own := Config{}
	if cfg != nil {
		own = *cfg
	}
	if own.Admit == nil {
		own.Admit = func(netip.AddrPort, uint32) Admission { return Ignore }
	}
	var peer *Peer
	err := DialFunc(ctx, address, "", channels, data, &own, func(ctx context.Context, h *Host, p *Peer) error {
		peer = p
		for {
			ev, err := h.Next(ctx)
			if err != nil {
				return err
			}
			if ev.Peer == p {
				return ev.Err()
			}
			// Somebody whom Config.Admit let in before the remote answered.
			if ev.Type == EventConnect {
				ev.Peer.Reset()
			}
			if !ev.Packet.IsZero() {
				ev.Packet.Release()
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return peer, nil
}

// DialFunc is Dial for a program that waits in its own way, for example with
// a Handler: wait returns nil when the connection is made and an error when it
// is not; ctx ends when the next address is to be tried. local is the local
// "host:port", empty for any.
func DialFunc(ctx context.Context, address, local string, channels int, data uint32, cfg *Config,
	wait func(ctx context.Context, h *Host, p *Peer) error) error {
	if cfg != nil && cfg.Security != nil {
		own := *cfg
		own.remoteName, _, _ = net.SplitHostPort(address) // Resolve tells what is wrong with it
		cfg = &own
	}
	addrs, err := Resolve(ctx, address)
	if err != nil {
		return err
	}
	err = dialEach(ctx, addrs, dialStep, func(ctx context.Context, addr netip.AddrPort) error {
		return dialOne(ctx, addr, local, channels, data, cfg, wait)
	})
	if err != nil {
		return fmt.Errorf("dial %s: %w", address, err)
	}
	return nil
}

// dialEach tries addresses in their order until one succeeds, each but the
// last for one step. Of several errors it returns that of the address that got
// furthest: an answer says more than silence.
func dialEach(ctx context.Context, addrs []netip.AddrPort, step time.Duration,
	dial func(context.Context, netip.AddrPort) error) (err error) {
	for i, addr := range addrs {
		one, cancel := ctx, context.CancelFunc(func() {})
		if i+1 < len(addrs) {
			one, cancel = context.WithTimeout(ctx, step)
		}
		e := dial(one, addr)
		cancel()
		if e == nil {
			return nil
		}
		if ctx.Err() != nil {
			return e
		}
		if err == nil || !answered(err) {
			err = e
		}
	}
	return err
}

// answered says whether a failed attempt has met a remote.
func answered(err error) bool {
	var e *DisconnectError
	return errors.As(err, &e) && e.Reason != ReasonNoReply
}

func dialOne(ctx context.Context, addr netip.AddrPort, local string, channels int, data uint32, cfg *Config,
	wait func(context.Context, *Host, *Peer) error) error {
	if local == "" {
		local = ":0"
		if addr.Addr().Is4() {
			local = "0.0.0.0:0"
		}
	}
	h, err := Listen(local, cfg)
	if err != nil {
		return err
	}
	peer, err := h.Connect(addr, channels, data)
	if err == nil {
		err = wait(ctx, h, peer)
	}
	if err != nil {
		h.Close()
	}
	return err
}

// Resolve gives the addresses of "host:port", IPv4 ones first, since that is
// what most ENet programs listen on.
func Resolve(ctx context.Context, address string) ([]netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("enet: address %q: %w", address, err)
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil || port == 0 {
		return nil, fmt.Errorf("enet: address %q: port must be 1 to 65535", address)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("enet: %w", err)
	}
	slices.SortStableFunc(ips, func(a, b netip.Addr) int {
		return a.Unmap().BitLen() - b.Unmap().BitLen()
	})
	addrs := make([]netip.AddrPort, 0, len(ips))
	for _, ip := range ips {
		addrs = append(addrs, netip.AddrPortFrom(ip.Unmap(), uint16(port)))
	}
	return addrs, nil
}
