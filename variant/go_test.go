package variant

import (
	"errors"
	"math"
	"reflect"
	"testing"
)

type point struct {
	X, Y int8
}

type base struct {
	ID   int `variant:"id"`
	Note string
}

type player struct {
	base
	Pos     Vector2          `variant:"pos"`
	Name    string           `variant:"name,omitempty"`
	HP      float32          `variant:"hp"`
	Items   []string         `variant:"items"`
	Scores  []int            `variant:"scores"`
	Corner  *point           `variant:"corner"`
	Flags   map[string]bool  `variant:"flags"`
	Any     any              `variant:"any"`
	Raw     [3]byte          `variant:"raw"`
	Grid    [2][2]int        `variant:"grid"`
	Kind    kind             `variant:"kind"`
	Places  map[int]NodePath `variant:"places"`
	Ignored string           `variant:"-"`
	hidden  int
}

// kind is sent as its name.
type kind int

func (k kind) MarshalVariant() (any, error) {
	if k < 0 {
		return nil, errors.New("no such kind")
	}
	return []string{"elf", "orc"}[k], nil
}

func (k *kind) UnmarshalVariant(v any) error {
	switch v {
	case "elf":
		*k = 0
	case "orc":
		*k = 1
	default:
		return &TypeError{Offset: -1, Want: "a kind", Have: Godot3.Format(v)}
	}
	return nil
}

func TestStructsAreDictionaries(t *testing.T) {
	p := player{
		base: base{7, "n"}, Pos: Vector2{1, 2}, HP: 0.5, Items: []string{"a"}, Scores: []int{1, 1 << 30},
		Corner: &point{1, -1}, Flags: map[string]bool{"b": true, "a": false}, Any: int64(3), Raw: [3]byte{1, 2, 3},
		Grid: [2][2]int{{1, 2}, {3, 4}}, Kind: 1, Places: map[int]NodePath{10: Path("/root"), 9: Path("a:b")},
		Ignored: "x", hidden: 1,
	}
	b, err := Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	v, _, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	want := Dictionary{
		{"id", int64(7)}, {"Note", "n"}, {"pos", Vector2{1, 2}}, {"hp", 0.5}, {"items", []string{"a"}},
		{"scores", Array{int64(1), int64(1 << 30)}}, {"corner", Dictionary{{"X", int64(1)}, {"Y", int64(-1)}}},
		{"flags", Dictionary{{"a", false}, {"b", true}}}, {"any", int64(3)}, {"raw", []byte{1, 2, 3}},
		{"grid", Array{Array{int64(1), int64(2)}, Array{int64(3), int64(4)}}}, {"kind", "orc"},
		{"places", Dictionary{{int64(9), Path("a:b")}, {int64(10), Path("/root")}}},
	}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("encoded as\n%v, want\n%v", Godot3.Format(v), Godot3.Format(want))
	}
	var back player
	if err := Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	p.Ignored, p.hidden = "", 0
	if !reflect.DeepEqual(back, p) {
		t.Errorf("decoded to\n%+v, want\n%+v", back, p)
	}
}

func TestValuesFitTypesThatCanHoldThem(t *testing.T) {
	type text string
	type numbers []int32
	for _, tt := range []struct {
		v    any
		want any // the type to go to, and what should be there then
	}{
		{int64(5), int8(5)}, {int64(5), uint64(5)}, {int64(5), 5.0}, {int64(-5), float32(-5)}, {3.0, 3}, {0.1, float32(0.1)},
		{math.Inf(1), float32(math.Inf(1))}, {true, true}, {"a", "a"}, {"a", StringName("a")}, {"a", text("a")},
		{StringName("a"), "a"}, {"/a/b:c", Path("/a/b:c")}, {Path("/a/b:c"), "/a/b:c"},
		{Vector2i{1, 2}, Vector2{1, 2}}, {Vector3i{1, 2, 3}, Vector3{1, 2, 3}}, {Vector4i{1, 2, 3, 4}, Vector4{1, 2, 3, 4}},
		{Rect2i{Vector2i{1, 2}, Vector2i{3, 4}}, Rect2{Vector2{1, 2}, Vector2{3, 4}}},
		{Array{int64(1), 2.0}, []int{1, 2}}, {Array{int64(1), int64(2)}, [2]uint8{1, 2}}, {[]int32{1, 2}, []int64{1, 2}},
		{[]int32{1, 2}, numbers{1, 2}}, {[]int32{1}, Array{int64(1)}}, {[]float32{1}, Array{1.0}}, {[]byte{1}, Array{int64(1)}},
		{Array{"a"}, []string{"a"}}, {[]string{"a"}, []text{"a"}}, {[]Vector2{{1, 2}}, Array{Vector2{1, 2}}},
		{TypedArray{ElementType{Type: TypeInt}, Array{int64(1)}}, []int{1}}, {Array{int64(1)}, TypedArray{Items: Array{int64(1)}}},
		{Dictionary{{"a", int64(1)}}, map[string]int{"a": 1}}, {Dictionary{{"a", int64(1)}}, map[any]any{"a": int64(1)}},
		{Dictionary{{"a", int64(1)}}, TypedDictionary{Pairs: Dictionary{{"a", int64(1)}}}},
		{TypedDictionary{Pairs: Dictionary{{"X", int64(1)}, {"Z", nil}, {2, 3}}}, point{X: 1}},
		{TypedDictionary{Pairs: Dictionary{{"a", int64(1)}}}, Dictionary{{"a", int64(1)}}},
		{nil, (*int)(nil)}, {nil, []int(nil)}, {nil, map[string]int(nil)}, {nil, Object{}}, {Object{ID: 5}, Object{ID: 5}},
		{"orc", kind(1)}, {Dictionary{{"X", int64(1)}}, &point{X: 1}}, {"orc", func() *kind { k := kind(1); return &k }()},
	} {
		p := reflect.New(reflect.TypeOf(tt.want))
		if err := Convert(tt.v, p.Interface()); err != nil || !reflect.DeepEqual(p.Elem().Interface(), tt.want) {
			t.Errorf("%T %v into %T: %v, %v, want %v", tt.v, tt.v, tt.want, p.Elem().Interface(), err, tt.want)
		}
	}
}

