package framing

import (
	"reflect"
	"testing"

	"crosspeer"
)

func TestENetFramesAreReadAsTheyWereWritten(t *testing.T) {
	for _, tt := range []struct {
		frame  crosspeer.Frame
		size   int
		client bool
		ok     bool
	}{
		{crosspeer.Frame{Packet: crosspeer.Packet{From: 7, To: -9, Channel: 2, Data: []byte("hello")}}, 13, false, true},
		{crosspeer.Frame{Packet: crosspeer.Packet{From: 1, Channel: 1, Data: []byte{}}}, 8, true, true},
		{crosspeer.Frame{Kind: crosspeer.FrameAdd, Peer: 7}, 8, true, true},
		{crosspeer.Frame{Kind: crosspeer.FrameRemove, Peer: 7}, 8, true, true},
		{crosspeer.Frame{Kind: crosspeer.FrameAdd, Peer: 7}, 8, false, false}, // no client says that
	} {
		b := make([]byte, ENetSize(&tt.frame))
		if len(b) != tt.size {
			t.Errorf("%+v: %d bytes, want %d", tt.frame, len(b), tt.size)
		}
		PutENet(b, &tt.frame)
		var got crosspeer.Frame
		if ok := ReadENet(&got, b, ENetChannel(&tt.frame), tt.client); ok != tt.ok {
			t.Errorf("%+v: read %v", tt.frame, ok)
		} else if ok && !reflect.DeepEqual(got, tt.frame) {
			t.Errorf("%+v became %+v", tt.frame, got)
		}
		for cut := range len(b) {
			if tt.frame.Kind == crosspeer.FramePacket && cut >= 8 {
				break
			}
			if ReadENet(&got, b[:cut], ENetChannel(&tt.frame), true) {
				t.Errorf("%+v: %d of its bytes are read", tt.frame, cut)
			}
		}
	}
}
