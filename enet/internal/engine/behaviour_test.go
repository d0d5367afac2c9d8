package engine

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"crosspeer/enet/internal/rangecoder"
)

// The scenarios in testdata/enet-behaviour.json were recorded from a libenet
// 1.3.17 host with a virtual clock: datagrams in, events and datagrams out.

type behaviourFile struct{ Scenarios []scenario }

type scenario struct {
	Name      string
	Quirk     string
	ClockBase int64 `json:"clock_base"`
	Host      struct {
		PeerCount, ChannelLimit              int
		IncomingBandwidth, OutgoingBandwidth uint32
		Checksum, Compressor                 string
		Settings                             struct {
			DuplicatePeers, MaximumPacketSize, MaximumWaitingData int
		}
	}
	Steps []step
}

type step struct {
	T          int64
	ReceiveHex *string `json:"receive_hex"`
	Source     int
	API        string
	Set        string
	Peer       uint16
	Channel    uint8
	Flags      Flags
	DataHex    string `json:"data_hex"`
	Fill       byte
	Length     int
	Data       uint32
	Result     int
	Service    *struct {
		Events    []recordedEvent
		Datagrams []struct {
			Hex         string
			Destination int
		}
	}
}

type recordedEvent struct {
	Event       string
	Peer        uint16
	Channel     uint8
	PacketFlags Flags
	DataHex     *string `json:"data_hex"`
	Length      int
	Data        uint32
}

// deviations are the scenarios in which this package does something else on
// purpose, with the whole of what it does instead: one line per service step
// that differs, keyed by the step's index.
var deviations = map[string]struct {
	reason string
	steps  map[int]string // "" for nothing
}{
	"connect: duplicate CONNECT (same address, same connectID) is ignored": {
		"each CONNECT is answered once, since nothing is answered by a timer (37)", map[int]string{
			3: "datagram 0 800055f083ff000100000000000005780001000000000001000000000000000000001388000000020000000201020304"}},
	"connect: half-open retransmissions and silent expiry": {
		"VERIFY_CONNECT is not retransmitted by a timer (37)", map[int]string{3: "", 5: "", 7: "", 9: "", 11: ""}},
	"connect: DISCONNECT while half-open resets the slot silently": {
		"the remote thinks itself connected, so its DISCONNECT is acknowledged (97)", map[int]string{
			3: "datagram 0 000001ff00020002f618"}},
	"connect: local disconnect while half-open": {
		"an application never sees a half-open peer (38)", map[int]string{3: ""}},
	"fragments: zero-length fragment / fewer bytes than fragments": {
		"both are errors, as in libenet 1.3.18 (75)", map[int]string{5: "", 7: ""}},
	"fragments: wait-data limit 100": {
		"a packet with a hole is acknowledged and never delivered (77)", map[int]string{
			9: "datagram 0 00000100000200027ae8"}},
	"unreliable fragments: a third incomplete packet evicts the oldest": {
		"sixteen incomplete packets are kept, so the first completes too", map[int]string{
			11: "receive 0 0 8 41314231"}},
	"disconnect by the remote, acknowledged": {
		"a repeated DISCONNECT is acknowledged after the peer is gone (97)", map[int]string{
			7: "datagram 0 000001ff00020002c520"}},
	"disconnect: data in the same pass is lost": {
		"what was received before DISCONNECT is delivered first (98)", map[int]string{
			5: "receive 0 0 1 6c61737420776f726473\ndisconnect 0 5\ndatagram 0 000001ff00020002ccf0"}},
}

func TestBehaviourOfLibenet(t *testing.T) {
	file := recordings.behaviour()
	if len(file.Scenarios) != 91 {
		t.Fatalf("%d scenarios, want 91", len(file.Scenarios))
	}
	used := map[string]bool{}
	for _, sc := range file.Scenarios {
		used[sc.Name] = true
		t.Run(sc.Name, sc.replay)
	}
	for name := range deviations {
		if !used[name] {
			t.Errorf("deviation %q names no scenario", name)
		}
	}
}

func (sc scenario) replay(t *testing.T) {
	b := newBehaviour(t, sc)
	for i, st := range sc.Steps {
		b.step(i, st, deviations[sc.Name].steps)
	}
}

type behaviour struct {
	t     *testing.T
	h     *Host
	base  int64
	peers map[uint16]*Peer
	out   *Outbox
}

func newBehaviour(t *testing.T, sc scenario) *behaviour {
	cfg := Config{
		MaxPeers:          sc.Host.PeerCount,
		ChannelLimit:      sc.Host.ChannelLimit,
		IncomingBandwidth: sc.Host.IncomingBandwidth,
		OutgoingBandwidth: sc.Host.OutgoingBandwidth,
		MTU:               1400,
		DuplicatePeers:    sc.Host.Settings.DuplicatePeers,
		MaxPacketBytes:    sc.Host.Settings.MaximumPacketSize,
		MaxWaitingBytes:   sc.Host.Settings.MaximumWaitingData,
		Rand:              rand.NewPCG(1, 2),
		Libenet:           true,
	}
	if sc.Host.Checksum == "crc32" {
		cfg.Checksum = crc32.ChecksumIEEE
	}
	if sc.Host.Compressor == "range-coder" {
		cfg.Codec = new(rangecoder.Coder)
	}
	b := &behaviour{t: t, h: New(cfg), base: sc.ClockBase, peers: map[uint16]*Peer{}, out: NewOutbox()}
	b.service(b.now(0)) // libenet's first service call is a bandwidth pass
	return b
}

