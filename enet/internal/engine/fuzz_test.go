package engine

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"net/netip"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
	"crosspeer/enet/internal/rangecoder"
	"crosspeer/internal/hostile"
)

// FuzzDatagram sends any bytes to a host that is in any state with their
// sender, and has another peer. Nothing may panic, the accounts must stay
// right and bounded, and the other peer must not notice.
//
// The input is a byte that picks the state, one that picks the host's form, and
// a row of datagrams, each behind two bytes of its length and one of the time
// that passes first, in units of 4 ms. Half of them get the slot and the session
// that the host expects.
func FuzzDatagram(f *testing.F) {
	var seeds [][]byte
	seed := func(state int, form uint8, data []byte) {
		seeds = append(seeds, append([]byte{byte(state), form}, data...))
	}
	for i, sc := range recordings.behaviour().Scenarios {
		var data []byte
		for _, st := range sc.Steps {
			if st.ReceiveHex == nil {
				continue
			}
			b, err := hex.DecodeString(*st.ReceiveHex)
			if err != nil {
				f.Fatal(err)
			}
			data = append(binary.BigEndian.AppendUint16(data, uint16(len(b))), 1)
			data = append(data, b...)
		}
		form := uint8(0)
		if sc.Host.Checksum != "" {
			form |= 1
		}
		if sc.Host.Compressor != "" {
			form |= 2
		}
		seed(i%len(states), form, data)
		seed(3, form|4, data)
	}
	for i, s := range recordings.sessions().Sessions {
		var data []byte
		for _, e := range s.Timeline {
			if b, err := hex.DecodeString(e.Hex); e.Type == "datagram" && err == nil && len(data) < 8000 {
				data = append(binary.BigEndian.AppendUint16(data, uint16(len(b))), 5)
				data = append(data, b...)
			}
		}
		seed(i%len(states), 4, data)
	}
	hostile.Fuzz(f, seeds, nil, func(t testing.TB, b []byte) {
		if len(b) < 2 {
			return
		}
		state, form, data := b[0], b[1], b[2:]
		cfg := Config{MaxWaitingBytes: 1 << 20, MaxPacketBytes: 1 << 20}
		if form&1 != 0 {
			cfg.Checksum = crc32.ChecksumIEEE
		}
		if form&2 != 0 {
			cfg.Codec = new(rangecoder.Coder)
		}
		if form&8 != 0 {
			cfg.Accept = append(everyCodec(), runLength{})
		}
		d := states[int(state)%len(states)].make(t, cfg)
		well := d.other(50)
		well.id = [4]byte{9, 9, 9, 9}
		well.join()
		well.settle()
		end := d.now + 4*time.Second // before anybody is lost
		for rewrite := form&4 != 0; len(data) >= 3; rewrite = !rewrite {
			n := min(int(binary.BigEndian.Uint16(data)), len(data)-3)
			if d.now < end {
				d.now += 4 * time.Millisecond * time.Duration(data[2])
			}
			b := append([]byte(nil), data[3:3+n]...)
			data = data[3+n:]
			if rewrite && n >= 2 {
				head := binary.BigEndian.Uint16(b) &^ 0x3FFF
				binary.BigEndian.PutUint16(b, head|d.slot|uint16(d.session)<<12)
			}
			if cfg.Checksum != nil && n >= 8 && rewrite { // make it right
				head := 2 + 2*int(b[0]>>7)
				copy(b[head:], d.id[:])
				putChecksum(b[head:], crc32.ChecksumIEEE(b))
			}
			d.raw(b)
			if n%2 == 0 {
				drain(d)
			}
		}
		drain(d)
		if err := invariants(d.h); err != nil {
			t.Fatal(err)
		}
		well.now = d.now
		well.service()
		if got := well.say(reliable(0, 1, "on")); len(got) == 0 || got[0] != `receive 0 reliable "on"` {
			t.Fatalf("the other peer's packet gives %q", got)
		}
	})
}

