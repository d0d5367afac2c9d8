package godot3

import (
	"testing"

	"crosspeer"
	"crosspeer/internal/hostile"
	"crosspeer/rpc/internal/dialect"
	"crosspeer/variant"
)

// FuzzReceive reads anything. What is a call whose arguments can be read is
// the same when it is sent again.
func FuzzReceive(f *testing.F) {
	var seeds [][]byte
	for _, step := range record(f).Steps {
		for _, p := range step.Packets {
			seeds = append(seeds, unhex(f, p.Hex))
		}
	}
	one := known(f)
	parse := func(packet []byte) {
		in, err := one.Receive(5, packet, variant.Config{}, nowhere)
		for i := 0; err == nil && i < in.Argc; i++ {
			_, err = in.Args.ReadValue()
		}
	}
	hostile.Fuzz(f, seeds, parse, func(t testing.TB, packet []byte) {
		answers := 0
		s := known(t)
		in, err := s.Receive(5, packet, variant.Config{}, func(p crosspeer.Packet) error {
			answers++
			if len(p.Data) > len(packet) {
				t.Fatalf("an answer of %d bytes to %d", len(p.Data), len(packet))
			}
			return nil
		})
		if answers > 1 || answers == 1 && (err != nil || in.Kind != dialect.Nothing) {
			t.Fatalf("%d answers, kind %d, %v", answers, in.Kind, err)
		}
		if err != nil || in.Kind != dialect.Call && in.Kind != dialect.Set || len(in.Name) == 0 {
			return
		}
		m := &dialect.Outgoing{Set: in.Kind == dialect.Set, Path: in.Path, Name: string(in.Name), To: 5, Targets: []crosspeer.PeerID{5}}
		for range in.Argc {
			v, err := in.Args.ReadValue()
			if err != nil {
				return
			}
			if m.Args, err = variant.Append(m.Args, v); err != nil {
				return // a text that Godot would cut
			}
			m.Argc++
		}
		other := New(1 << 20)
		var again dialect.Incoming
		err = New(10).Send(m, func(p crosspeer.Packet) (err error) {
			if again, err = other.Receive(1, p.Data, variant.Config{}, nowhere); err != nil {
				t.Fatal(err)
			}
			return nil
		})
		if err != nil {
			return // a text that Godot would cut
		}
		if again.Kind != in.Kind || string(again.Name) != m.Name || again.Argc != m.Argc {
			t.Fatalf("%+v became %+v", in, again)
		}
	})
}
