package enetlink_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

// recording is a session of stock engines; see the head of the file.
type recording struct {
	name  string
	steps []recordedStep
}

type recordedStep struct {
	name string
	rows []row
}

// row is a line of a recording: what from sent to to, or what from was told.
type row struct {
	from, to string
	what     string   // "connects", "got", a kind of packet, or "disconnect"
	args     []string // the words behind that
}

func (r row) number(t *testing.T, i int) int64 {
	t.Helper()
	n, err := strconv.ParseInt(r.args[i], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// packet gives channel and bytes of a row that is a packet.
func (r row) packet(t *testing.T) (uint8, []byte) {
	t.Helper()
	b, err := hex.DecodeString(r.args[1])
	if err != nil {
		t.Fatal(err)
	}
	return uint8(r.number(t, 0)), b
}

func readRecordings(t *testing.T) (all []*recording) {
	t.Helper()
	f, err := os.Open("testdata/godot3-sessions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#" || words[0] == "#\n":
		case words[0] == "session":
			all = append(all, &recording{name: words[1]})
		case words[0] == "step":
			rec := all[len(all)-1]
			rec.steps = append(rec.steps, recordedStep{name: strings.TrimPrefix(line, "step ")})
		default:
			rec := all[len(all)-1]
			step := &rec.steps[len(rec.steps)-1]
			from, to, _ := strings.Cut(words[0], ">")
			step.rows = append(step.rows, row{from, to, words[1], words[2:]})
		}
	}
	if err := lines.Err(); err != nil || len(all) != 4 {
		t.Fatalf("%d recordings, %v", len(all), err)
	}
	return all
}

// programs says whether what programs were told includes packets.
func (r *recording) programs() bool { return !strings.Contains(r.name, "scenetree") }

func (r *recording) compression() *enet.Compression {
	if strings.Contains(r.name, "range") {
		return enet.RangeCoder
	}
	return nil
}

// kinds are the recordings' names for how a packet travelled.
var kinds = map[string]enet.Flags{"reliable": enet.Reliable, "unreliable": 0, "unsequenced": enet.Unsequenced}

// sent makes the packet that a program must have sent. What is reliable on the
// channel of unreliable packets had to be cut into fragments.
func sent(t *testing.T, r row) crosspeer.Packet {
	t.Helper()
	channel, b := r.packet(t)
	p := crosspeer.Packet{To: crosspeer.PeerID(int32(binary.LittleEndian.Uint32(b[4:]))), Data: b[8:]}
	switch {
	case r.what == "reliable" && channel == 1:
		p.Mode = crosspeer.Reliable
	case r.what == "unreliable":
		p.Mode = crosspeer.UnreliableOrdered
	}
	return p
}

// told gives what a program was told since the last call, as in the file.
func (m *member) told(packets bool) (got []string) {
	for ev := range m.Events(done()) {
		p, ok := ev.(crosspeer.PacketReceived)
		switch {
		case !ok:
			got = append(got, describe(ev))
		case packets:
			got = append(got, fmt.Sprintf("packet %d %d %x", p.From, p.Channel, p.Data))
		}
	}
	return got
}

// A Go server among clients that send what the recorded ones sent does to each
// of them what the stock server did.
func TestGoServerActsAsTheRecordedOne(t *testing.T) {
	for _, rec := range readRecordings(t) {
		virtually(t, rec.name, func(t *testing.T, w *world) {
			server := w.serve(crosspeer.Config{}, enetlink.Config{})
			clients := map[string]*rawPeer{}
			for _, step := range rec.steps {
				want := map[string][]string{}
				sends := map[string]int{} // of the server's own packets
				for _, r := range step.rows {
					own := fmt.Sprint(r.what, r.args)
					switch {
					case r.what == "got" && r.from == "S":
						want["S"] = append(want["S"], strings.Join(r.args, " "))
						continue
					case r.what == "got":
						continue
					case r.what == "connects":
						clients[r.from] = w.raw(uint32(r.number(t, 0)), enet.Config{Compression: rec.compression()}, 3)
						want[r.from] = []string{"connect"}
					case r.what == "disconnect" && r.from != "S":
						clients[r.from].DisconnectNow(uint32(r.number(t, 1)))
					case r.what == "disconnect":
						want[r.to] = append(want[r.to], "disconnect, disconnected by the remote, data "+r.args[1])
						if r.args[0] == "acknowledged" {
							server.Disconnect(crosspeer.PeerID(int32(clients[r.to].ConnectData())), "")
						} else {
							server.Close()
						}
					case r.from != "S":
						channel, b := r.packet(t)
						clients[r.from].put(channel, kinds[r.what], b)
					default:
						channel, b := r.packet(t)
						want[r.to] = append(want[r.to], received(channel, kinds[r.what], b))
						if channel != 0 && binary.LittleEndian.Uint32(b) == 1 {
							// A broadcast is there once for each receiver.
							if sends[own+r.to]++; sends[own+r.to] > sends[own] {
								sends[own]++
								if err := server.Send(sent(t, r)); err != nil {
									t.Fatalf("%s: %v", step.name, err)
								}
							}
						}
					}
					w.settle()
				}
				t.Log(step.name)
				expect(t, server.told(rec.programs()), want["S"])
				for name, c := range clients {
					expect(t, c.saw(), want[name])
				}
			}
		})
	}
}

// A Go client in the place of a recorded one sends what that one sent, and
// tells its program what that one was told.
func TestGoClientActsAsTheRecordedOne(t *testing.T) {
	for _, rec := range readRecordings(t) {
		for _, name := range []string{"C1", "C2", "C3"} {
			if !strings.Contains(fmt.Sprint(rec.steps), name) {
				continue
			}
			virtually(t, rec.name+", "+name, func(t *testing.T, w *world) { actAs(t, w, rec, name) })
		}
	}
}

func actAs(t *testing.T, w *world, rec *recording, name string) {
	cfg := enetlink.Config{}
	if rec.compression() != nil {
		cfg.Compression = enetlink.CompressionRangeCoder
	}
	h, err := enet.NewHost(w.socket(true), &enet.Config{MTU: 1400, Recognize: []*enet.Compression{enet.RangeCoder}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	m := w.member(crosspeer.Config{})
	var server *rawPeer
	var recordedID, id int32
	// own puts the client's id where the recorded one is.
	own := func(b []byte) []byte {
		b = bytes.Clone(b)
		for at := 0; at < 8; at += 4 {
			switch v := int32(binary.LittleEndian.Uint32(b[at:])); v {
			case recordedID:
				binary.LittleEndian.PutUint32(b[at:], uint32(id))
			case -recordedID:
				binary.LittleEndian.PutUint32(b[at:], uint32(-id))
			}
		}
		return b
	}
	for _, step := range rec.steps {
		var want, told []string
		for _, r := range step.rows {
			switch {
			case r.from != name && r.to != name:
				continue
			case r.what == "got":
				told = append(told, strings.Join(r.args, " "))
				continue
			case r.what == "connects":
				if err := w.dial(t.Context(), m, cfg); err != nil {
					t.Fatal(err)
				}
				w.settle()
				ev, ok := h.TryNext()
				if !ok || ev.Type != enet.EventConnect {
					t.Fatalf("the server has no client: %+v", ev)
				}
				server = &rawPeer{Peer: ev.Peer, t: t, h: h}
				recordedID, id = int32(r.number(t, 0)), int32(m.UniqueID())
			case r.what == "disconnect" && r.from == name:
				want = append(want, fmt.Sprintf("disconnect, disconnected by the remote, data %d", id))
				m.Close()
			case r.what == "disconnect" && r.args[0] == "acknowledged":
				want = append(want, "disconnect, disconnected by this side, data 0")
				server.DisconnectLater(uint32(r.number(t, 1)))
			case r.what == "disconnect":
				server.DisconnectNow(uint32(r.number(t, 1)))
			case r.from == name:
				channel, b := r.packet(t)
				want = append(want, received(channel, kinds[r.what], own(b)))
				p := sent(t, r)
				p.To = crosspeer.PeerID(int32(binary.LittleEndian.Uint32(own(b)[4:])))
				if err := m.Send(p); err != nil {
					t.Fatalf("%s: %v", step.name, err)
				}
			default:
				channel, b := r.packet(t)
				server.put(channel, kinds[r.what], own(b))
			}
			w.settle()
		}
		t.Log(step.name)
		expect(t, m.told(rec.programs()), told)
		if server != nil {
			expect(t, server.saw(), want)
		}
	}
}
