package enetlink_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
)

// member is a Go peer of a session.
type member struct {
	*crosspeer.Peer
	t    *testing.T
	addr netip.AddrPort
}

func (w *world) member(cfg crosspeer.Config) *member {
	w.t.Helper()
	p, err := crosspeer.New(&cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { p.Close() })
	return &member{Peer: p, t: w.t}
}

// serve starts a server.
func (w *world) serve(cfg crosspeer.Config, link enetlink.Config) *member {
	w.t.Helper()
	m := w.member(cfg)
	m.addr = serverAddr
	if err := m.Listen(w.t.Context(), enetlink.ListenOn(w.socket(true), link)); err != nil {
		w.t.Fatal(err)
	}
	return m
}

// dial lets a member connect to the server from a new address.
func (w *world) dial(ctx context.Context, m *member, link enetlink.Config) error {
	conn := w.socket(false)
	m.addr = conn.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort()
	return m.Dial(ctx, enetlink.DialFrom(conn, serverAddr, link))
}

// join makes a connected client, whose signals so far are not seen again.
func (w *world) join(link enetlink.Config) *member {
	w.t.Helper()
	m := w.member(crosspeer.Config{})
	if err := w.dial(w.t.Context(), m, link); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	m.saw()
	return m
}

// done is a context that is over: with it, calls give what is there.
func done() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// saw gives what the program has been told since the last call.
func (m *member) saw() []string {
	var told []string
	for ev := range m.Events(done()) {
		told = append(told, describe(ev))
	}
	return told
}

// expect checks what the program has been told since the last call.
func (m *member) expect(want ...string) {
	m.t.Helper()
	expect(m.t, m.saw(), want)
}

// next waits for the next thing that the program is told.
func (m *member) next() string {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ev, err := m.Next(ctx)
	if err != nil {
		m.t.Fatalf("nothing came: %v", err)
	}
	return describe(ev)
}

func expect(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func describe(ev crosspeer.Event) string {
	switch ev := ev.(type) {
	case crosspeer.PeerConnected:
		return fmt.Sprintf("peer_connected %d", ev.ID)
	case crosspeer.PeerDisconnected:
		return fmt.Sprintf("peer_disconnected %d", ev.ID)
	case crosspeer.ConnectionSucceeded:
		return "connection_succeeded"
	case crosspeer.ConnectionFailed:
		return "connection_failed"
	case crosspeer.ServerDisconnected:
		return "server_disconnected"
	case crosspeer.PacketReceived:
		return fmt.Sprintf("%q from %d to %d, %v, channel %d", ev.Data, ev.From, ev.To, ev.Mode, ev.Channel)
	}
	return fmt.Sprintf("%T", ev)
}

// send sends and must be taken.
func (m *member) send(to crosspeer.PeerID, mode crosspeer.TransferMode, data string) {
	m.t.Helper()
	if err := m.Send(crosspeer.Packet{To: to, Mode: mode, Data: []byte(data)}); err != nil {
		m.t.Fatal(err)
	}
}
