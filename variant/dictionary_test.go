package variant

import (
	"math"
	"reflect"
	"testing"
)

func TestDictionariesKeepOrderAndKeysApart(t *testing.T) {
	var d Dictionary
	d.Set("z", 1)
	d.Set(1, "int")
	d.Set(1.0, "float")
	d.Set("a", 2)
	d.Set("z", 3)
	d.Set(uint8(1), "again")
	want := Dictionary{{"z", 3}, {1, "again"}, {1.0, "float"}, {"a", 2}}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("%v, want %v", d, want)
	}
	if v, ok := d.Get(int64(1)); !ok || v != "again" {
		t.Errorf("1 has %v", v)
	}
	if v, ok := d.Get("b"); ok || v != nil {
		t.Errorf("b has %v", v)
	}
	d.Delete("z")
	d.Delete("none")
	if d.Has("z") || len(d) != 3 {
		t.Errorf("after Delete: %v", d)
	}
	nan := Dictionary{}
	nan.Set(Vector2{X: float32(math.NaN())}, 1)
	nan.Set(Vector2{X: -float32(math.NaN())}, 2)
	nan.Set(Array{math.Copysign(0, -1)}, 3)
	nan.Set(Array{0.0}, 4)
	nan.Set(Dictionary{}, 5)
	nan.Set(Dictionary{}, 6)
	if len(nan) != 4 {
		t.Errorf("%v, want four keys", nan)
	}
}

func TestManyKeysAreFoundByAnIndex(t *testing.T) {
	var pairs []byte
	const n = 5000
	for i := range n {
		pairs = Godot3.AppendInt(Godot3.AppendInt(pairs, int64(i)), int64(i))
		pairs = Godot3.AppendInt(Godot3.AppendInt(pairs, int64(i)), int64(-i))
	}
	v, _, err := Decode(append(Godot3.AppendDictionaryHeader(nil, 2*n), pairs...))
	d, ok := v.(Dictionary)
	if err != nil || !ok || len(d) != n {
		t.Fatalf("%d keys, %v", len(d), err)
	}
	for i, p := range d {
		if p.Key != int64(i) || p.Value != int64(-i) {
			t.Fatalf("in place %d: %v", i, p)
		}
	}
}