// FuzzOneDatagram sends datagrams to one host for as long as it lives. Half of
// them get the slot and session of a connected peer. What one allocates is
// bounded, whatever it announces.
func FuzzOneDatagram(f *testing.F) {
	seeds := recordedDatagrams(f)
	d, n := newHand(f, Config{Codec: new(rangecoder.Coder)}), 0
	receive := func(b []byte) {
		if d.peer == nil || d.peer.State() != Connected {
			d.now += time.Hour // all that the last one left behind is gone
			drain(d)
			d.join()
			d.settle()
		}
		n++
		if len(b) >= 2 && len(b) <= protocol.MaxDatagram && n%2 == 0 {
			b = append([]byte(nil), b...)
			head := binary.BigEndian.Uint16(b) &^ 0x3FFF
			binary.BigEndian.PutUint16(b, head|d.slot|uint16(d.session)<<12)
		}
		d.raw(b)
		drain(d)
	}
	hostile.Fuzz(f, seeds, receive, func(t testing.TB, b []byte) {
		d.t = t
		receive(b)
		if n%1024 == 0 {
			d.now += 10 * time.Millisecond
			if err := invariants(d.h); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// recordedDatagrams are all datagrams of the recordings.
func recordedDatagrams(t testing.TB) (datagrams [][]byte) {
	add := func(s string) {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		datagrams = append(datagrams, b)
	}
	for _, sc := range recordings.behaviour().Scenarios {
		for _, st := range sc.Steps {
			if st.ReceiveHex != nil {
				add(*st.ReceiveHex)
			}
		}
	}
	for _, s := range recordings.sessions().Sessions {
		for _, e := range s.Timeline {
			if e.Type == "datagram" {
				add(e.Hex)
			}
		}
	}
	return datagrams
}

// drain runs the host without a look at what it says: it may say anything to
// whoever sends it anything.
func drain(d *hand) {
	d.h.Tick(d.now)
	for {
		ev, ok := d.h.Event()
		if !ok {
			break
		}
		if ev.Kind == EventReceive {
			ev.Packet.Release()
		}
	}
	for more := true; more; {
		d.out.Reset()
		more = d.h.Flush(d.now, d.out)
		for _, g := range d.out.Datagrams {
			if len(g.Data) > protocol.MaxMTU || len(g.Data) < protocol.MinHeader {
				d.t.Fatalf("a datagram of %d bytes", len(g.Data))
			}
		}
	}
}

// script lets the bytes of a fuzz input decide what two connected hosts send
// and what the network does to it. The laws of delivery must hold, and when the
// network is good in the end everything reliable must arrive.
type script struct {
	*traffic
	ways [2]way
	now  time.Duration
}

// way is one direction: the datagrams under way, in any order.
type way struct {
	from, to *node
	flying   [][]byte
}

func (s *script) flush() {
	for i := range s.ways {
		w := &s.ways[i]
		w.from.Flush(s.now, func(_ netip.AddrPort, b []byte) { w.flying = append(w.flying, append([]byte(nil), b...)) })
	}
}

// deliver takes a datagram out of the network; keep leaves a copy.
func (w *way) deliver(s *script, i int, arrive, keep bool) {
	if len(w.flying) == 0 {
		return
	}
	i %= len(w.flying)
	b := w.flying[i]
	if arrive {
		w.to.Receive(s.now, w.from.addr, append([]byte(nil), b...))
	}
	if !keep || len(w.flying) > 500 {
		w.flying[i] = w.flying[len(w.flying)-1]
		w.flying = w.flying[:len(w.flying)-1]
	}
}

func newScript(t testing.TB, form uint8) *script {
	client, server := forms(uint64(form))
	p := newPair(t, uint64(form), client, server)
	p.client.net, p.server.net = nil, nil // the network is this file's
	s := &script{traffic: newTraffic(p, uint64(form)), now: time.Second}
	s.ways = [2]way{{from: p.client, to: p.server}, {from: p.server, to: p.client}}
	if _, err := p.client.h.Connect(p.server.addr, 8, 0); err != nil {
		t.Fatal(err)
	}
	s.calm(10)
	if p.client.peer == nil || p.server.peer == nil {
		t.Fatal("not connected")
	}
	s.both(0, modeReliable, 0, 5, 300)
	s.both(1, modeReliable, 5, 1500, 6000)
	s.both(2, modeUnreliable, 10, 400)
	s.both(2, modeReliable, 10)
	s.both(3, modeUnsequenced, 10, 100)
	s.both(4, modeUnreliable, 100, 4000)
	return s
}

// calm is a good network for some rounds of 20 ms.
func (s *script) calm(rounds int) {
	for range rounds {
		s.flush()
		for i := range s.ways {
			w := &s.ways[i]
			for len(w.flying) > 0 {
				w.deliver(s, 0, true, false)
			}
		}
		s.now += 20 * time.Millisecond
	}
}

// FuzzSession's input is a byte that picks the form of the hosts, and a script.
func FuzzSession(f *testing.F) {
	seeds := [][]byte{
		{0, 0, 1, 2, 0x40, 0x41, 0x80, 0x81, 0xC0},
		[]byte("\x03send, deliver, drop, wait: sixty bytes of a seed say it all."),
	}
	long := make([]byte, 600)
	for i := range long {
		long[i] = byte(i * 37)
	}
	seeds = append(seeds, append([]byte{5}, long...))
	for i := range 8 {
		seeds = append(seeds, append([]byte{byte(i)}, long[i*50:][:200]...))
	}
	hostile.Fuzz(f, seeds, nil, func(t testing.TB, b []byte) {
		if len(b) == 0 {
			return
		}
		form, schedule := b[0], b[1:]
		s := newScript(t, form)
		for _, op := range schedule[:min(len(schedule), 500)] {
			w, arg := &s.ways[op&1], int(op>>1&0x0F)
			switch op >> 5 {
			case 0, 1: // send
				if fl := s.flows[arg%len(s.flows)]; fl.from.peer.State() == Connected && fl.from.peer.queued < 1<<20 {
					fl.send(s.rnd)
				}
			case 2:
				s.flush()
			case 3, 4:
				w.deliver(s, arg, true, false)
			case 5: // twice
				w.deliver(s, arg, true, true)
			case 6: // never
				w.deliver(s, arg, false, false)
			case 7:
				s.now += time.Duration(arg) * 7 * time.Millisecond
			}
			if len(s.ended) > 0 {
				return // nobody was heard for too long
			}
		}
		for range 400 {
			if s.calm(1); len(s.ended) > 0 || s.square() {
				break
			}
		}
		if len(s.ended) == 0 && !s.square() {
			for _, fl := range s.flows {
				t.Errorf("%v: %d of %d arrived", fl, fl.got, len(fl.sent))
			}
			t.Errorf("client %+v", s.client.peer.Snapshot())
		}
		for _, n := range []*node{s.client, s.server} {
			if err := invariants(n.h); err != nil {
				t.Error(err)
			}
		}
	})
}
