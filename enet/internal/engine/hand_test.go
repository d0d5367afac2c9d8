package engine

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
)

// hand is a remote that a test plays by hand: it sends a host datagrams that
// the test has put together and reads what comes back, command by command.
type hand struct {
	t    testing.TB
	h    *Host
	now  time.Duration
	addr netip.AddrPort
	out  *Outbox
	peer *Peer // of the last Connect event

	id        [4]byte // connection identifier
	slot      uint16  // that the host gave us
	session   uint8   // that the host expects of us
	remote    uint16  // slot that we gave the host
	stamp     uint16  // sent time of the next datagram
	datagrams [][]byte
}

// handSlot is the slot that a hand gives the host, handStamp the sent time of
// its datagrams.
const (
	handSlot  = 0x123
	handStamp = 0x1234
)

// newHand makes a host with the configuration and a remote for it.
func newHand(t testing.TB, cfg Config) *hand {
	if cfg.Rand == nil {
		cfg.Rand = rand.NewPCG(7, 11)
	}
	return &hand{t: t, h: New(cfg), now: 10 * time.Second, addr: source(1), out: NewOutbox(),
		id: [4]byte{1, 2, 3, 4}, slot: protocol.NoPeer, remote: handSlot, stamp: handStamp}
}

// other is a second remote of the same host.
func (d *hand) other(n int) *hand {
	o := *d
	o.addr, o.slot, o.session, o.peer, o.datagrams = source(n), protocol.NoPeer, 0, nil, nil
	return &o
}

// wrap makes a datagram of commands, with a checksum if the host has one.
func (d *hand) wrap(hdr protocol.Header, commands ...[]byte) []byte {
	b := make([]byte, hdr.Size())
	hdr.Put(b)
	area := slices.Concat(commands...)
	if d.h.cfg.Checksum == nil {
		return append(b, area...)
	}
	seed := d.id
	if hdr.PeerID == protocol.NoPeer {
		seed = [4]byte{}
	}
	n := len(b)
	b = append(append(b, seed[:]...), area...)
	putChecksum(b[n:], d.h.cfg.Checksum(b))
	return b
}

// timed and plain make a datagram with and without a sent time.
func (d *hand) timed(commands ...[]byte) []byte {
	return d.wrap(protocol.Header{PeerID: d.slot, Session: d.session, HasTime: true, SentTime: d.stamp}, commands...)
}

func (d *hand) plain(commands ...[]byte) []byte {
	return d.wrap(protocol.Header{PeerID: d.slot, Session: d.session}, commands...)
}

// raw sends a datagram.
func (d *hand) raw(b []byte) { d.h.Receive(d.now, d.addr, b) }

// say sends commands in one datagram with a sent time and gives the host's
// reaction: its events, then its datagrams, a line each.
func (d *hand) say(commands ...[]byte) []string {
	d.raw(d.timed(commands...))
	return d.service()
}

// wait lets time pass in steps of a millisecond and gives all reactions with
// their times, in milliseconds from now on.
func (d *hand) wait(for_ time.Duration) (lines []string) {
	begin := d.now
	for d.now < begin+for_ {
		d.now += time.Millisecond
		for _, l := range d.service() {
			lines = append(lines, fmt.Sprintf("%d %s", (d.now-begin).Milliseconds(), l))
		}
	}
	return lines
}

// service runs the host until it has nothing more to do.
func (d *hand) service() (lines []string) {
	d.t.Helper()
	d.datagrams = nil
	var sent []string
	for again := true; again; {
		again = false
		d.h.Tick(d.now)
		for more := true; more; {
			d.out.Reset()
			more = d.h.Flush(d.now, d.out)
			for _, g := range d.out.Datagrams {
				if g.To != d.addr {
					continue
				}
				d.datagrams = append(d.datagrams, slices.Clone(g.Data))
				sent = append(sent, d.read(g.Data))
			}
		}
		for {
			ev, ok := d.h.Event()
			if !ok {
				break
			}
			again = true
			lines = append(lines, d.event(ev))
		}
	}
	return append(lines, sent...)
}

