package godot3

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
	"crosspeer/variant"
)

// recording is a session of stock Godot 3.2.3 engines whose nodes call each
// other. Packets are those that a peer sent, in its order; the server's have a
// row for each client that was sent one.
type recording struct {
	IDs   map[string]crosspeer.PeerID
	Steps []struct {
		Do      string
		Actor   string
		Script  string
		Events  map[string][][2]json.RawMessage
		Packets []recorded
	}
}

type recorded struct {
	Link, From string
	To         crosspeer.PeerID
	Hex        string
}

func record(t testing.TB) (r recording) {
	t.Helper()
	b, err := os.ReadFile("testdata/session.json")
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil || len(r.Steps) != 22 {
		t.Fatalf("%d steps, %v", len(r.Steps), err)
	}
	return r
}

// engine is a peer of the replayed session.
type engine struct {
	name string
	id   crosspeer.PeerID
	*Session
	peers []crosspeer.PeerID // that are there, in ascending order
	sent  []crosspeer.Packet
}

func (e *engine) put(p crosspeer.Packet) error {
	p.From, p.Data = e.id, slices.Clone(p.Data)
	e.sent = append(e.sent, p)
	return nil
}

func (e *engine) targets(to crosspeer.PeerID) (list []crosspeer.PeerID) {
	for _, id := range e.peers {
		if to == id || to <= 0 && id != -to {
			list = append(list, id)
		}
	}
	return list
}

// script does what the engine's script of a step did.
func (e *engine) script(t *testing.T, script string) {
	const player = "Main/Player"
	c2 := crosspeer.PeerID(1127747694)
	call := func(to crosspeer.PeerID, mode crosspeer.TransferMode, name string, args ...any) {
		t.Helper()
		if err := e.Send(&dialect.Outgoing{Path: player, Name: name, Argc: len(args), Args: encode(t, args), To: to, Targets: e.targets(to), Mode: mode}, e.put); err != nil {
			t.Fatal(err)
		}
	}
	set := func(to crosspeer.PeerID, mode crosspeer.TransferMode, name string, value any) {
		t.Helper()
		if err := e.Send(&dialect.Outgoing{Set: true, Path: player, Name: name, Argc: 1, Args: encode(t, []any{value}), To: to, Targets: e.targets(to), Mode: mode}, e.put); err != nil {
			t.Fatal(err)
		}
	}
	bytes := func(to crosspeer.PeerID, mode crosspeer.TransferMode, data ...byte) {
		e.put(crosspeer.Packet{To: to, Mode: mode, Data: e.AppendRaw(nil, data)})
	}
	switch script {
	case "node.rpc(\"f_remote\",1,\"two\",[3])\nreturn 0":
		call(0, crosspeer.Reliable, "f_remote", 1, "two", variant.Array{3})
	case "node.rpc_id(1,\"noargs\")\nreturn 0":
		call(1, crosspeer.Reliable, "noargs")
	case "node.rpc(\"noargs\")\nreturn 0":
		call(0, crosspeer.Reliable, "noargs")
	case "node.rpc_id(1127747694,\"f_remote\",true)\nreturn 0":
		call(c2, crosspeer.Reliable, "f_remote", true)
	case "node.rpc_id(-1127747694,\"f_remote\",false)\nreturn 0":
		call(-c2, crosspeer.Reliable, "f_remote", false)
	case "node.rpc_unreliable(\"f_remote\",PoolByteArray([1,2,3]))\nreturn 0":
		call(0, crosspeer.Unreliable, "f_remote", []byte{1, 2, 3})
	case "node.rpc(\"f_puppet\",Vector3(1,2,3))\nreturn 0":
		call(0, crosspeer.Reliable, "f_puppet", variant.Vector3{X: 1, Y: 2, Z: 3})
	case "node.rset(\"r_var\",123456789012)\nreturn 0":
		set(0, crosspeer.Reliable, "r_var", 123456789012)
	case "node.rset_unreliable(\"p_var\",\"text\")\nreturn 0":
		set(0, crosspeer.Unreliable, "p_var", "text")
	case "node.rset_id(1,\"r_var\",null)\nreturn 0":
		set(1, crosspeer.Reliable, "r_var", nil)
	case "return multiplayer.send_bytes(PoolByteArray([1,2,3,4]))":
		bytes(0, crosspeer.Reliable, 1, 2, 3, 4)
	case "return multiplayer.send_bytes(PoolByteArray([5]),1127747694,0)":
		bytes(c2, crosspeer.Unreliable, 5)
	case "return multiplayer.send_bytes(PoolByteArray([6,7]),-1127747694,1)":
		bytes(-c2, crosspeer.UnreliableOrdered, 6, 7)
	case "peer.disconnect_from_host()\nreturn 0", "peer.stop()\nreturn 0", "":
	default:
		t.Fatalf("unknown script %q", script)
	}
}

