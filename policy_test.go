package crosspeer_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer"
)

// hoarder is a link that makes the server keep much.
type hoarder struct {
	*remote
	bytes int
}

func (h hoarder) Stats() crosspeer.LinkStats {
	return crosspeer.LinkStats{QueuedBytes: h.bytes / 2, WaitingBytes: h.bytes / 2}
}

func TestWhoHoldsTheMostMemoryGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{MaxMemoryBytes: 1000}})
		var all []*remote
		for id, bytes := range []int{300, 600, 400, 200} {
			r := new(remote)
			s.attach(r, hoarder{r, bytes}, crosspeer.PeerID(50+id))
			all = append(all, r)
		}
		for _, r := range all {
			r.said()
		}
		<-time.After(300 * time.Millisecond)
		for i, r := range all {
			if closed := slices.Contains(r.said(), "close now=true: limit by policy"); closed != (i == 1) {
				t.Errorf("client %d: closed %v", i, closed)
			}
		}
		if m := srv.Stats().Memory; m != 1500 {
			t.Errorf("memory %d", m)
		}
	})
}

// TestNobodyGoesForWhatTheProgramDoesNotTake: that would not make it less.
func TestNobodyGoesForWhatTheProgramDoesNotTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{MaxMemoryBytes: 1000}})
		r := new(remote)
		s.attach(r, hoarder{r, 600}, 50)
		r.reliably(strings.Repeat("x", 1001))
		<-time.After(300 * time.Millisecond)
		equal(t, "the link", r.said(), nil)
		expect(t, srv, "connected 50", "50: "+strings.Repeat("x", 1001))
	})
}

func TestAPolicyThatIsNone(t *testing.T) {
	cfg := crosspeer.Config{Policy: crosspeer.Policy{PeersPerAddress: -1, BanFor: -1, MaxMemoryBytes: -1,
		Peer: crosspeer.PeerLimits{Reliable: crosspeer.Rate{Packets: -1}}}, AdmitTimeout: -1, MaxAdmitting: -1}
	err := cfg.Validate()
	for _, field := range []string{"PeersPerAddress", "BanFor", "MaxMemoryBytes", "Peer.Reliable.Packets", "AdmitTimeout", "MaxAdmitting"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not named: %v", field, err)
		}
	}
}
