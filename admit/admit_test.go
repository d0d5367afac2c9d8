package admit_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer"
	"crosspeer/admit"
	"crosspeer/link/memlink"
	"crosspeer/link/wslink"
	"crosspeer/token"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// desk is a session's admission, and the key of who gives tokens away.
type desk struct {
	t     *testing.T
	key   token.SecretKey
	admit func(ctx context.Context, h crosspeer.Hello) (crosspeer.Grant, error)
}

func newDesk(t *testing.T, o admit.Options) *desk {
	t.Helper()
	key, err := token.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v, err := token.NewVerifier(token.Config{Audience: "arena-3", Keys: token.NewKeyRing(key.Public()), Used: token.NewMemory(1)})
	if err != nil {
		t.Fatal(err)
	}
	o.Now = func() time.Time { return noon }
	return &desk{t, key, admit.With(admit.Tokens(v, o))}
}

// token makes one.
func (d *desk) token(change func(c *token.Claims)) []byte {
	d.t.Helper()
	c := token.Claims{Audience: "arena-3", Subject: "ann", Expires: noon.Add(time.Minute)}
	if change != nil {
		change(&c)
	}
	b, err := d.key.Sign(c)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

// asks is a client over HTTP.
func asks(text string) crosspeer.Hello {
	return crosspeer.Hello{
		RemoteAddr: netip.MustParseAddrPort("192.0.2.7:4000"),
		Request:    &crosspeer.Request{Query: map[string][]string{"token": {text}}},
	}
}

func TestWhatATokenGives(t *testing.T) {
	base := crosspeer.PeerLimits{
		Reliable: crosspeer.Rate{Packets: 10, Bytes: 1000}, Unreliable: crosspeer.Rate{Packets: 20, Bytes: 2000}, MaxPacketBytes: 500,
	}
	d := newDesk(t, admit.Options{Limits: base})
	rates := func(reliable, unreliable crosspeer.Rate) *crosspeer.PeerLimits {
		return &crosspeer.PeerLimits{Reliable: reliable, Unreliable: unreliable, MaxPacketBytes: 500}
	}
	for _, tt := range []struct {
		name   string
		change func(c *token.Claims)
		id     crosspeer.PeerID
		limits *crosspeer.PeerLimits
	}{
		{"who it is", nil, 0, nil},
		{"an id", func(c *token.Claims) { c.PeerID = 7 }, 7, nil},
		{"packets", func(c *token.Claims) { c.PacketsPerSec = 99 }, 0, rates(crosspeer.Rate{Packets: 99, Bytes: 1000}, crosspeer.Rate{Packets: 99, Bytes: 2000})},
		{"bytes", func(c *token.Claims) { c.BytesPerSec = 1<<32 - 1 }, 0, rates(crosspeer.Rate{Packets: 10, Bytes: 1<<31 - 1}, crosspeer.Rate{Packets: 20, Bytes: 1<<31 - 1})},
	} {
		g, err := d.admit(t.Context(), asks(token.Text(d.token(tt.change))))
		claims, ok := g.Metadata.(token.Claims)
		if err != nil || !ok || claims.Subject != "ann" || g.ID != tt.id || !reflect.DeepEqual(g.Limits, tt.limits) {
			t.Errorf("%s: %+v, %v", tt.name, g, err)
		}
	}
}

func TestWhoIsRefused(t *testing.T) {
	d := newDesk(t, admit.Options{})
	single := func(id byte) string {
		return token.Text(d.token(func(c *token.Claims) { c.SingleUse, c.ID = true, token.ID{id} }))
	}
	for _, tt := range []struct {
		name, text string
		want       error
		later      bool
	}{
		{"without a token", "", admit.ErrNoToken, false},
		{"with something else", "let me in", admit.ErrUnknownToken, false},
		{"with a JSON Web Token, which nobody checks", "e30.e30.", admit.ErrUnknownToken, false},
		{"with a damaged one", "cp1.AAAA", token.ErrMalformed, false},
		{"with one for elsewhere", token.Text(d.token(func(c *token.Claims) { c.Audience = "arena-4" })), token.ErrAudience, false},
		{"from elsewhere", token.Text(d.token(func(c *token.Claims) { c.Sources = []netip.Prefix{netip.MustParsePrefix("192.0.2.8/32")} })), token.ErrSource, false},
		{"not who comes once", single(1), nil, false},
		{"who comes twice", single(1), token.ErrUsed, false},
		{"when no more can be remembered", single(2), token.ErrMemoryFull, true},
	} {
		_, err := d.admit(t.Context(), asks(tt.text))
		if !errors.Is(err, tt.want) || errors.Is(err, crosspeer.ErrRefused) != tt.later {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestATokenForAnotherID(t *testing.T) {
	d := newDesk(t, admit.Options{})
	text := token.Text(d.token(func(c *token.Claims) { c.PeerID = 7 }))
	for id, want := range map[crosspeer.PeerID]error{0: nil, 7: nil, 8: crosspeer.ErrInvalidID} {
		h := asks(text)
		h.ID = id
		if _, err := d.admit(t.Context(), h); !errors.Is(err, want) {
			t.Errorf("a client that chose %d: %v, want %v", id, err, want)
		}
	}
}

func TestATokenAsTheFirstPacket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, admit.Options{})
		n := memlink.New()
		srv, err := crosspeer.Listen(t.Context(), &crosspeer.Config{Admit: d.admit}, n.Listen())
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		good := d.token(nil)
		wrong := bytes.Clone(good)
		wrong[len(wrong)-1] ^= 1
		for _, tt := range []struct {
			name string
			send []string
			told string // empty: comes in
		}{
			{"binary", []string{string(good), "hello"}, ""},
			{"text", []string{token.Text(good), "hello"}, ""},
			{"send_bytes", []string{"\x04" + token.Text(good), "hello"}, ""},
			{"a wrong one", []string{string(wrong), "hello"}, "its signature is wrong"},
			{"something else", []string{"hello", string(good)}, "no token that is taken here"},
			{"an empty one", []string{"", string(good)}, "no token that is taken here"},
			{"none", nil, "no token came as the first packet in time"},
		} {
			p, err := crosspeer.Dial(t.Context(), nil, n.Dial())
			if err != nil {
				t.Fatal(tt.name, err)
			}
			for _, data := range tt.send {
				p.Send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: []byte(data)})
			}
			if tt.told != "" {
				var told crosspeer.Reason
				for ev := range p.Events(t.Context()) {
					if gone, ok := ev.(crosspeer.ServerDisconnected); ok {
						told = gone.Reason
					}
				}
				if told.Code != crosspeer.ReasonRefused || !strings.Contains(told.Text, tt.told) {
					t.Errorf("%s: told %+v", tt.name, told)
				}
				continue
			}
			for ev := range srv.Events(t.Context()) {
				if got, ok := ev.(crosspeer.PacketReceived); ok {
					if string(got.Data) != "hello" {
						t.Errorf("%s: the program gets %q", tt.name, got.Data)
					}
					info, err := srv.PeerInfo(got.From)
					if c, ok := info.Metadata.(token.Claims); err != nil || !ok || c.Subject != "ann" {
						t.Errorf("%s: %+v, %v", tt.name, info.Metadata, err)
					}
					break
				}
			}
			p.Close()
		}
	})
}

