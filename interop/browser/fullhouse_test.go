package browser

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/interop/godot3"
	"crosspeer/link/enetlink"
	serving "crosspeer/server"
)

// guest is somebody in the full house, whatever program it is.
type guest struct {
	name string
	id   crosspeer.PeerID
	send func(to crosspeer.PeerID, text string)
	gets func(from crosspeer.PeerID, text string)
}

// engine makes a stock engine a guest.
func engine(e *godot3.Engine) *guest {
	return &guest{
		name: e.Name(), id: crosspeer.PeerID(e.ID()),
		send: func(to crosspeer.PeerID, text string) { e.Put(int32(to), godot3.Reliable, []byte(text)) },
		gets: func(from crosspeer.PeerID, text string) {
			e.WaitFor(func(ev godot3.Event) bool {
				return ev.Kind == godot3.KindPacket && ev.Data == text && ev.Peer == int32(from)
			})
		},
	}
}

// pageGuest makes a tab a guest.
func pageGuest(name string, m *Member) *guest {
	return &guest{
		name: name, id: m.ID,
		send: func(to crosspeer.PeerID, text string) { m.Send(to, crosspeer.Reliable, text) },
		gets: func(from crosspeer.PeerID, text string) {
			m.Until("packets.some((p) => p.from === " + from.String() + " && p.data === " + literal(text) + ")")
		},
	}
}

func goGuest(name string, g *goPeer) *guest {
	return &guest{
		name: name, id: g.UniqueID(),
		send: func(to crosspeer.PeerID, text string) { g.Send(to, crosspeer.Reliable, text) },
		gets: func(from crosspeer.PeerID, text string) {
			g.until(name+" got "+text, func() bool {
				return slices.ContainsFunc(g.packets, func(p Packet) bool { return p.From == from && p.Data == text })
			})
		},
	}
}

// TestFullHouse is what crosspeer serve runs, with programs that nobody here
// wrote in one session at the same time: stock Godot over ENet and over
// WebSocket, Chromium over WebRTC and over WebSocket and as a stock Godot game
// over WebRTC; and Go.
func TestFullHouse(t *testing.T) {
	srv, err := serving.Start(t.Context(), serving.Config{ENet: "127.0.0.1:0", HTTP: "127.0.0.1:0", RTC: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		srv.Shutdown(ctx)
	})
	at := map[string]string{}
	for _, a := range srv.Addrs() {
		scheme, _, _ := strings.Cut(a, ":")
		at[scheme] = a
	}
	host := watch(t, srv.Peer())
	b := browse(t)
	engines := godot3.StartAll(t, "Godot over ENet", "Godot over WebSocket")
	enet, err := url.Parse(at["enet"])
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(enet.Port())
	if err != nil {
		t.Fatal(err)
	}
	engines[0].CreateClient("127.0.0.1", port, godot3.ClientOptions{})
	engines[1].DialWebSocket(at["ws"])
	for _, e := range engines {
		e.WaitFor(func(ev godot3.Event) bool { return ev == godot3.Succeeded() })
	}
	bot, err := crosspeer.Dial(t.Context(), nil, enetlink.Dial(enet.Host))
	if err != nil {
		t.Fatal(err)
	}
	base := strings.TrimSuffix(at["http"], "/play/")
	rtc, ws := b.joinPlay(base, at["rtc+ws"]), b.joinPlay(base, at["ws"])
	game := b.JoinStock(base+"/play/", at["rtc+ws"])
	guests := []*guest{
		goGuest("the server", host), engine(engines[0]), engine(engines[1]), goGuest("Go", watch(t, bot)),
		pageGuest("Chromium over WebRTC", rtc), pageGuest("Chromium over WebSocket", ws),
		pageGuest("a stock game over WebRTC", game),
	}
	host.Sees(len(guests) - 1)
	rtc.Sees(len(guests) - 1)
	ws.Sees(len(guests) - 1)
	game.Sees(len(guests) - 1)

	for _, from := range guests {
		from.send(crosspeer.TargetBroadcast, "all, from "+from.name)
		for _, to := range guests {
			if to == from {
				continue
			}
			to.gets(from.id, "all, from "+from.name)
			from.send(to.id, from.name+" to "+to.name)
			to.gets(from.id, from.name+" to "+to.name)
		}
	}
	t.Run("a page that is closed is missed by all", func(t *testing.T) {
		rtc.Eval("peer.close()", nil)
		host.Left(rtc.ID)
		ws.Sees(len(guests) - 2)
		game.Sees(len(guests) - 2)
		for _, e := range engines {
			e.WaitFor(func(ev godot3.Event) bool { return ev == godot3.PeerDisconnected(int32(rtc.ID)) })
		}
	})
}

// joinPlay joins from the page that the server itself serves.
func (b *Browser) joinPlay(base, url string) *Member {
	b.t.Helper()
	m := &Member{Tab: b.Open(base + "/play/")}
	m.Connect(url, "{timeout: 30000}")
	m.Eval("peer.ready.then((p) => p.id)", &m.ID)
	return m
}
