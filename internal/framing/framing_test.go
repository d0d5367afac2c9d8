package framing

import (
	"bytes"
	"encoding/hex"
	"testing"

	"crosspeer"
)

func TestFramesAreWrittenAsGodotDoes(t *testing.T) {
	for _, tt := range []struct {
		name  string
		frame crosspeer.Frame
		want  string
	}{
		{"a packet", crosspeer.Frame{Packet: crosspeer.Packet{From: 266322731, To: -1, Data: []byte{0xAA, 2}}}, "002bc3df0fffffffffaa02"},
		{"an empty one", crosspeer.Frame{Packet: crosspeer.Packet{From: 266322731, To: 1}}, "002bc3df0f01000000"},
		{"somebody is there", crosspeer.Frame{Kind: crosspeer.FrameAdd, Peer: 2084348611}, "010100000000000000c3a23c7c"},
		{"somebody has gone", crosspeer.Frame{Kind: crosspeer.FrameRemove, Peer: 2084348611}, "020100000000000000c3a23c7c"},
	} {
		b := make([]byte, Size(&tt.frame))
		Put(b, &tt.frame)
		if got := hex.EncodeToString(b); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := hex.EncodeToString(Notice(3, 763630778)); got != "030100000000000000ba14842d" {
		t.Errorf("an id: %s", got)
	}
}

func TestAFrameIsEncodedOncePerFraming(t *testing.T) {
	type one struct{}
	type two struct{}
	var f crosspeer.Frame
	made := 0
	encode := func() []byte { made++; return []byte{byte(made)} }
	first := Once(&f, one{}, encode)
	if again := Once(&f, one{}, encode); made != 1 || !bytes.Equal(first, again) {
		t.Errorf("made %d times", made)
	}
	if other := Once(&f, two{}, encode); made != 2 || bytes.Equal(first, other) {
		t.Errorf("made %d times for two framings", made)
	}
}
