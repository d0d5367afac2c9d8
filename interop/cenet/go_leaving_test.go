package cenet

import (
	"testing"
	"time"

	"crosspeer/enet"
)

// impatient makes both ends give up soon, and look often.
func (m meeting) impatient() {
	m.peer.SetTimeout(1, 100*time.Millisecond, 300*time.Millisecond)
	m.peer.SetPingInterval(50 * time.Millisecond)
	m.c.Timeout(0, 1, 100*time.Millisecond, 300*time.Millisecond)
	m.c.PingInterval(0, 50*time.Millisecond)
}

func TestGoServesCLeaving(t *testing.T) { leaving(t, goServes) }
func TestGoJoinsCLeaving(t *testing.T)  { leaving(t, goJoins) }

// leaving has each form from each end. Reliable packets are under way when it
// begins.
func leaving(t *testing.T, d direction) {
	const count, size = 20, 20000
	cAll := func(t *testing.T, m meeting) { // C gets everything
		t.Helper()
		for i := range uint64(count) {
			m.c.Expect(Received(0, 0, Reliable, size, i))
		}
	}
	goAll := func(t *testing.T, m meeting) {
		t.Helper()
		for i := range uint64(count) {
			goExpect(t, m.host, 0, Reliable, size, i)
		}
	}
	cEnd := func(t *testing.T, m meeting, data uint32) { // after some of it
		t.Helper()
		for e := m.c.Next(); !e.is(Disconnected(0, data)); e = m.c.Next() {
			if e.Kind != Receive {
				t.Fatalf("%v, want the end with data %d", e, data)
			}
		}
	}
	anyEnd := func(t *testing.T, m meeting, reason enet.Reason, data uint32) {
		t.Helper()
		for {
			ev := goNextAny(t, m.host)
			if ev.Type == enet.EventReceive {
				continue
			}
			if ev.Type != enet.EventDisconnect || ev.Reason != reason || ev.DisconnectData != data {
				t.Fatalf("event %v (%v, data %d), want %v, data %d", ev.Type, ev.Reason, ev.DisconnectData, reason, data)
			}
			return
		}
	}
	goFill := func(t *testing.T, m meeting) {
		t.Helper()
		for i := range uint64(count) {
			goSend(t, m.peer, 0, Reliable, size, i)
		}
	}
	cFill := func(t *testing.T, m meeting) {
		t.Helper()
		m.c.SendMany(0, 0, Reliable, size, 0, count)
	}
	nothing := func(t *testing.T, m meeting) {
		t.Helper()
		if got := m.c.Pending(); len(got) > 0 {
			t.Errorf("C saw %v", got)
		}
	}
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, m meeting)
	}{
		{"Go disconnects", func(t *testing.T, m meeting) {
			goFill(t, m)
			m.peer.Disconnect(11)
			goEnd(t, m.host, enet.ReasonLocal, 0)
			cEnd(t, m, 11)
		}},
		{"Go disconnects later", func(t *testing.T, m meeting) {
			goFill(t, m)
			m.peer.DisconnectLater(12)
			cAll(t, m)
			m.c.Expect(Disconnected(0, 12))
			goEnd(t, m.host, enet.ReasonLocal, 0)
		}},
		{"Go disconnects now", func(t *testing.T, m meeting) {
			goFill(t, m)
			m.peer.DisconnectNow(13)
			cEnd(t, m, 13)
			goQuiet(t, m.host)
		}},
		{"Go resets", func(t *testing.T, m meeting) {
			m.impatient()
			m.peer.Reset()
			cEnd(t, m, 0)
			goQuiet(t, m.host)
		}},
		{"Go closes its host", func(t *testing.T, m meeting) {
			goFill(t, m)
			m.host.Close()
			cEnd(t, m, 0)
		}},
		{"Go shuts its host down", func(t *testing.T, m meeting) {
			goFill(t, m)
			if err := m.host.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			goEnd(t, m.host, enet.ReasonLocal, 0)
			cAll(t, m)
			m.c.Expect(Disconnected(0, 0))
		}},
		{"C disconnects", func(t *testing.T, m meeting) {
			cFill(t, m)
			m.c.Disconnect(0, 21)
			m.c.Expect(Disconnected(0, 0))
			anyEnd(t, m, enet.ReasonRemote, 21)
		}},
		{"C disconnects later", func(t *testing.T, m meeting) {
			cFill(t, m)
			m.c.DisconnectLater(0, 22)
			goAll(t, m)
			goEnd(t, m.host, enet.ReasonRemote, 22)
			m.c.Expect(Disconnected(0, 0))
		}},
		{"C disconnects now", func(t *testing.T, m meeting) {
			cFill(t, m)
			m.c.DisconnectNow(0, 23)
			anyEnd(t, m, enet.ReasonRemote, 23)
			nothing(t, m)
		}},
		{"C resets", func(t *testing.T, m meeting) {
			m.impatient()
			m.c.Reset(0)
			goEnd(t, m.host, enet.ReasonTimeout, 0)
			nothing(t, m)
		}},
		{"C is killed", func(t *testing.T, m meeting) {
			m.impatient()
			m.c.Kill()
			goEnd(t, m.host, enet.ReasonTimeout, 0)
		}},
		{"both at once", func(t *testing.T, m meeting) {
			m.c.Pause()
			m.c.Disconnect(0, 31) // leaves when C goes on
			sent := m.peer.Stats().DatagramsSent
			m.peer.Disconnect(32)
			eventually(t, "Go's goodbye is under way", func() bool { return m.peer.Stats().DatagramsSent > sent })
			m.c.Resume()
			m.c.Expect(Disconnected(0, 32))
			goEnd(t, m.host, enet.ReasonRemote, 31)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := d.meet(t, option{})
			tt.run(t, m)
			goQuiet(t, m.host)
			m.sound(t)
		})
	}
}

