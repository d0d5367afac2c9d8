package rpc_test

import (
	"encoding/binary"
	"testing"

	"crosspeer"
	"crosspeer/internal/hostile"
	"crosspeer/rpc"
	"crosspeer/variant"
)

// FuzzCall lets a peer send anything to nodes whose functions have parameters
// of many types. The input is a row of packets, each behind two bytes of its
// length. No function is called that the caller may not call.
func FuzzCall(f *testing.F) {
	calls := 0
	open := func(t testing.TB) *rpc.API {
		p, err := crosspeer.New(nil)
		ok(t, err)
		a, err := rpc.New(p, &rpc.Config{OnError: func(*rpc.Error) {}})
		ok(t, err)
		n, err := a.Node("/root/Main/Player")
		ok(t, err)
		var hp float32
		var places map[int]variant.Vector2
		for name, fn := range map[string]any{
			"any":    func(args ...any) { calls++ },
			"hit":    func(c rpc.Caller, by int8, at variant.Vector3) { calls++ },
			"rename": func(name string, colors []variant.Color, at *[2]float64) error { calls++; return nil },
			"say":    func(o struct{ ID int }, m map[string][]uint16) { calls++ },
		} {
			ok(t, n.Func(name, fn, rpc.Remote))
		}
		ok(t, n.Func("never", func(...any) { f.Error("a function was called that nobody may call") }, rpc.Puppet))
		ok(t, n.Var("hp", &hp, rpc.Remote))
		ok(t, n.Var("places", &places, rpc.Remote))
		return a
	}
	play := func(a *rpc.API, b []byte) {
		for len(b) >= 2 {
			n := min(int(binary.BigEndian.Uint16(b)), len(b)-2)
			a.Handle(crosspeer.PacketReceived{Packet: crosspeer.Packet{From: 5, Mode: crosspeer.Reliable, Data: b[2 : 2+n]}})
			b = b[2+n:]
		}
	}
	announce := "\x02\x01\x00\x00\x00Main/Player\x00"
	call := func(kind byte, name string, args ...any) string {
		b := append([]byte{kind, 1, 0, 0, 0}, name...)
		b = append(b, 0)
		if kind == 0 {
			b = append(b, byte(len(args)))
		}
		for _, v := range args {
			var err error
			if b, err = variant.Append(b, v); err != nil {
				f.Fatal(err)
			}
		}
		return string(b)
	}
	row := func(packets ...string) (b []byte) {
		for _, p := range packets {
			b = append(binary.BigEndian.AppendUint16(b, uint16(len(p))), p...)
		}
		return b
	}
	seeds := [][]byte{
		row(announce, call(0, "any", 1, "two", 3.0, nil), call(0, "hit", 7, variant.Vector3{X: 1, Y: 2, Z: 3})),
		row(announce, call(0, "rename", "Ann", []variant.Color{variant.RGB(1, 0, 0)}, variant.Array{1, 2.5}), call(1, "hp", 0.5)),
		row(announce, call(0, "say", map[string]any{"ID": 3}, map[string]any{"a": variant.Array{1, 2}})),
		row(announce, call(1, "places", map[int]any{1: variant.Vector2{X: 1, Y: 2}}), call(0, "never")),
	}
	one := open(f)
	for _, b := range seeds {
		play(one, b)
	}
	if calls < 4 {
		f.Fatalf("the seeds make %d calls", calls)
	}
	hostile.Fuzz(f, seeds, func(b []byte) { play(one, b) }, func(t testing.TB, b []byte) { play(open(t), b) })
}