func (d *hand) event(ev Event) string {
	switch ev.Kind {
	case EventConnect:
		d.peer = ev.Peer
		return fmt.Sprintf("connect %d", ev.Data)
	case EventReceive:
		s := fmt.Sprintf("receive %d %s %s", ev.Channel, kind(ev.Flags), brief(ev.Packet.Bytes()))
		ev.Packet.Release()
		return s
	default:
		reasons := [...]string{"", "remote", "local", "timeout", "no reply", "refused", "handshake"}
		return fmt.Sprintf("disconnect %s %d", reasons[ev.Reason], ev.Data)
	}
}

func kind(f Flags) string {
	return map[Flags]string{0: "unreliable", Reliable: "reliable", Unsequenced: "unsequenced",
		UnreliableFragment: "unreliable-fragments"}[f]
}

// brief shows short payloads in full and others by their length.
func brief(b []byte) string {
	if len(b) > 16 {
		return fmt.Sprintf("%d bytes", len(b))
	}
	return fmt.Sprintf("%q", b)
}

// codec is that of a datagram from the host: the only one, or what the peer
// was found to use.
func (d *hand) codec(hdr protocol.Header) Codec {
	if len(d.h.cfg.Accept) > 0 {
		for _, p := range d.h.peers {
			if p.codec != nil && p.remoteID == hdr.PeerID {
				return p.codec
			}
		}
	}
	return d.h.cfg.Codec
}

// area gives the commands of a datagram that came from the host.
func (d *hand) area(b []byte) (protocol.Header, []byte) {
	d.t.Helper()
	hdr, n, ok := protocol.ParseHeader(b)
	if !ok {
		d.t.Fatalf("the host sent %x, which is no datagram", b)
	}
	head := n + d.h.checksumSize()
	area := b[head:]
	if hdr.Compressed {
		plain := make([]byte, protocol.MaxDatagram)
		area = plain[:d.codec(hdr).Decompress(plain, area)]
	}
	if d.h.cfg.Checksum != nil {
		got := binary.BigEndian.Uint32(b[n:])
		seed := d.id
		if hdr.PeerID == protocol.NoPeer {
			seed = [4]byte{}
		}
		if want := d.h.cfg.Checksum(slices.Concat(b[:n], seed[:], area)); got != want {
			d.t.Fatalf("checksum %08x, want %08x", got, want)
		}
	}
	return hdr, area
}

// read shows the commands of a datagram that came from the host.
func (d *hand) read(b []byte) string {
	d.t.Helper()
	_, area := d.area(b)
	var commands []string
	for len(area) > 0 {
		c, rest, ok := protocol.Next(area)
		if !ok {
			d.t.Fatalf("the host sent %x, which ends in a command that is none", b)
		}
		commands = append(commands, show(&c))
		area = rest
	}
	return strings.Join(commands, ", ")
}

func show(c *protocol.Command) string {
	at := fmt.Sprintf("%s %d:%d", c.Op, c.Channel, c.Seq)
	switch c.Op {
	case protocol.OpAcknowledge:
		a := c.AcknowledgeFields()
		return fmt.Sprintf("ACK %d:%d@%04x", a.Channel, a.Seq, a.SentTime)
	case protocol.OpDisconnect:
		return fmt.Sprintf("%s data=%d ack=%v", at, c.DisconnectData(), c.Acknowledge)
	case protocol.OpSendReliable:
		return fmt.Sprintf("%s %s", at, brief(c.Payload))
	case protocol.OpSendUnreliable, protocol.OpSendUnsequenced:
		return fmt.Sprintf("%s.%d %s", at, c.Number(), brief(c.Payload))
	case protocol.OpSendFragment, protocol.OpSendUnreliableFragment:
		f := c.FragmentFields()
		return fmt.Sprintf("%s start=%d %d/%d at %d of %d: %d bytes", at, f.Start, f.Number, f.Count, f.Offset, f.Total, len(c.Payload))
	case protocol.OpBandwidthLimit:
		in, out := c.BandwidthFields()
		return fmt.Sprintf("%s in=%d out=%d", at, in, out)
	}
	return at
}