func TestATokenInAWebSocketsURL(t *testing.T) {
	d := newDesk(t, admit.Options{})
	h := wslink.NewHandler()
	srv, err := crosspeer.Listen(t.Context(), &crosspeer.Config{Admit: d.admit}, h)
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	web := httptest.NewServer(h)
	defer web.Close()
	url := "ws" + strings.TrimPrefix(web.URL, "http")
	text := token.Text(d.token(func(c *token.Claims) {
		c.PeerID = 7
		c.Sources = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}))
	p, err := crosspeer.Dial(t.Context(), nil, wslink.Dial(url+"?token="+text))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if id := p.UniqueID(); id != 7 {
		t.Errorf("the id is %d", id)
	}
	var why *crosspeer.DisconnectError
	if _, err := crosspeer.Dial(t.Context(), nil, wslink.Dial(url)); !errors.As(err, &why) || !strings.Contains(err.Error(), "no token; put it in the URL as ?token=") {
		t.Errorf("without a token: %v", err)
	}
	if _, err := crosspeer.Dial(t.Context(), nil, wslink.Dial(url+"?token="+text[:len(text)-4]+"AAAA")); !errors.As(err, &why) || !strings.Contains(err.Error(), "its signature is wrong") {
		t.Errorf("with a wrong one: %v", err)
	}
}

// TestATokenAmongTheSubprotocols holds that browsers, whose WebSocket sends no
// headers of the page's choice, can keep a token out of the URL.
func TestATokenAmongTheSubprotocols(t *testing.T) {
	d := newDesk(t, admit.Options{})
	h := wslink.NewHandler(wslink.Config{Subprotocols: []string{"game"}})
	srv, err := crosspeer.Listen(t.Context(), &crosspeer.Config{Admit: d.admit}, h)
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	web := httptest.NewServer(h)
	defer web.Close()
	p, err := crosspeer.Dial(t.Context(), nil, wslink.Dial("ws"+strings.TrimPrefix(web.URL, "http"),
		wslink.Config{Subprotocols: []string{"game", admit.SubprotocolPrefix + token.Text(d.token(nil))}}))
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
}
