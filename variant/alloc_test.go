package variant

import "testing"

// call is what a typical remote call has for arguments.
type call struct {
	pos  Vector2
	n    int64
	text string
}

var typical = call{Vector2{10.5, -3}, 42, "hello"}

func (c call) append(dst []byte, d Dialect) []byte {
	return d.AppendString(d.AppendInt(d.AppendVector2(dst, c.pos), c.n), c.text)
}

func (c *call) read(b []byte) (err error) {
	r := NewReader(b)
	if c.pos, err = r.ReadVector2(); err != nil {
		return err
	}
	if c.n, err = r.ReadInt(); err != nil {
		return err
	}
	c.text, err = r.ReadString()
	return err
}

func TestArgumentsOfACallAllocateAlmostNothing(t *testing.T) {
	buf := make([]byte, 0, 256)
	encoded := typical.append(nil, Godot3)
	args := []any{typical.pos, typical.n, typical.text, 0.1, true, nil, Vector3{1, 2, 3}, Color{}, Transform{}, Path("/a"), []byte{1}, []Vector2{{}}}
	nested := any(Dictionary{{"a", int64(1)}, {"b", Array{int64(1), "x", Vector2{}}}})
	var c call
	var v any
	for _, tt := range []struct {
		name string
		most float64
		do   func() error
	}{
		{"append by type", 0, func() error { typical.append(buf, Godot3); return nil }},
		{"append of any", 0, func() (err error) {
			dst := buf
			for _, a := range args {
				if dst, err = Append(dst, a); err != nil {
					return err
				}
			}
			return nil
		}},
		{"append of a dictionary", 0, func() error { _, err := Append(buf, nested); return err }},
		{"read by type", 1, func() error { return c.read(encoded) }},
		{"read into pointers", 1, func() error {
			r := NewReader(encoded)
			for _, p := range [...]any{&c.pos, &c.n, &c.text} {
				if err := r.Read(p); err != nil {
					return err
				}
			}
			return nil
		}},
		{"decode a Vector2", 1, func() (err error) { v, _, err = Decode(encoded); return err }},
	} {
		if err := tt.do(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if n := testing.AllocsPerRun(200, func() { tt.do() }); n > tt.most {
			t.Errorf("%s: %v allocations, want at most %v", tt.name, n, tt.most)
		}
	}
	if c != typical || v != any(typical.pos) {
		t.Errorf("read %v and %v", c, v)
	}
}

func BenchmarkAppendCall(b *testing.B) {
	b.ReportAllocs()
	buf := make([]byte, 0, 256)
	for b.Loop() {
		buf = typical.append(buf[:0], Godot3)
	}
}

func BenchmarkReadCall(b *testing.B) {
	b.ReportAllocs()
	encoded := typical.append(nil, Godot3)
	var c call
	for b.Loop() {
		if err := c.read(encoded); err != nil {
			b.Fatal(err)
		}
	}
}

// state is a snapshot of a small game.
func state() Dictionary {
	players := Array{}
	for i := range 32 {
		players = append(players, Dictionary{
			{"id", int64(i)}, {"pos", Vector2{float32(i), 2}}, {"name", "player"}, {"hp", 0.75}, {"items", []string{"sword", "bow"}},
		})
	}
	return Dictionary{{"tick", int64(1)}, {"players", players}}
}

func BenchmarkAppendState(b *testing.B) {
	b.ReportAllocs()
	s := any(state())
	buf, err := Append(nil, s)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		buf, _ = Append(buf[:0], s)
	}
}

func BenchmarkDecodeState(b *testing.B) {
	b.ReportAllocs()
	buf, err := Marshal(state())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		if _, _, err := Decode(buf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnmarshalStruct(b *testing.B) {
	b.ReportAllocs()
	buf, err := Marshal(Dictionary{{"X", 1}, {"Y", 2}})
	if err != nil {
		b.Fatal(err)
	}
	var p point
	for b.Loop() {
		if err := Unmarshal(buf, &p); err != nil {
			b.Fatal(err)
		}
	}
}
