package signaling_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"crosspeer/link/rtclink/signaling"
)

// start runs a server on loopback.
func start(t *testing.T, cfg signaling.Config) (*signaling.Server, string) {
	t.Helper()
	srv, err := signaling.NewServer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(srv)
	t.Cleanup(func() {
		if err := srv.Close(context.Background()); err != nil {
			t.Error(err)
		}
		h.Close()
	})
	return srv, "ws" + strings.TrimPrefix(h.URL, "http")
}

// hear fails the test when the next events are others.
func hear(t *testing.T, c *signaling.Client, want ...signaling.Event) {
	t.Helper()
	for _, w := range want {
		ev, err := c.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		same(t, []signaling.Event{ev}, []signaling.Event{w})
	}
}

func dial(t *testing.T, url string, o signaling.Options) *signaling.Client {
	t.Helper()
	c, err := signaling.Dial(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestClientsMeetInALobby(t *testing.T) {
	for _, d := range []signaling.Dialect{signaling.JSON, signaling.Text} {
		t.Run(d.String(), func(t *testing.T) {
			_, url := start(t, numbered(signaling.Config{SealTimeout: 1}))
			ctx := t.Context()
			host := dial(t, url, signaling.Options{Dialect: d})
			hear(t, host, signaling.Welcome{ID: 1, Mesh: true}, signaling.Joined{Lobby: "room1"})
			b := dial(t, url, signaling.Options{Dialect: d, Lobby: "room1"})
			hear(t, b, signaling.Welcome{ID: 100, Mesh: true}, signaling.PeerConnect{ID: 1}, signaling.Joined{Lobby: "room1"})
			c := dial(t, url, signaling.Options{Dialect: d, Lobby: "room1"})
			hear(t, c, signaling.Welcome{ID: 101, Mesh: true}, signaling.PeerConnect{ID: 1}, signaling.PeerConnect{ID: 100}, signaling.Joined{Lobby: "room1"})
			hear(t, host, signaling.PeerConnect{ID: 100}, signaling.PeerConnect{ID: 101})
			hear(t, b, signaling.PeerConnect{ID: 101})

			const sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n\"ä\"\t\\\r\n"
			candidate := signaling.FormatCandidate(signaling.ICECandidate{Mid: "data", Index: 0, Candidate: "candidate:1 1 UDP"})
			for _, err := range []error{b.SendOffer(ctx, 1, sdp), b.SendCandidate(ctx, 1, candidate), host.SendAnswer(ctx, 101, sdp)} {
				if err != nil {
					t.Error(err)
				}
			}
			hear(t, host, signaling.Offer{From: 100, SDP: sdp}, signaling.Candidate{From: 100, Data: candidate})
			hear(t, c, signaling.Answer{From: 1, SDP: sdp})
			if got, err := signaling.ParseCandidate(candidate); err != nil || got.Mid != "data" || got.Candidate != "candidate:1 1 UDP" {
				t.Errorf("%+v, %v", got, err)
			}

			c.Close()
			hear(t, host, signaling.PeerDisconnect{ID: 101})
			hear(t, b, signaling.PeerDisconnect{ID: 101})
			if err := host.Seal(ctx); err != nil {
				t.Error(err)
			}
			hear(t, host, signaling.Sealed{}, signaling.Closed{Code: 1000, Reason: "Seal complete"})
			hear(t, b, signaling.Sealed{}, signaling.Closed{Code: 1000, Reason: "Seal complete"})
			if _, err := b.Next(ctx); !errors.Is(err, signaling.ErrClosed) {
				t.Errorf("after the last event: %v", err)
			}
			if err := b.SendOffer(ctx, 1, sdp); !errors.Is(err, signaling.ErrClosed) || !strings.Contains(err.Error(), "Seal complete") {
				t.Errorf("sending at the end: %v", err)
			}
		})
	}
}

func TestAClientServerLobby(t *testing.T) {
	_, url := start(t, numbered(signaling.Config{}))
	host := dial(t, url, signaling.Options{ClientServer: true})
	hear(t, host, signaling.Welcome{ID: 1}, signaling.Joined{Lobby: "room1"})
	b := dial(t, url, signaling.Options{Lobby: "room1"})
	hear(t, b, signaling.Welcome{ID: 100}, signaling.PeerConnect{ID: 1}, signaling.Joined{Lobby: "room1"})
}

func TestCloseEndsAClientWhoseEventsNobodyTakes(t *testing.T) {
	_, url := start(t, numbered(signaling.Config{}))
	a := dial(t, url, signaling.Options{})
	hear(t, a, signaling.Welcome{ID: 1, Mesh: true}, signaling.Joined{Lobby: "room1"})
	b := dial(t, url, signaling.Options{Lobby: "room1"})
	hear(t, a, signaling.PeerConnect{ID: 100})
	for i := range 200 {
		if err := a.SendOffer(t.Context(), 100, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	// The events up to the 64th are there.
	hear(t, b, signaling.Welcome{ID: 100, Mesh: true}, signaling.PeerConnect{ID: 1})
	b.Close()
	last := signaling.Event(nil)
	for ev := range b.Events(t.Context()) {
		last = ev
	}
	if _, ok := last.(signaling.Closed); !ok {
		t.Errorf("the last event is %#v", last)
	}
	hear(t, a, signaling.PeerDisconnect{ID: 100})
	b.Close() // once more does nothing
}

func TestAConnectionThatBreaksSaysSo(t *testing.T) {
	srv, url := start(t, numbered(signaling.Config{}))
	a := dial(t, url, signaling.Options{})
	hear(t, a, signaling.Welcome{ID: 1, Mesh: true}, signaling.Joined{Lobby: "room1"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	srv.Close(ctx) // cuts at once
	ev, err := a.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	closed, ok := ev.(signaling.Closed)
	if !ok || closed.Code != 1006 && closed.Code != 1001 || closed.Code == 1006 && closed.Err == nil {
		t.Errorf("%#v", ev)
	}
}

func TestDialSaysWhatIsWrong(t *testing.T) {
	_, url := start(t, signaling.Config{Origins: []string{}})
	for _, test := range []struct {
		url  string
		o    signaling.Options
		says string
	}{
		{"ws://127.0.0.1:1", signaling.Options{}, "connecting to ws://127.0.0.1:1"},
		{"nonsense", signaling.Options{}, "nonsense"},
		{url, signaling.Options{Header: map[string][]string{"Origin": {"https://evil.example"}}}, "403"},
		{url, signaling.Options{Dialect: signaling.Text, ClientServer: true}, "ClientServer"},
		{url, signaling.Options{Dialect: signaling.Text, Lobby: "a\nb"}, "Lobby"},
		{url, signaling.Options{Lobby: "\xff"}, "Lobby"},
		{url, signaling.Options{Dialect: 7}, "Dialect"},
	} {
		c, err := signaling.Dial(t.Context(), test.url, test.o)
		if err == nil {
			c.Close()
			t.Errorf("%+v connects", test)
		} else if !strings.Contains(err.Error(), test.says) {
			t.Errorf("the error %q does not say %q", err, test.says)
		}
	}
}

func TestWordsOfThePackage(t *testing.T) {
	for _, s := range []string{"json", "JSON", "text", "Text"} {
		d, err := signaling.ParseDialect(s)
		if err != nil || !strings.EqualFold(d.String(), s) {
			t.Errorf("%q is %v, %v", s, d, err)
		}
	}
	if _, err := signaling.ParseDialect("xml"); err == nil || !strings.Contains(err.Error(), "json or text") {
		t.Errorf("%v", err)
	}
	if _, err := signaling.ParseCandidate(strings.Repeat("x", 1000)); err == nil || len(err.Error()) > 200 {
		t.Errorf("%v", err)
	}
}
