package connlink

import (
	"bytes"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/internal/framing"
	"crosspeer/internal/hostile"
)

func TestMessagesAreReadAsTheyWereWritten(t *testing.T) {
	for _, f := range []*crosspeer.Frame{
		{Kind: crosspeer.FrameAdd, Peer: 1},
		{Kind: crosspeer.FrameRemove, Peer: 2147483647},
		{Packet: crosspeer.Packet{From: 7, To: -9, Mode: crosspeer.UnreliableOrdered, Channel: 254, Data: []byte("x")}},
		{Packet: crosspeer.Packet{From: 7, To: 1, Channel: 1}},
	} {
		var got crosspeer.Frame
		if _, ok := parse(formOf(f), &got); !ok || got.Kind != f.Kind || got.Peer != f.Peer || got.From != f.From ||
			got.To != f.To || got.Mode != f.Mode || got.Channel != f.Channel || !bytes.Equal(got.Data, f.Data) {
			t.Errorf("%+v becomes %+v, %v", f, got, ok)
		}
	}
}

func TestGoodbyes(t *testing.T) {
	long := strings.Repeat("ä", 1000)
	for _, tt := range []struct {
		name string
		b    []byte
		want crosspeer.Reason
	}{
		{"its own", farewellOf(crosspeer.Reason{Code: crosspeer.ReasonKicked, By: crosspeer.ByLocal, Text: "no cake"}),
			crosspeer.Reason{Code: crosspeer.ReasonKicked, By: crosspeer.ByRemote, Text: "no cake"}},
		{"no words", farewellOf(crosspeer.Reason{Code: crosspeer.ReasonClosed}),
			crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote}},
		{"long words are cut", farewellOf(crosspeer.Reason{Text: long}), crosspeer.Reason{By: crosspeer.ByRemote, Text: long[:1024]}},
		{"long words of a stranger too", append(farewellOf(crosspeer.Reason{}), long...), crosspeer.Reason{By: crosspeer.ByRemote, Text: long[:1024]}},
		{"no code", farewellOf(crosspeer.Reason{})[:9], crosspeer.Reason{By: crosspeer.ByRemote}},
		{"a code that is none", append(farewellOf(crosspeer.Reason{})[:9], 200, 'x'), crosspeer.Reason{By: crosspeer.ByRemote, Text: "x"}},
		{"words that are none", append(farewellOf(crosspeer.Reason{})[:9], 1, 'a', 0xff, 'b'),
			crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote, Text: "a?b"}},
	} {
		var f crosspeer.Frame
		if kind, ok := parse(tt.b, &f); !ok || kind != goodbye {
			t.Errorf("%s: kind %d, %v", tt.name, kind, ok)
		} else if got := reasonOf(f.Data); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// Whatever comes, what is read is what a sender could have written.
func FuzzParse(f *testing.F) {
	seeds := [][]byte{
		nil,
		[]byte("HTTP/1.1 400 Bad Request"),
		framing.Notice(3, 77),
		framing.Notice(1, -1),
		farewellOf(crosspeer.Reason{Code: crosspeer.ReasonSlow, Text: "slow"}),
		formOf(&crosspeer.Frame{Packet: crosspeer.Packet{From: 2, To: -3, Mode: crosspeer.Reliable, Channel: 1, Data: []byte("x")}}),
	}
	read := func(b []byte) {
		var got crosspeer.Frame
		if kind, ok := parse(b, &got); ok && kind == goodbye {
			reasonOf(got.Data)
		}
	}
	hostile.Fuzz(f, seeds, read, func(t testing.TB, b []byte) {
		before := bytes.Clone(b)
		var got, again crosspeer.Frame
		kind, ok := parse(b, &got)
		if !bytes.Equal(b, before) {
			t.Fatalf("%x was changed", before)
		}
		switch {
		case !ok:
			return
		case kind == goodbye:
			r := reasonOf(got.Data)
			if len(r.Text) > maxWords || r.By != crosspeer.ByRemote || r.Code > crosspeer.ReasonInvalid {
				t.Fatalf("%x is the goodbye %+v", b, r)
			}
		case kind == 0:
			if got.Mode > crosspeer.Reliable || got.Channel < 1 || got.Channel > 254 {
				t.Fatalf("%x is a packet of %v on channel %d", b, got.Mode, got.Channel)
			}
			if _, ok := parse(formOf(&got), &again); !ok || !bytes.Equal(formOf(&got), b) {
				t.Fatalf("%x becomes %x", b, formOf(&got))
			}
		case kind > goodbye || got.Data != nil:
			t.Fatalf("%x is of kind %d with %d bytes", b, kind, len(got.Data))
		}
	})
}