func TestWhatDoesNotFitSaysWhereAndWhy(t *testing.T) {
	for _, tt := range []struct {
		v      any
		target any
		want   string
	}{
		{int64(300), new(int8), "variant: want int8, have int 300"},
		{int64(-1), new(uint), "variant: want uint, have int -1"},
		{2.5, new(int), "variant: want int, have float 2.5"},
		{math.NaN(), new(int), "variant: want int, have float NaN"},
		{1e300, new(float32), "variant: want float32, have float 1e+300"},
		{int64(1<<53 + 1), new(float64), "variant: want float64, have int 9007199254740993"},
		{int64(1), new(bool), "variant: want bool, have int 1"},
		{int64(1), new(RID), "variant: want variant.RID, have int 1"},
		{true, new(int), "variant: want int, have bool true"},
		{"5", new(int), "variant: want int, have String"},
		{int64(5), new(string), "variant: want string, have int 5"},
		{nil, new(int), "variant: want int, have Nil"},
		{Vector2{}, new(Vector3), "variant: want variant.Vector3, have Vector2"},
		{Vector2{}, new(point), "variant: want variant.point, have Vector2"},
		{Dictionary{}, new(Vector2), "variant: want variant.Vector2, have Dictionary"},
		{Array{"a", int64(1)}, new([]string), "variant: [1]: want string, have int 1"},
		{Array{int64(1)}, new([2]int), "variant: want [2]int, have 1 elements"},
		{Array{}, new(map[string]int), "variant: want map[string]int, have Array"},
		{Dictionary{{"pos", Dictionary{}}}, new(player), "variant: .pos: want variant.Vector2, have Dictionary"},
		{Dictionary{{"grid", Array{Array{int64(1), int64(2)}, Array{int64(1), "x"}}}}, new(player), "variant: .grid[1][1]: want int, have String"},
		{Dictionary{{"kind", "cat"}}, new(player), `variant: .kind: want a kind, have "cat"`},
		{Dictionary{{Array{}, int64(1)}}, new(map[any]int), "variant: [Array]: want a key that Go can compare, have []interface {}"},
		{Dictionary{{"a", "b"}}, new(map[string]int), "variant: .a: want int, have String"},
		{int64(1), 5, "variant: want a pointer to convert into, have int"},
		{int64(1), nil, "variant: want a pointer to convert into, have <nil>"},
	} {
		err := Convert(tt.v, tt.target)
		if err == nil || err.Error() != tt.want || !errors.Is(err, ErrType) {
			t.Errorf("%T into %T: %v, want %s", tt.v, tt.target, err, tt.want)
		}
	}
}

func TestANilPointerIsNoTarget(t *testing.T) {
	for target, v := range map[any]any{
		(*any)(nil): 1, (*bool)(nil): true, (*int)(nil): 1, (*int64)(nil): 1, (*float64)(nil): 1.0, (*string)(nil): "",
		(*Vector2)(nil): Vector2{}, (*Vector3)(nil): Vector3{}, (*Color)(nil): Color{}, (*player)(nil): player{},
	} {
		b, err := Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := Unmarshal(b, target); !errors.Is(err, ErrType) {
			t.Errorf("%T: %v, want ErrType", target, err)
		}
	}
}

