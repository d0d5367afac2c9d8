package signaling_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	"crosspeer/link/rtclink/signaling"
)

// Two clients meet in a lobby. A game would give the descriptions and
// candidates to its WebRTC library.
func Example() {
	ctx := context.Background()
	srv, err := signaling.NewServer(signaling.Config{})
	if err != nil {
		panic(err)
	}
	defer srv.Close(ctx)
	web := httptest.NewServer(srv)
	defer web.Close()
	url := "ws" + strings.TrimPrefix(web.URL, "http")

	host, err := signaling.Dial(ctx, url, signaling.Options{})
	if err != nil {
		panic(err)
	}
	defer host.Close()
	for ev := range host.Events(ctx) {
		switch ev := ev.(type) {
		case signaling.Welcome:
			fmt.Println("the host has id", ev.ID)
		case signaling.Joined: // a friend is given the lobby's name
			friend, err := signaling.Dial(ctx, url, signaling.Options{Lobby: ev.Lobby})
			if err != nil {
				panic(err)
			}
			defer friend.Close()
			// In JSON the larger id offers, and the host has the smallest.
			if err := friend.SendOffer(ctx, signaling.HostID, "v=0..."); err != nil {
				panic(err)
			}
		case signaling.PeerConnect:
			fmt.Println("somebody has come")
		case signaling.Offer:
			fmt.Println("and offers", ev.SDP)
			return
		}
	}
	// Output:
	// the host has id 1
	// somebody has come
	// and offers v=0...
}

// greeter is a program that is member 1 of a lobby of its own.
type greeter struct{ last atomic.Int32 }

func (g *greeter) Join(m *signaling.Member) {
	if err := m.Accept(signaling.Seat{ID: 6 + g.last.Add(1)}); err != nil {
		return // has gone meanwhile
	}
	if signaling.Offers(m.Dialect(), signaling.HostID, m.ID()) {
		m.Offer(signaling.HostID, "v=0...")
	}
}

func (g *greeter) Offer(m *signaling.Member, to int32, sdp string) {
	m.Answer(to, "v=0 answer")
}
func (g *greeter) Answer(m *signaling.Member, to int32, sdp string)     {}
func (g *greeter) Candidate(m *signaling.Member, to int32, data string) {}
func (g *greeter) Leave(m *signaling.Member)                            {}

// The program itself is the host of a lobby.
func ExampleSession() {
	ctx := context.Background()
	srv, err := signaling.NewServer(signaling.Config{Session: &greeter{}, SessionOnly: true})
	if err != nil {
		panic(err)
	}
	defer srv.Close(ctx)
	web := httptest.NewServer(srv)
	defer web.Close()

	url := "ws" + strings.TrimPrefix(web.URL, "http")
	c, err := signaling.Dial(ctx, url, signaling.Options{Dialect: signaling.Text})
	if err != nil {
		panic(err)
	}
	defer c.Close()
	for ev := range c.Events(ctx) {
		switch ev := ev.(type) {
		case signaling.Welcome:
			fmt.Println("the id is", ev.ID)
		case signaling.PeerConnect:
			fmt.Println("there is", ev.ID)
		case signaling.Offer:
			fmt.Println(ev.From, "offers", ev.SDP)
			return
		}
	}
	// Output:
	// the id is 7
	// there is 1
	// 1 offers v=0...
}
