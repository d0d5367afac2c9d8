package crosspeer_test

import (
	"testing"

	"crosspeer"
)

// meterful is a link with figures.
type meterful struct {
	*remote
	crosspeer.LinkStats
}

func (m meterful) Stats() crosspeer.LinkStats { return m.LinkStats }

func TestConnectionsAreAddedUp(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	one := crosspeer.LinkStats{RTT: 5, Loss: 0.5, Throttle: 1, BytesSent: 10, PacketsSent: 3, Resent: 1, QueuedBytes: 7, WaitingBytes: 4, NotTaken: 1}
	two := crosspeer.LinkStats{RTT: 9, Throttle: 0.5, BytesSent: 20, PacketsReceived: 2, DatagramsSent: 5, QueuedBytes: 1, Dropped: 2}
	three := crosspeer.LinkStats{BytesReceived: 30, QueuedPackets: 1} // without a throttle
	var remotes []*remote
	for i, st := range []crosspeer.LinkStats{one, two, three} {
		r := new(remote)
		s.attach(r, meterful{r, st}, crosspeer.PeerID(50+i))
		remotes = append(remotes, r)
	}
	want := crosspeer.LinkStats{RTT: 9, Loss: 0.25, Throttle: 0.75, BytesSent: 30, BytesReceived: 30, PacketsSent: 3, PacketsReceived: 2,
		DatagramsSent: 5, Resent: 1, QueuedBytes: 8, QueuedPackets: 1, WaitingBytes: 4, Dropped: 2, NotTaken: 1}
	if got := srv.LinkStats(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	remotes[0].Detach(crosspeer.Reason{})
	want.Loss, want.Throttle = 0, 0.5
	want.QueuedBytes, want.WaitingBytes = 1, 0
	if got := srv.LinkStats(); got != want {
		t.Errorf("when one has gone: %+v, want %+v", got, want)
	}
}
