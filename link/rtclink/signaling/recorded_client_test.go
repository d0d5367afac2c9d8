package signaling_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"crosspeer/link/rtclink/signaling"

	"github.com/coder/websocket"
)

// What each of the demo's servers said to member b, up to its end, is heard by
// a Client.
func TestClientsUnderstandTheDemosServers(t *testing.T) {
	for _, r := range recordings(t) {
		t.Run(r.Server, func(t *testing.T) {
			d, err := signaling.ParseDialect(r.Dialect)
			if err != nil {
				t.Fatal(err)
			}
			url := serve(t, func(ws *websocket.Conn, _ *http.Request) { r.play(t, ws, "b") })
			c := dial(t, url, signaling.Options{Dialect: d, Lobby: "x"})
			events := slices.Collect(c.Events(t.Context()))

			kinds := map[string]int{}
			for _, ev := range events {
				kinds[fmt.Sprintf("%T", ev)]++
			}
			welcome, ok := events[0].(signaling.Welcome)
			if !ok || welcome.ID < 2 || !welcome.Mesh {
				t.Errorf("the first event is %#v", events[0])
			}
			same(t, events[1:2], []signaling.Event{signaling.PeerConnect{ID: 1}})
			for _, ev := range []signaling.Event{signaling.Candidate{From: 1, Data: "\nmid\n0\ncand"}, signaling.Sealed{}} {
				if !slices.Contains(events[2:], ev) {
					t.Errorf("%#v is not among %#v", ev, events)
				}
			}
			if kinds["signaling.PeerConnect"] < 5 || kinds["signaling.PeerDisconnect"] < 1 || kinds["signaling.Joined"] != 1 {
				t.Errorf("%v", kinds)
			}
			closed, ok := events[len(events)-1].(signaling.Closed)
			wantReason := map[string]string{node4: "Seal complete", node3: "Seal complete"}[r.Server]
			if !ok || closed.Code != 1000 || closed.Reason != wantReason || closed.Err != nil {
				t.Errorf("the last event is %#v", events[len(events)-1])
			}
		})
	}
}

// play says to a WebSocket client what the recorded server said to one of its
// own.
func (r *recording) play(t *testing.T, ws *websocket.Conn, client string) {
	ctx := context.Background()
	if _, _, err := ws.Read(ctx); err != nil {
		t.Error(err)
	}
	for _, s := range r.Steps {
		for _, m := range s.Messages {
			switch {
			case m.Client != client || m.toServer():
			case m.Close != 0:
				ws.Close(websocket.StatusCode(m.Close), m.Reason)
				return
			case m.Text != nil:
				if err := ws.Write(ctx, websocket.MessageType(m.Opcode), []byte(*m.Text)); err != nil {
					t.Error(err)
				}
			}
		}
	}
	ws.Close(websocket.StatusNormalClosure, "") // the Godot 4 GDScript server never did
}
