package enetlink

import (
	"context"
	"errors"
	"testing"

	"crosspeer"
	"crosspeer/enet"
)

// attempt is a Dialer that lets the test make the attempt itself.
type attempt func(*crosspeer.Hub)

var errTried = errors.New("the attempt was made")

func (f attempt) Dial(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	f(hub)
	return nil, errTried
}

// The context ends while the connection is being made; the test decides which
// of the two is noticed first.
func TestAttemptIsDecidedOnce(t *testing.T) {
	for _, tt := range []struct {
		name         string
		connectFirst bool
	}{
		{"the connection comes before the end of the context is seen", true},
		{"the connection comes after it", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server, err := enet.Listen("127.0.0.1:0", nil)
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			err = new(crosspeer.Peer).Dial(t.Context(), attempt(func(hub *crosspeer.Hub) {
				h, err := newHost(nil, hub)
				if err != nil {
					t.Fatal(err)
				}
				arrived, decided, handled := make(chan bool), make(chan bool), make(chan bool)
				ec := h.client()
				ec.Handler = func(ev enet.Event) {
					if ev.Type == enet.EventConnect {
						close(arrived)
						<-decided
						h.handleClient(ev)
						close(handled)
					}
				}
				eh, err := enet.Listen("127.0.0.1:0", ec)
				if err != nil {
					t.Fatal(err)
				}
				defer eh.Close()
				peer, err := eh.Connect(server.LocalAddr(), 3, 5)
				if err != nil {
					t.Fatal(err)
				}
				<-arrived
				ended, end := context.WithCancel(t.Context())
				end()
				if tt.connectFirst {
					close(decided)
					<-handled
					<-h.dial.told // the end of the context is all that is left to see
				}
				err = h.connected(ended, eh, peer)
				if !tt.connectFirst {
					close(decided)
					<-handled
				}
				if in := h.dial.link != nil; in != tt.connectFirst || in != (err == nil) {
					t.Errorf("the attempt ends with %v, and a link is there: %v", err, in)
				}
			}))
			if !errors.Is(err, errTried) {
				t.Error(err)
			}
		})
	}
}
