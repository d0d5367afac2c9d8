package linktest

import (
	"context"
	"errors"

	"crosspeer"
)

// carriedByOthers is from where on "big packets arrive whole" alone sends the
// largest packet: it takes long enough.
const carriedByOthers = 4 << 20

func limitsHold(s *suite) {
	r := s.newRoom(nil, 2)
	for _, m := range r.all() {
		if got := m.MaxPacketBytes(); got != s.MaxPacketBytes {
			s.Errorf("MaxPacketBytes of %s is %d, want %d\n"+
				"transport: implement Limiter, or set Transport.MaxPacketBytes of linktest", m.name, got, s.MaxPacketBytes)
		}
		mode := crosspeer.Unreliable
		if m.SetTransferMode(mode); s.ReliableOnly {
			mode = crosspeer.Reliable
		}
		if got := m.TransferMode(); got != mode {
			s.Errorf("TransferMode of %s is %v, was set to unreliable; want %v\n"+
				"transport: Limits.ReliableOnly must be as Transport.ReliableOnly of linktest", m.name, got, mode)
		}
	}
	for i, from := range r.all() {
		most := from.MaxPacketBytes()
		if most < carriedByOthers {
			data := pattern(most, i)
			from.send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: data})
			for _, m := range r.all() {
				if m != from {
					m.same(data)
				}
			}
		}
		one := crosspeer.TargetServer
		if from == r.srv {
			one = r.clients[0].id
		}
		for _, to := range []crosspeer.PeerID{crosspeer.TargetBroadcast, one} {
			err := s.within("Send", func(context.Context) error {
				return from.Send(crosspeer.Packet{To: to, Mode: crosspeer.Reliable, Data: make([]byte, most+1)})
			})
			if !errors.Is(err, crosspeer.ErrTooLarge) {
				s.Errorf("%s: Send of one byte more than MaxPacketBytes, %d, to %d: %v, want ErrTooLarge\n"+
					"transport: see Limiter, and SendTooLarge of Link.Send", from.name, most+1, to, err)
			}
		}
	}
	r.intact()
}
