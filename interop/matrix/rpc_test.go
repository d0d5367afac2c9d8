package matrix

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"crosspeer"
	"crosspeer/rpc"
)

// call is one that a member's node has noted.
type call struct {
	at, by crosspeer.PeerID
	text   string
}

// TestRemoteCallsOverEveryTransport: each member calls all, with the path and
// then with its number, and each of the others runs it once and knows whose call
// it was, whatever both are connected by.
func TestRemoteCallsOverEveryTransport(t *testing.T) {
	srv, clients := house(t)
	all := append([]*member{srv}, clients...)
	calls := make(chan call, 1000)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var nodes []*rpc.Node
	for _, m := range all {
		api, err := rpc.New(m.Peer, &rpc.Config{OnError: func(err *rpc.Error) { t.Errorf("at %s %d: %v", m.transport, m.id, err) }})
		if err != nil {
			t.Fatal(err)
		}
		n, err := api.Node("Main/Player")
		if err == nil {
			err = n.Func("say", func(c rpc.Caller, text string) { calls <- call{m.id, c.ID, text} }, rpc.Remote)
		}
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, n)
		for len(m.Peers()) < len(all)-1 {
			if _, err := m.Next(ctx); err != nil {
				t.Fatalf("%s %d knows %v: %v", m.transport, m.id, m.Peers(), err)
			}
		}
		ended := make(chan struct{})
		go func() { defer close(ended); api.Run(ctx) }()
		defer func() { cancel(); <-ended }()
	}
	for round := range 2 {
		for i, from := range all {
			text := fmt.Sprintf("round %d, by %s", round, from.transport)
			if err := nodes[i].Call(crosspeer.TargetBroadcast, "say", text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			var want, got []crosspeer.PeerID
			for _, m := range all {
				if m != from {
					want = append(want, m.id)
				}
			}
			for range want {
				select {
				case c := <-calls:
					if c.by != from.id || c.text != text {
						t.Fatalf("%s: %+v", text, c)
					}
					got = append(got, c.at)
				case <-ctx.Done():
					t.Fatalf("%s: only at %v of %v", text, got, want)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: at %v, want %v", text, got, want)
			}
		}
	}
}