// libenet stops reading a datagram at an acknowledgement that it does not
// expect: while it disconnects, any but that of its DISCONNECT. A PING before
// it must not keep it waiting for a retransmission.
func TestGoServesCThatPingsAndDisconnects(t *testing.T) { pingAndDisconnect(t, goServes) }
func TestGoJoinsCThatPingsAndDisconnects(t *testing.T)  { pingAndDisconnect(t, goJoins) }

func pingAndDisconnect(t *testing.T, d direction) {
	for range 10 {
		// Go's handler holds the host's goroutine while both arrive, so that
		// they are read together.
		hold, held, ended := make(chan struct{}), make(chan struct{}), make(chan enet.Event, 1)
		joined := make(chan *enet.Peer, 1)
		handler := func(ev enet.Event) {
			switch ev.Type {
			case enet.EventConnect:
				joined <- ev.Peer
			case enet.EventReceive:
				held <- struct{}{}
				<-hold
			case enet.EventDisconnect:
				ended <- ev
			}
		}
		h := goHost(t, &enet.Config{Handler: handler})
		c := Start(t, Config{Server: d.name == goJoins.name})
		if d.name == goJoins.name {
			goConnect(t, h, c, 0)
		} else {
			c.Connect(h.LocalAddr(), 2, 0)
		}
		c.Expect(Connected(0, 0))
		<-joined
		c.Send(0, 0, Reliable, 5, 1)
		<-held
		c.Ping(0)
		c.Flush()
		c.Disconnect(0, 9)
		c.Flush()
		begun := time.Now()
		close(hold)
		c.Expect(Disconnected(0, 0))
		// A retransmission would come after 500 ms, the round-trip time that
		// is assumed at first, or several of the real one.
		if took := time.Since(begun); took > 400*time.Millisecond {
			t.Errorf("C has waited %v for its acknowledgement", took)
		}
		if ev := <-ended; ev.Reason != enet.ReasonRemote || ev.DisconnectData != 9 {
			t.Errorf("ended with %v, data %d", ev.Reason, ev.DisconnectData)
		}
		c.Kill()
		h.Close()
	}
}
