package main

import (
	"fmt"
	"io"

	"crosspeer"
	"crosspeer/rpc"
)

// table is where the players sit: the node /root/Pong of their games. It
// belongs to the goroutine that polls.
type table struct {
	*game
	node   *rpc.Node
	speed  float64
	seats  [2]crosspeer.PeerID // 0 is empty
	guests []crosspeer.PeerID  // who watches, in the order in which they came
	log    io.Writer
}

func newTable(api *rpc.API, points int, speed float64, log io.Writer) (*table, error) {
	t := &table{game: newGame(points), speed: speed, log: log}
	var err error
	if t.node, err = api.Register("/root/Pong", remote{t}); err != nil {
		return nil, err
	}
	api.Peer().OnPeerConnected(t.enter)
	api.Peer().OnPeerDisconnected(t.leave)
	return t, nil
}

// remote is what players can call: its exported methods, and nothing else of
// the table.
type remote struct{ t *table }

// Move puts the caller's paddle somewhere: rpc_unreliable_id(1, "move", y).
func (r remote) Move(c rpc.Caller, y float64) {
	for side, id := range r.t.seats {
		if id == c.ID {
			r.t.move(side, y)
		}
	}
}

// enter gives a newcomer a seat, or lets it watch.
func (t *table) enter(id crosspeer.PeerID) {
	t.guests = append(t.guests, id)
	t.node.Call(id, "score", t.score[left], t.score[right])
	t.sit()
}

// sit gives free seats to those who have watched longest, and says to everybody
// where they are.
func (t *table) sit() {
	for side, id := range t.seats {
		if id == 0 && len(t.guests) > 0 {
			t.seats[side], t.guests = t.guests[0], t.guests[1:]
			t.node.Call(t.seats[side], "seat", side)
			fmt.Fprintf(t.log, "%s is player %d\n", sideNames[side], t.seats[side])
			if t.full() {
				t.begin()
			}
		}
	}
	if !t.full() {
		t.node.Call(crosspeer.TargetBroadcast, "message", "waiting for a second player")
	}
	for _, id := range t.guests {
		t.node.Call(id, "seat", -1)
	}
}

func (t *table) full() bool { return t.seats[left] != 0 && t.seats[right] != 0 }

func (t *table) leave(id crosspeer.PeerID) {
	for side, who := range t.seats {
		if who == id {
			t.seats[side] = 0
			t.sit()
			return
		}
	}
	for i, who := range t.guests {
		if who == id {
			t.guests = append(t.guests[:i], t.guests[i+1:]...)
			return
		}
	}
}

// begin begins a round.
func (t *table) begin() {
	t.score = [2]int{}
	t.serve(left)
	t.node.Call(crosspeer.TargetBroadcast, "message", "")
	t.node.Call(crosspeer.TargetBroadcast, "score", 0, 0)
}

// tick plays for some seconds and tells everybody.
func (t *table) tick(seconds float64) {
	if !t.full() {
		return
	}
	if t.step(seconds * t.speed) {
		t.node.Call(crosspeer.TargetBroadcast, "score", t.score[left], t.score[right])
		fmt.Fprintf(t.log, "score %d:%d\n", t.score[left], t.score[right])
		if side, won := t.winner(); won {
			text := fmt.Sprintf("%s wins %d:%d", sideNames[side], t.score[left], t.score[right])
			fmt.Fprintln(t.log, text)
			t.begin()
			t.node.Call(crosspeer.TargetBroadcast, "message", text)
		}
	}
	t.node.CallUnreliable(crosspeer.TargetBroadcast, "state", t.ball, t.paddles[left], t.paddles[right])
}
