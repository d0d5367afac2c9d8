package rpc

import (
	"testing"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
	"crosspeer/rpc/internal/godot3"
	"crosspeer/variant"
)

// typical is what a call in a game has for arguments. They are made once: what
// it costs to put a value into an any is the caller's.
var typical = []any{variant.Vector2{X: 10.5, Y: -3}, 42, "hello"}

// agreed is a Session in which peer 2 has confirmed the path, and what it was
// sent then for a call of typical.
func agreed(t testing.TB) (s *godot3.Session, m *dialect.Outgoing, packet []byte) {
	t.Helper()
	s = godot3.New(10)
	m = &dialect.Outgoing{Path: "Main/Player", Name: "move", Argc: len(typical), To: 2, Targets: []crosspeer.PeerID{2}}
	writeTypical(m)
	err := s.Send(m, func(crosspeer.Packet) error { return nil })
	if err == nil {
		_, err = s.Receive(2, []byte("\x03Main/Player\x00"), variant.Config{}, nil)
	}
	if err == nil {
		err = s.Send(m, func(p crosspeer.Packet) error { packet = append(packet, p.Data...); return nil })
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, m, packet
}

// writeTypical encodes the arguments, as each call does.
func writeTypical(m *dialect.Outgoing) {
	m.Args = m.Args[:0]
	for _, v := range typical {
		m.Args, _ = variant.Append(m.Args, v)
	}
}

// called is an entry as typical is for, and its Session.
func called(t testing.TB) (s *godot3.Session, e *entry, calls *int) {
	t.Helper()
	s, calls = godot3.New(10), new(int)
	_, err := s.Receive(1, []byte("\x02\x01\x00\x00\x00Main/Player\x00"), variant.Config{}, func(crosspeer.Packet) error { return nil })
	if err == nil {
		e, err = entryOf("move", func(c Caller, to variant.Vector2, n int, text string) {
			if to.X == 10.5 && n == 42 && text == "hello" {
				*calls++
			}
		}, Remote)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, e, calls
}

func TestATypicalCallAllocatesLittle(t *testing.T) {
	s, m, packet := agreed(t)
	put := dialect.Put(func(crosspeer.Packet) error { return nil })
	if n := testing.AllocsPerRun(1000, func() { writeTypical(m); s.Send(m, put) }); n > 0 {
		t.Errorf("%v allocations to write a call, want 0", n)
	}
	at, e, calls := called(t)
	read := func() {
		in, err := at.Receive(1, packet, variant.Config{}, nil)
		if err == nil {
			_, err = e.run(Caller{ID: 1}, in.Argc, in.Args)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(1000, read); n > 2 && !raceEnabled {
		t.Errorf("%v allocations to read a call and run it, want 2 at most", n)
	}
	if *calls != 1001 {
		t.Errorf("%d calls", *calls)
	}
}

func BenchmarkWriteCall(b *testing.B) {
	s, m, packet := agreed(b)
	put := dialect.Put(func(crosspeer.Packet) error { return nil })
	b.SetBytes(int64(len(packet)))
	b.ReportAllocs()
	for b.Loop() {
		writeTypical(m)
		s.Send(m, put)
	}
}

func BenchmarkReadCall(b *testing.B) {
	_, _, packet := agreed(b)
	at, e, _ := called(b)
	b.SetBytes(int64(len(packet)))
	b.ReportAllocs()
	for b.Loop() {
		in, _ := at.Receive(1, packet, variant.Config{}, nil)
		e.run(Caller{ID: 1}, in.Argc, in.Args)
	}
}