// events are what a packet means to the script of the one that gets it, as the
// recording has them.
func events(t *testing.T, in dialect.Incoming, from crosspeer.PeerID) (list [][2]string) {
	switch in.Kind {
	case dialect.Call:
		args := variant.Array{}
		for range in.Argc {
			v, err := in.Args.ReadValue()
			if err != nil {
				t.Fatal(err)
			}
			args = append(args, v)
		}
		return [][2]string{{"call", fmt.Sprintf("%s %s by %d with %d", in.Path, in.Name, from, len(args))}}
	case dialect.Raw:
		return [][2]string{{"raw", fmt.Sprintf("%x by %d", in.Data, from)}}
	}
	return nil
}

// recordedEvents brings the recording's events into the form of events.
func recordedEvents(t *testing.T, rows [][2]json.RawMessage, argc int) (list [][2]string) {
	for _, row := range rows {
		var kind string
		var fields []any
		if json.Unmarshal(row[0], &kind) != nil || json.Unmarshal(row[1], &fields) != nil {
			t.Fatalf("%s", row)
		}
		switch kind {
		case "call":
			list = append(list, [2]string{"call", fmt.Sprintf("Main/%s %s by %.0f with %d", fields[0], fields[1], fields[2], argc)})
		case "api.network_peer_packet":
			list = append(list, [2]string{"raw", fmt.Sprintf("%s by %.0f", fields[1], fields[0])})
		}
	}
	return list
}

// TestRecordedSession does what the engines did, and each peer's packets are
// theirs, byte for byte and in order. Packets of the server to all are in the
// recording once for each client.
func TestRecordedSession(t *testing.T) {
	rec := record(t)
	peers := map[string]*engine{}
	by := map[crosspeer.PeerID]*engine{}
	for name, id := range rec.IDs {
		e := &engine{name: name, id: id, Session: New(100)}
		peers[name], by[id] = e, e
	}
	for i, step := range rec.Steps {
		for name, rows := range step.Events {
			for _, row := range rows {
				var id []crosspeer.PeerID
				switch string(row[0]) {
				case `"api.network_peer_connected"`:
					json.Unmarshal(row[1], &id)
					peers[name].peers = append(peers[name].peers, id[0])
					slices.Sort(peers[name].peers)
				case `"api.network_peer_disconnected"`:
					json.Unmarshal(row[1], &id)
					peers[name].peers = slices.DeleteFunc(peers[name].peers, func(p crosspeer.PeerID) bool { return p == id[0] })
					peers[name].Forget(id[0])
				}
			}
		}
		if step.Actor != "" {
			peers[step.Actor].script(t, step.Script)
		}
		got, argc := map[string][][2]string{}, 0
		var all []crosspeer.Packet
		for again := true; again; {
			again = false
			for _, e := range peers {
				for len(e.sent) > 0 {
					pkt := e.sent[0]
					e.sent, again = e.sent[1:], true
					all = append(all, pkt)
					for _, id := range e.targets(pkt.To) {
						in, err := by[id].Receive(pkt.From, pkt.Data, variant.Config{}, by[id].put)
						if err != nil {
							t.Fatalf("step %d, %s: %x: %v", i+1, step.Do, pkt.Data, err)
						}
						argc = max(argc, in.Argc)
						got[by[id].name] = append(got[by[id].name], events(t, in, pkt.From)...)
					}
				}
			}
		}
		for name, e := range peers {
			var want, have []string
			for _, p := range step.Packets {
				// Confirmations of several clients have no order among each other,
				// nor has what the server sends to several.
				if p.From == name && (p.To != 0 && name == "S" || name != "S" || p.Link == "C1") {
					want = append(want, fmt.Sprintf("to %d: %s", p.To, p.Hex))
				}
			}
			for _, p := range all {
				if p.From == e.id {
					have = append(have, fmt.Sprintf("to %d: %s", p.To, hex.EncodeToString(p.Data)))
				}
			}
			if name == "S" {
				slices.Sort(want)
				slices.Sort(have)
			}
			if !slices.Equal(have, want) {
				t.Errorf("step %d, %s: %s sent\n%q, want\n%q", i+1, step.Do, name, have, want)
			}
			// The engine fills in the defaults of parameters that were not sent, so
			// that the number is compared among ours only.
			if want := recordedEvents(t, step.Events[name], argc); !slices.Equal(got[name], want) {
				t.Errorf("step %d, %s: at %s\n%q, want\n%q", i+1, step.Do, name, got[name], want)
			}
		}
	}
}