// join connects the remote to the host and takes the Connect event.
func (d *hand) join() *hand {
	d.t.Helper()
	v := d.knock()
	if got := d.say(d.answer(v)); len(got) == 0 || got[0] != fmt.Sprintf("connect %d", v.f.Data) {
		d.t.Fatalf("joining gives %q", got)
	}
	return d
}

// joined is a host with one connected remote.
func joined(t testing.TB, cfg Config) *hand {
	t.Helper()
	return newHand(t, cfg).join()
}

// verification is a VERIFY_CONNECT that came back.
type verification struct {
	hdr protocol.Header
	seq uint16
	f   protocol.Connect
}

// request is the CONNECT that knock sends.
func (d *hand) request() protocol.Connect {
	return protocol.Connect{PeerID: d.remote, IncomingSession: protocol.NoSession, OutgoingSession: protocol.NoSession,
		MTU: 1400, WindowSize: protocol.MaxWindow, ChannelCount: 4,
		Throttle: protocol.Throttle{Interval: 5000, Acceleration: 2, Deceleration: 2}, ConnectID: d.id}
}

// knock sends CONNECT and takes the VERIFY_CONNECT.
func (d *hand) knock() verification {
	d.t.Helper()
	d.ask(d.request())
	v, ok := d.verified()
	if !ok {
		d.t.Fatal("CONNECT is not answered")
	}
	return v
}

// ask sends CONNECT without reading the answer.
func (d *hand) ask(f protocol.Connect) {
	d.raw(d.wrap(protocol.Header{PeerID: protocol.NoPeer, HasTime: true, SentTime: d.stamp}, connect(f)))
}

// verified services the host and gives the VERIFY_CONNECT that it sends.
func (d *hand) verified() (v verification, ok bool) {
	d.t.Helper()
	d.service()
	for _, b := range d.datagrams {
		hdr, area := d.area(b)
		c, _, _ := protocol.Next(area)
		if c.Op == protocol.OpVerifyConnect {
			v = verification{hdr, c.Seq, c.ConnectFields()}
			d.slot, d.session = v.f.PeerID, v.f.OutgoingSession
			return v, true
		}
	}
	return v, false
}

// answer is the acknowledgement that completes a handshake.
func (d *hand) answer(v verification) []byte {
	return ack(protocol.ControlChannel, v.seq, v.hdr.SentTime)
}

// dial lets the host connect and gives its CONNECT.
func (d *hand) dial() protocol.Connect {
	d.t.Helper()
	p, err := d.h.Connect(d.addr, 4, 9)
	if err != nil {
		d.t.Fatal(err)
	}
	d.peer = p
	d.h.Tick(d.now)
	d.out.Reset()
	d.h.Flush(d.now, d.out)
	if len(d.out.Datagrams) != 1 {
		d.t.Fatalf("Connect sends %d datagrams", len(d.out.Datagrams))
	}
	b := d.out.Datagrams[0].Data
	_, area := d.area(b)
	c, _, ok := protocol.Next(area)
	if !ok || c.Op != protocol.OpConnect {
		d.t.Fatalf("Connect sends %x", b)
	}
	f := c.ConnectFields()
	d.slot, d.id = f.PeerID, f.ConnectID
	return f
}

// agreement is the VERIFY_CONNECT that accepts what a CONNECT asks for.
func (d *hand) agreement(f protocol.Connect) protocol.Connect {
	f.PeerID, f.IncomingSession, f.OutgoingSession, f.Data = d.remote, 0, 0, 0
	return f
}

