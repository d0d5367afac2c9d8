package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
)

// scan forges a DISCONNECT with every slot and session but the right one, in
// any order, and gives the number of datagrams.
func (d *hand) scan(rnd *rand.Rand) (n int) {
	o := *d
	for _, i := range rnd.Perm(protocol.NoPeer * 4) {
		o.slot, o.session = uint16(i/4), uint8(i%4)
		if o.slot == d.slot && o.session == d.session {
			continue
		}
		if n++; i%2 == 0 {
			o.raw(o.plain(disconnect(telling, 2, 666)))
		} else {
			o.raw(o.timed(disconnect(asking, 2, 666)))
		}
	}
	return n
}

// live lets a remote answer for some time, and gives the host's events.
func (d *hand) live(span time.Duration) (lines []string) {
	for end := d.now + span; d.now < end; d.now += 50 * time.Millisecond {
		lines = append(lines, d.events()...)
		for _, a := range d.acknowledgeAll() {
			d.raw(d.plain(a))
		}
	}
	return lines
}

// events services the host and leaves out what it sends.
func (d *hand) events() (lines []string) {
	for _, l := range d.service() {
		for _, word := range []string{"connect", "receive", "disconnect"} {
			if len(l) > len(word) && l[:len(word)] == word {
				lines = append(lines, l)
			}
		}
	}
	return lines
}

// Whoever knows a player's address and forges it can try every slot and session,
// and the right one among them, as often as he likes: the player stays.
func TestTenMillionForgedDisconnectsFromThePlayersAddress(t *testing.T) {
	most := 10_000_000
	if testing.Short() || raceEnabled {
		most = 200_000
	}
	rnd := rand.New(rand.NewPCG(3, 3))
	d := joined(t, Config{})
	d.settle()
	tries := 0
	for tries < most {
		tries += d.scan(rnd)
		for _, b := range [][]byte{d.plain(disconnect(telling, 2, 666)), d.timed(disconnect(asking, 2, 666))} {
			d.raw(b) // the right guess
			tries++
		}
		equal(t, d.live(time.Second))
	}
	equal(t, d.live(5*time.Second))
	if got := d.say(reliable(0, 1, "on")); len(got) == 0 || got[0] != `receive 0 reliable "on"` {
		t.Errorf("the player's packet gives %q", got)
	}
	s := d.h.Stats()
	t.Logf("%d forged datagrams: %d guesses counted, %d times doubted", tries, s.Guesses, s.Doubted)
	if s.Guesses < uint64(tries*99/100) || s.Doubted == 0 {
		t.Errorf("%+v", s)
	}
}

// Somebody who leaves while another guesses is believed when he is silent.
func TestWhoLeavesDuringAScanIsGoneTwoSecondsLater(t *testing.T) {
	for _, tt := range []struct {
		name  string
		leave func(d *hand)
	}{
		{"telling", func(d *hand) { d.raw(d.plain(disconnect(telling, 2, 7))) }},
		{"asking again and again", func(d *hand) {
			for range 3 {
				d.raw(d.timed(disconnect(asking, 2, 7)))
			}
		}},
		{"telling, overtaking his last packet", func(d *hand) {
			d.raw(d.plain(disconnect(telling, 2, 7)))
			d.now += 100 * time.Millisecond
			d.raw(d.timed(reliable(0, 1, "bye")))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := joined(t, Config{})
			d.settle()
			d.scan(rand.New(rand.NewPCG(1, 1)))
			begin := d.now
			tt.leave(d)
			var got []string
			for len(got) == 0 || got[len(got)-1] != "disconnect remote 7" {
				if d.now += 50 * time.Millisecond; d.now > begin+doubtTime+100*time.Millisecond {
					t.Fatalf("after %v: %q", d.now-begin, got)
				}
				got = append(got, d.events()...)
			}
			if d.h.PeerCount() != 0 || len(d.h.origins) != 0 {
				t.Errorf("%d peers and %d addresses are left", d.h.PeerCount(), len(d.h.origins))
			}
		})
	}
}

// A few late datagrams of an earlier connection are no scan, and a scan is
// forgotten.
func TestDisconnectIsBelievedAtOnceWithoutAScan(t *testing.T) {
	for _, tt := range []struct {
		name   string
		wrong  int
		pause  time.Duration
		doubts bool
	}{
		{"nothing wrong", 0, 0, false},
		{"a few late datagrams", guessLimit - 1, 0, false},
		{"a scan", guessLimit, 0, true},
		{"a scan a minute ago", 1000, guessPeriod, false},
	} {
		d := joined(t, Config{})
		d.settle()
		o := *d
		for i := range tt.wrong {
			o.slot = (d.slot + 1 + uint16(i)) % protocol.NoPeer
			o.raw(o.plain(ping(2)))
		}
		equal(t, d.live(tt.pause))
		got := d.say(disconnect(telling, 2, 7))
		if believed := len(got) == 1 && got[0] == "disconnect remote 7"; believed == tt.doubts {
			t.Errorf("%s: DISCONNECT gives %q", tt.name, got)
		}
	}
}

// A program may have many connections on one socket. When they end, what comes
// late for them is no scan.
func TestManyConnectionsOfOneSocketEndAtOnce(t *testing.T) {
	d := newHand(t, Config{})
	var all []*hand
	for i := range 30 {
		o := d.other(1)
		o.id = [4]byte{byte(i), 1}
		o.join()
		o.settle()
		all = append(all, o)
	}
	for i, o := range all {
		got := o.say(disconnect(telling, 2, uint32(i)))
		if len(got) != 1 || got[0] != fmt.Sprintf("disconnect remote %d", i) {
			t.Fatalf("connection %d: DISCONNECT gives %q", i, got)
		}
		for range 5 {
			o.raw(o.plain(ping(3)))
		}
	}
	if s := d.h.Stats(); s.Guesses == 0 || s.Doubted != 0 {
		t.Errorf("%+v", s)
	}
}

// Junk from addresses without peers is no guess.
func TestGuessesAreCountedOnlyAtThePeersAddress(t *testing.T) {
	d := joined(t, Config{})
	d.settle()
	o := d.other(9)
	o.slot, o.session = d.slot, d.session
	for range 100 {
		o.raw(o.plain(ping(2)))
	}
	if s := d.h.Stats(); s.Guesses != 0 || s.DropUnknown != 100 {
		t.Errorf("%+v", s)
	}
	equal(t, d.say(disconnect(telling, 2, 7)), "disconnect remote 7")
}
