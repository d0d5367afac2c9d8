package engine

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"crosspeer/internal/simnet"
)

// recovery is how reliable packets fare on a lossy path.
type recovery struct {
	p50, p99, last time.Duration
	resent         float64 // share of transmissions
	useless        float64 // of transmissions, those whose packet had arrived and was acknowledged
	gone           bool
}

// recoverOver sends count packets of 256 bytes, one each interval or all at
// once, from a host to one that is like libenet, and gives their latency.
func recoverOver(t testing.TB, seed uint64, sender Config, loss float64, count int, every time.Duration) (r recovery) {
	p := newPair(t, seed, sender, Config{Libenet: true})
	p.connect()
	p.client.do(func() { p.client.peer.ConfigureThrottle(5*time.Second, 32, 0) })
	p.net.RunFor(2 * time.Second) // the round-trip time is known
	path := simnet.Conditions{Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: loss}
	p.net.SetConditions(path)
	p.net.RunFor(2 * time.Second)
	var took []time.Duration
	sent := make([]time.Duration, count)
	p.server.on = func(ev Event) {
		if ev.Kind == EventReceive {
			i := binary.LittleEndian.Uint32(ev.Packet.Bytes())
			took = append(took, p.net.Now()-sent[i])
			ev.Packet.Release()
		}
	}
	peer := p.client.peer
	send := func(i int) {
		b := make([]byte, 256)
		binary.LittleEndian.PutUint32(b, uint32(i))
		pkt := NewPacket(len(b))
		copy(pkt.Bytes(), b)
		sent[i] = p.net.Now()
		if err := peer.Send(0, pkt, Reliable); err != nil {
			r.gone = true
		}
	}
	before := peer.Snapshot()
	if every == 0 {
		p.client.do(func() {
			for i := range count {
				send(i)
			}
		})
	} else {
		for i := range count {
			p.client.do(func() { send(i) })
			p.net.RunFor(every)
		}
	}
	begun := p.net.Now()
	p.net.RunWhile(2*time.Minute, func() bool { return len(took) < count && p.client.peer != nil })
	r.last = p.net.Now() - begun
	p.net.RunFor(time.Second)
	if len(took) < count {
		r.gone = true
		return r
	}
	after := peer.Snapshot()
	slices.Sort(took)
	r.p50, r.p99 = took[len(took)/2], took[len(took)*99/100]
	resent := float64(after.Resent - before.Resent)
	r.resent = resent / (resent + float64(count))
	r.useless = float64(after.Useless-before.Useless) / (resent + float64(count))
	return r
}

// figures are medians over seeds, and how many lost their peer.
type figures struct {
	p99, last       time.Duration
	resent, useless float64
	gone            int
}

func figuresOf(t testing.TB, cfg Config, loss float64, every time.Duration) (f figures) {
	var p99, last []time.Duration
	for seed := range uint64(15) {
		r := recoverOver(t, seed, cfg, loss, 2000, every)
		if r.gone {
			f.gone++
			continue
		}
		p99, last = append(p99, r.p99), append(last, r.last)
		f.resent += r.resent
		f.useless += r.useless
	}
	slices.Sort(p99)
	slices.Sort(last)
	f.p99, f.last = p99[len(p99)/2], last[len(last)/2]
	f.resent /= float64(len(p99))
	f.useless /= float64(len(p99))
	return f
}

// TestRecovery compares with libenet's rules, in virtual time, so that the
// figures are the same everywhere: 2,000 packets of 256 bytes to a receiver
// with libenet's rules, one every 5 ms or all at once, 20 ms ± 5 ms each way,
// loss both ways. go test -v prints them.
func TestRecovery(t *testing.T) {
	for _, tt := range []struct {
		loss       float64
		every      time.Duration
		most       float64 // of libenet's: p99, or the time until all have arrived
		mostResent float64 // more than libenet, of the transmissions
	}{
		{0.01, 5 * time.Millisecond, 1, 0.02},
		{0.05, 5 * time.Millisecond, 0.7, 0.02},
		{0.2, 5 * time.Millisecond, 0.16, 0.02},
		{0, 0, 1.05, 0.02},
		{0.05, 0, 1, 0.02},
		{0.2, 0, 0.3, 0.02},
	} {
		theirs := figuresOf(t, Config{Libenet: true}, tt.loss, tt.every)
		ours := figuresOf(t, Config{}, tt.loss, tt.every)
		ratio := float64(ours.p99) / float64(theirs.p99)
		if tt.every == 0 {
			ratio = float64(ours.last) / float64(theirs.last)
		}
		t.Logf("loss %v, every %v: ratio %.2f\n  libenet %+v\n  here    %+v", tt.loss, tt.every, ratio, theirs, ours)
		switch {
		case ratio > tt.most:
			t.Errorf("loss %v, every %v: %.2f of libenet's time, want %.2f at most", tt.loss, tt.every, ratio, tt.most)
		case ours.useless > 0.02:
			t.Errorf("loss %v, every %v: %.1f %% of the transmissions are in vain", tt.loss, tt.every, 100*ours.useless)
		case ours.resent > theirs.resent+tt.mostResent:
			t.Errorf("loss %v, every %v: %.1f %% are sent again, by libenet %.1f %%", tt.loss, tt.every, 100*ours.resent, 100*theirs.resent)
		case ours.gone > 0:
			t.Errorf("loss %v, every %v: %d peers were lost", tt.loss, tt.every, ours.gone)
		}
	}
}
