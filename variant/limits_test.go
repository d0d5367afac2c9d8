package variant

import (
	"errors"
	"runtime"
	"strconv"
	"testing"
)

func TestLimitsAreForBothWays(t *testing.T) {
	four := Array{1, 2, 3, 4} // 40 bytes
	b, err := Config{MaxBytes: 40, MaxDepth: 1}.Marshal(four)
	if err != nil || len(b) != 40 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	tail := append(b[:40:40], "more"...)
	limit := func(want string, err error) {
		t.Helper()
		var l *LimitError
		if !errors.As(err, &l) || l.Limit != want {
			t.Errorf("%v, want the limit %s", err, want)
		}
	}
	if _, n, err := (Config{MaxBytes: 40, MaxElements: 4}).Decode(tail); err != nil || n != 40 {
		t.Errorf("%d bytes read, %v", n, err)
	}
	_, _, err = Config{MaxBytes: 36}.Decode(tail)
	limit("MaxBytes", err)
	_, err = Config{MaxBytes: 36}.Marshal(four)
	limit("MaxBytes", err)
	_, _, err = Config{MaxElements: 3}.Decode(tail)
	limit("MaxElements", err)
	_, _, err = Config{MaxBytes: 15}.Decode(Godot3.AppendByteArray(nil, make([]byte, 8)))
	limit("MaxBytes", err)
	_, _, err = Config{MaxBytes: 15}.Decode(Godot3.AppendString(nil, "12345678"))
	limit("MaxBytes", err)
	_, _, err = Config{MaxElements: 3}.Decode(Godot3.AppendStringArray(nil, []string{"", "", "", ""}))
	limit("MaxElements", err)
	_, err = Config{MaxDepth: 1}.Marshal(Array{Array{}})
	limit("MaxDepth", err)
}

// A claim alone makes nothing large.
func TestClaimsAllocateNothing(t *testing.T) {
	for id := range uint32(39) {
		for _, d := range []Dialect{Godot3, Godot4} {
			for _, claim := range []uint32{0x7fffffff, 0xffffffff, 0x40000001, 1 << 20} {
				b := le.AppendUint32(le.AppendUint32(nil, id), claim)
				b = append(b, make([]byte, 64)...)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				Config{Dialect: d}.Decode(b)
				runtime.ReadMemStats(&after)
				if n := after.TotalAlloc - before.TotalAlloc; n > 16<<10 {
					t.Errorf("%v, type %d: a claim of %#x allocates %d bytes", d, id, claim, n)
				}
			}
		}
	}
}

// The worst that bytes can do is to begin arrays inside each other that all
// claim to be long, or to hold many values that take more memory than bytes.
func TestMemoryIsBoundedByTheInput(t *testing.T) {
	repeat := func(n int, b []byte, each func([]byte) []byte) []byte {
		for range n {
			b = each(b)
		}
		return b
	}
	for name, b := range map[string][]byte{
		"claims inside claims": repeat(1023, nil, func(b []byte) []byte { return Godot3.AppendArrayHeader(b, 1<<31-1) }),
		"empty arrays": repeat(20000, Godot3.AppendArrayHeader(nil, 20000), func(b []byte) []byte {
			return Godot3.AppendArrayHeader(b, 0)
		}),
		"dictionaries as keys": repeat(20000, Godot3.AppendDictionaryHeader(nil, 20000), func(b []byte) []byte {
			return Godot3.AppendNil(Godot3.AppendDictionaryHeader(b, 0))
		}),
		"texts as keys": repeat(20000, Godot3.AppendDictionaryHeader(nil, 20000), func(b []byte) []byte {
			return Godot3.AppendNil(Godot3.AppendString(b, strconv.Itoa(len(b))))
		}),
		"empty texts": Godot3.AppendStringArray(nil, make([]string, 20000)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Decode(b)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 320<<10+24*uint64(len(b)) {
			t.Errorf("%s: %d bytes allocate %d", name, len(b), n)
		}
	}
}