func TestWhatHasNoEncodingIsShownAsAnError(t *testing.T) {
	loop := Array{nil}
	loop[0] = loop
	for _, tt := range []struct {
		v    any
		want string
	}{
		{Array{Vector2i{1, 2}}, "[Vector2i(1, 2)]"},
		{make(chan int), "<variant: want a type that Godot has, have chan int>"},
		{loop, "<variant: offset 8192: over the limit Config.MaxDepth, which is 1024>"},
		{map[string]point{"a": {1, 2}}, `{"a": {"X": 1, "Y": 2}}`},
	} {
		if got := Godot3.Format(tt.v); got != tt.want {
			t.Errorf("it is %s, want %s", got, tt.want)
		}
	}
}

func TestWhatGodotHasNotIsRefused(t *testing.T) {
	type tagged struct {
		A int `variant:"x"`
		B int `variant:"x"`
	}
	type option struct {
		A int `variant:"a,string"`
	}
	type unexported struct {
		a int `variant:"a"` //lint:ignore U1000 the tag is the mistake
	}
	for _, tt := range []struct {
		d    Dialect
		v    any
		want string
	}{
		{Godot3, make(chan int), "variant: want a type that Godot has, have chan int"},
		{Godot3, func() {}, "variant: want a type that Godot has, have func()"},
		{Godot3, complex(1, 1), "variant: want a type that Godot has, have complex128"},
		{Godot3, uint64(math.MaxUint64), "variant: want an int of 64 bits with sign, have uint64 18446744073709551615"},
		{Godot3, Vector2i{}, "variant: want a type of Godot 3, have Vector2i"},
		{Godot3, StringName("a"), "variant: want a type of Godot 3, have StringName"},
		{Godot3, []Vector4{}, "variant: want a type of Godot 3, have PackedVector4Array"},
		{Godot3, "a\x00b", "variant: want text, have a zero byte at 1, where Godot ends a text"},
		{Godot3, "a\xff", "variant: want text, have no UTF-8 at byte 1: 0xff"},
		{Godot3, "\xc0\x80", "variant: want text, have no UTF-8 at byte 0: 0xc0"},
		{Godot4, "\xed\xa0\x80", "variant: want text, have no UTF-8 at byte 0: 0xed"},
		{Godot3, []string{"", "\xff"}, "variant: [1]: want text, have no UTF-8 at byte 0: 0xff"},
		{Godot3, map[string]any{"a": Array{1, make(chan int)}}, "variant: .a[1]: want a type that Godot has, have chan int"},
		{Godot3, Dictionary{{2, make(chan int)}}, "variant: [2]: want a type that Godot has, have chan int"},
		{Godot3, player{Any: struct{ C chan int }{}}, "variant: .any.C: want a type that Godot has, have chan int"},
		{Godot4, TypedArray{ElementType{Type: TypeInt}, Array{1, "a"}}, "variant: [1]: want int, have string"},
		{Godot4, TypedArray{ElementType{Type: TypeInt, Class: "Node"}, nil}, "variant: want an element type, have {Type:int Class:Node Script:}"},
		{Godot4, TypedDictionary{Key: ElementType{Type: TypeInt}, Pairs: Dictionary{{"a", 1}}}, "variant: .a: want int, have string"},
		{Godot3, tagged{}, `variant: variant.tagged has two fields named "x"`},
		{Godot3, option{}, `variant: variant.option.A: tag option "string" is not known, want omitempty`},
		{Godot3, unexported{}, "variant: variant.unexported.a has a tag but is not exported"},
		{Godot3, kind(-1), "no such kind"},
		{Godot3, Object{Class: "Node"}, "variant: objects are not allowed: a Node without an id"},
	} {
		dst := []byte("before")
		b, err := Config{Dialect: tt.d}.Append(dst, tt.v)
		if err == nil || err.Error() != tt.want || string(b) != "before" {
			t.Errorf("%v, %T: %v, want %s; dst is %q", tt.d, tt.v, err, tt.want, b)
		}
	}
}

// The names in an element type are texts like others: bytes that Godot would
// not read are refused.
func TestElementTypesNameTheirClassInText(t *testing.T) {
	c := Config{Dialect: Godot4, AllowObjects: true}
	for _, e := range []ElementType{{Type: TypeObject, Class: "No\xffde"}, {Type: TypeObject, Script: "res://\x00"}} {
		if b, err := c.Marshal(TypedArray{e, nil}); err == nil {
			t.Errorf("%+v is encoded to %x", e, b)
		}
		if b, err := c.Marshal(TypedDictionary{Value: e}); err == nil {
			t.Errorf("%+v is encoded to %x", e, b)
		}
	}
}