func (b *behaviour) now(t int64) time.Duration {
	return time.Duration(b.base+t) * time.Millisecond
}

func source(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(40000+n))
}

func (b *behaviour) step(i int, st step, deviation map[int]string) {
	b.t.Helper()
	now := b.now(st.T)
	switch {
	case st.ReceiveHex != nil:
		b.h.Receive(now, source(st.Source), unhex(b.t, *st.ReceiveHex))
	case st.Set != "":
		var ch uint8
		var seq uint16
		if _, err := fmt.Sscanf(st.Set, "channel %d last delivered reliable sequence number = %d", &ch, &seq); err != nil {
			b.t.Fatalf("step %d: %v", i, err)
		}
		b.peers[0].channel(ch).inReliable = seq
	case st.API != "":
		b.call(i, st)
	case st.Service != nil:
		got := b.service(now)
		want := b.recorded(st)
		if d, ok := deviation[i]; ok {
			b.compareDeviation(i, got, want, d)
		} else if got != want {
			b.t.Fatalf("step %d at %d ms:\n got %s\nwant %s", i, st.T, got, want)
		}
	}
}

// compareDeviation wants what the deviation says, and that it is one.
func (b *behaviour) compareDeviation(i int, got, recorded, want string) {
	b.t.Helper()
	if got == recorded {
		b.t.Fatalf("step %d does what libenet does; the deviation is stale: %s", i, got)
	}
	if got != want {
		b.t.Fatalf("step %d:\n got %s\nwant %s", i, got, want)
	}
}

func (b *behaviour) call(i int, st step) {
	p := b.peers[st.Peer]
	if p == nil {
		return // half-open at libenet, unknown here
	}
	switch st.API {
	case "send":
		data := unhex(b.t, st.DataHex)
		if st.Length > 0 {
			data = []byte(strings.Repeat(string(rune(st.Fill)), st.Length))
		}
		err := p.Send(st.Channel, wrapPacket(data), st.Flags)
		if (err == nil) != (st.Result == 0) {
			b.t.Fatalf("step %d: Send gives %v, libenet %d", i, err, st.Result)
		}
	case "disconnect":
		p.Disconnect(st.Data)
	case "disconnect_now":
		p.DisconnectNow(st.Data)
	case "disconnect_later":
		p.DisconnectLater(st.Data)
	default:
		b.t.Fatalf("step %d: unknown call %q", i, st.API)
	}
}

// service runs the host until it has nothing more to do and tells what came
// out, a line each.
func (b *behaviour) service(now time.Duration) string {
	var lines, datagrams []string
	for again := true; again; {
		again = false
		b.h.Tick(now)
		for more := true; more; {
			b.out.Reset()
			more = b.h.Flush(now, b.out)
			for _, d := range b.out.Datagrams {
				again = true
				datagrams = append(datagrams, fmt.Sprintf("datagram %d %x", d.To.Port()-40000, d.Data))
			}
		}
		for {
			ev, ok := b.h.Event()
			if !ok {
				break
			}
			again = true
			lines = append(lines, b.line(ev))
		}
	}
	return strings.Join(append(lines, datagrams...), "\n")
}

func (b *behaviour) line(ev Event) string {
	id := ev.Peer.ID()
	switch ev.Kind {
	case EventConnect:
		b.peers[id] = ev.Peer
		return fmt.Sprintf("connect %d %d", id, ev.Data)
	case EventReceive:
		return fmt.Sprintf("receive %d %d %d %x", id, ev.Channel, ev.Flags, ev.Packet.Bytes())
	default:
		return fmt.Sprintf("disconnect %d %d", id, ev.Data)
	}
}

func (b *behaviour) recorded(st step) string {
	var lines []string
	for _, ev := range st.Service.Events {
		switch {
		case ev.Event == "receive" && ev.DataHex != nil:
			lines = append(lines, fmt.Sprintf("receive %d %d %d %s", ev.Peer, ev.Channel, ev.PacketFlags, *ev.DataHex))
		case ev.Event == "receive":
			lines = append(lines, fmt.Sprintf("receive %d %d %d length=%d", ev.Peer, ev.Channel, ev.PacketFlags, ev.Length))
		default:
			lines = append(lines, fmt.Sprintf("%s %d %d", ev.Event, ev.Peer, ev.Data))
		}
	}
	for _, d := range st.Service.Datagrams {
		lines = append(lines, fmt.Sprintf("datagram %d %s", d.Destination, d.Hex))
	}
	return strings.Join(lines, "\n")
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	if err := loadJSON(name, v); err != nil {
		t.Fatal(err)
	}
}

func mustReadJSON(name string, v any) {
	if err := loadJSON(name, v); err != nil {
		panic(err)
	}
}

func loadJSON(name string, v any) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