func equal(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

// The commands, each in full.

func connect(f protocol.Connect) []byte {
	b := make([]byte, protocol.OpConnect.Size())
	f.Put(b, protocol.OpConnect, 1)
	return b
}

func verify(seq uint16, f protocol.Connect) []byte {
	b := make([]byte, protocol.OpVerifyConnect.Size())
	f.Put(b, protocol.OpVerifyConnect, seq)
	return b
}

func ack(channel uint8, seq, time uint16) []byte {
	b := make([]byte, protocol.AcknowledgeSize)
	protocol.Acknowledge{Channel: channel, Seq: seq, SentTime: time}.Put(b)
	return b
}

func ping(seq uint16) []byte {
	b := make([]byte, protocol.OpPing.Size())
	protocol.PutPing(b, seq)
	return b
}

func disconnect(flag uint8, seq uint16, data uint32) []byte {
	b := make([]byte, protocol.OpDisconnect.Size())
	protocol.PutDisconnect(b, flag, seq, data)
	return b
}

func bandwidth(seq uint16, in, out uint32) []byte {
	b := make([]byte, protocol.OpBandwidthLimit.Size())
	protocol.PutBandwidthLimit(b, seq, in, out)
	return b
}

func throttle(seq uint16, interval, up, down uint32) []byte {
	b := make([]byte, protocol.OpThrottleConfigure.Size())
	protocol.PutThrottleConfigure(b, seq, protocol.Throttle{Interval: interval, Acceleration: up, Deceleration: down})
	return b
}

func reliable(channel uint8, seq uint16, data string) []byte {
	b := make([]byte, protocol.OpSendReliable.Size())
	protocol.PutReliable(b, channel, seq, len(data))
	return append(b, data...)
}

func unreliable(channel uint8, seq, number uint16, data string) []byte {
	b := make([]byte, protocol.OpSendUnreliable.Size())
	protocol.PutUnreliable(b, channel, seq, number, len(data))
	return append(b, data...)
}

func unsequenced(channel uint8, group uint16, data string) []byte {
	b := make([]byte, protocol.OpSendUnsequenced.Size())
	protocol.PutUnsequenced(b, channel, group, len(data))
	return append(b, data...)
}

// piece is fragment number of a packet of the fragments data, which stand one
// behind the other.
func piece(start uint16, number int, data ...string) protocol.Fragment {
	f := protocol.Fragment{Start: start, Count: uint32(len(data)), Number: uint32(number)}
	for i, s := range data {
		if i < number {
			f.Offset += uint32(len(s))
		}
		f.Total += uint32(len(s))
	}
	return f
}

// fragment is the reliable fragment f, unreliableFragment the unreliable one.
func fragment(channel uint8, seq uint16, f protocol.Fragment, data string) []byte {
	b := make([]byte, protocol.OpSendFragment.Size())
	f.Put(b, protocol.OpSendFragment, channel, seq, len(data))
	return append(b, data...)
}

func unreliableFragment(channel uint8, seq uint16, f protocol.Fragment, data string) []byte {
	b := make([]byte, protocol.OpSendUnreliableFragment.Size())
	f.Put(b, protocol.OpSendUnreliableFragment, channel, seq, len(data))
	return append(b, data...)
}

// send sends a message and fails the test if it is refused.
func (d *hand) send(channel uint8, data string, flags Flags) {
	d.t.Helper()
	if err := d.peer.Send(channel, wrapPacket([]byte(data)), flags); err != nil {
		d.t.Fatal(err)
	}
}

// acknowledgeAll gives acknowledgements for every command of the last service
// that asks for one.
func (d *hand) acknowledgeAll() [][]byte {
	d.t.Helper()
	var acks [][]byte
	for _, b := range d.datagrams {
		hdr, area := d.area(b)
		for len(area) > 0 {
			c, rest, ok := protocol.Next(area)
			if !ok {
				d.t.Fatalf("the host sent %x", b)
			}
			if c.Acknowledge {
				acks = append(acks, ack(c.Channel, c.Seq, hdr.SentTime))
			}
			area = rest
		}
	}
	return acks
}

// settle acknowledges until the host is silent.
func (d *hand) settle() {
	d.t.Helper()
	for range 1000 {
		acks := d.acknowledgeAll()
		for _, a := range acks {
			d.raw(d.plain(a))
		}
		if d.service(); len(acks)+len(d.datagrams) == 0 {
			return
		}
	}
	d.t.Fatal("the host is never silent")
}
