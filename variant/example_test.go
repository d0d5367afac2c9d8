package variant_test

import (
	"fmt"

	"crosspeer/variant"
)

// A struct is a Dictionary.
func ExampleMarshal() {
	type player struct {
		ID   int             `variant:"id"`
		Pos  variant.Vector2 `variant:"pos"`
		Name string          `variant:"name,omitempty"`
	}
	b, err := variant.Marshal(player{ID: 7, Pos: variant.Vector2{X: 10.5, Y: -3}})
	if err != nil {
		fmt.Println(err)
		return
	}
	v, n, err := variant.Decode(b)
	fmt.Println(variant.Godot3.Format(v), n, err)
	// Output: {"id": 7, "pos": Vector2(10.5, -3)} 52 <nil>
}

// What does not fit says where.
func ExampleUnmarshal() {
	b, err := variant.Marshal(variant.Dictionary{{Key: "ages", Value: variant.Array{30, "old"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var ages map[string][]int
	fmt.Println(variant.Unmarshal(b, &ages))
	fmt.Println(variant.Unmarshal(b[:20], &ages))
	// Output:
	// variant: .ages[1]: want int, have String
	// variant: offset 20: want 4 bytes of a value's header, have 0
}

// Typed functions append and read without making an any of each value.
func ExampleReader() {
	var buf []byte
	buf = variant.Godot3.AppendVector2(buf, variant.Vector2{X: 1, Y: 2})
	buf = variant.Godot3.AppendInt(buf, 42)
	buf = variant.Godot3.AppendString(buf, "hello")

	r := variant.NewReader(buf)
	pos, _ := r.ReadVector2()
	_, err := r.ReadString() // it is an int
	n, _ := r.ReadInt()
	text, _ := r.ReadString()
	fmt.Println(pos, n, text, r.Len())
	fmt.Println(err)
	// Output:
	// Vector2(1, 2) 42 hello 0
	// variant: offset 12: want String, have int
}

// Typed containers are Godot 4's.
func ExampleConfig() {
	godot4 := variant.Config{Dialect: variant.Godot4, MaxDepth: 16}
	b, err := godot4.Marshal(variant.TypedArray{
		Element: variant.ElementType{Type: variant.TypeInt},
		Items:   variant.Array{1, 2},
	})
	fmt.Printf("%x %v\n", b, err)
	v, _, err := godot4.Decode(b)
	fmt.Println(variant.Godot4.Format(v), err)
	// Output:
	// 1c000100020000000200000002000000010000000200000002000000 <nil>
	// Array[int]([1, 2]) <nil>
}

// Keys of a Dictionary are of any type and keep their order.
func ExampleDictionary() {
	d := variant.Dictionary{{Key: "name", Value: "Ann"}, {Key: variant.Vector2{X: 1}, Value: "here"}}
	d.Set("name", "Bob")
	d.Set(3, nil)
	place, ok := d.Get(variant.Vector2{X: 1})
	fmt.Println(variant.Godot3.Format(d), place, ok)
	// Output: {"name": "Bob", Vector2(1, 0): "here", 3: null} here true
}

// Text and JSON are for people and tools.
func ExampleParse() {
	v, err := variant.Parse(`{"pos": Vector2(1, 2), "tags": PoolStringArray("a", "b")}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	json, err := variant.Godot3.FormatJSON(v.(variant.Dictionary)[0].Value)
	fmt.Println(string(json), err)
	_, err = variant.Parse("Vector2(1)")
	fmt.Println(err)
	// Output:
	// {"type":"Vector2","x":1,"y":2} <nil>
	// variant: offset 9: want ',', have ')'
}
