package memlink_test

import (
	"testing"

	"crosspeer"
	"crosspeer/link/memlink"
	"crosspeer/linktest"
)

func transport() linktest.Transport {
	return linktest.Transport{
		New: func(testing.TB) (crosspeer.Listener, linktest.DialTo) {
			n := memlink.New()
			return n.Listen(), func(_ *crosspeer.Peer, id crosspeer.PeerID) crosspeer.Dialer { return n.DialAs(id) }
		},
		Nowhere:   func(testing.TB) crosspeer.Dialer { return memlink.New().Dial() },
		ChosenIDs: true,
		Channels:  []int{3, 17, 254},
	}
}

func TestConformance(t *testing.T) { linktest.Run(t, transport()) }

func TestNothingIsLeft(t *testing.T) { linktest.Cycles(t, transport(), 500) }
