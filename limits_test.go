package crosspeer_test

import (
	"errors"
	"testing"

	"crosspeer"
)

func TestASessionCanDoWhatAllItsTransportsCan(t *testing.T) {
	type limits = crosspeer.Limits
	for _, tt := range []struct {
		name   string
		cfg    int // Config.MaxPacketBytes
		of     []crosspeer.Limits
		bytes  int
		forced bool // all packets are reliable
	}{
		{"none", 100, nil, 100, false},
		{"one without limits", 100, []limits{{}}, 100, false},
		{"one that carries less", 100, []limits{{MaxPacketBytes: 10}}, 10, false},
		{"one that carries more", 100, []limits{{MaxPacketBytes: 1000}}, 100, false},
		{"the least of two", 100, []limits{{MaxPacketBytes: 20}, {MaxPacketBytes: 10}}, 10, false},
		{"one of two without limits", 100, []limits{{MaxPacketBytes: 10}, {}}, 10, false},
		{"the default", 0, []limits{{}}, 33_554_424, false},
		{"reliable only", 100, []limits{{ReliableOnly: true}}, 100, true},
		{"one of two reliable only", 100, []limits{{ReliableOnly: true}, {}}, 100, false},
		{"the other of two reliable only", 100, []limits{{}, {ReliableOnly: true}}, 100, false},
		{"two reliable only", 100, []limits{{ReliableOnly: true}, {ReliableOnly: true, MaxPacketBytes: 10}}, 10, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var on []crosspeer.Listener
			for _, l := range tt.of {
				on = append(on, &stage{T: t, limits: l})
			}
			p, err := crosspeer.Listen(t.Context(), &crosspeer.Config{MaxPacketBytes: tt.cfg}, on...)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if n := p.MaxPacketBytes(); n != tt.bytes {
				t.Errorf("MaxPacketBytes is %d, want %d", n, tt.bytes)
			}
			p.SetTransferMode(crosspeer.UnreliableOrdered)
			if forced := p.TransferMode() == crosspeer.Reliable; forced != tt.forced {
				t.Errorf("the mode is %v", p.TransferMode())
			}
		})
	}
}

func TestAPacketToOneMayBeLargerThanOneToMany(t *testing.T) {
	small, large := &stage{T: t, limits: crosspeer.Limits{MaxPacketBytes: 10}}, &stage{T: t}
	p, err := crosspeer.Listen(t.Context(), &crosspeer.Config{MaxPacketBytes: 20}, small, large)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	large.enter(50)
	large.enter(70)
	for _, tt := range []struct {
		to   crosspeer.PeerID
		size int
		want error
	}{
		{50, 20, nil}, {50, 21, crosspeer.ErrTooLarge},
		{0, 10, nil}, {0, 11, crosspeer.ErrTooLarge}, {-50, 10, nil}, {-50, 11, crosspeer.ErrTooLarge},
	} {
		if err := p.Send(crosspeer.Packet{To: tt.to, Data: make([]byte, tt.size)}); !errors.Is(err, tt.want) {
			t.Errorf("%d bytes to %d: %v, want %v", tt.size, tt.to, err, tt.want)
		}
	}
}
