package variant

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestTextIsReadInSeveralManners(t *testing.T) {
	for text, want := range map[string]any{
		" null ": nil, "-5": int64(-5), "0x1F": int64(31), "010": int64(10), "1.": 1.0, ".5": 0.5, "1e3": 1000.0, "-1.5e-3": -0.0015,
		`"\u00e9\n\t\\\"\x41"`: "é\n\t\\\"A", `&"n"`: StringName("n"), `StringName("n")`: StringName("n"),
		`^"a:b"`: Path("a:b"), `NodePath("a:b")`: Path("a:b"), "[1,2,]": Array{int64(1), int64(2)}, "{}": Dictionary{},
		`{1: 2, 1: 3, 1.0: 4,}`:        Dictionary{{int64(1), int64(3)}, {1.0, int64(4)}},
		"Vector2( 1,\n2 )":             Vector2{1, 2},
		"Quaternion(0, 0, 0, 1)":       IdentityQuat,
		"PackedInt32Array(1, -2)":      []int32{1, -2},
		"PoolIntArray()":               []int32{},
		"PoolVector2Array(1, 2, 3, 4)": []Vector2{{1, 2}, {3, 4}},
		"RID()":                        RID(0),
		"RID(7)":                       RID(7),
		"Callable()":                   Callable{},
		`Signal("s", 5)`:               Signal{"s", 5},
		"Object(5)":                    Object{ID: 5},
		`Object(Node, "a": [1])`:       Object{Class: "Node", Properties: []Property{{"a", Array{int64(1)}}}},
		"Array[int]([1])":              TypedArray{ElementType{Type: TypeInt}, Array{int64(1)}},
		"Array[Node]([])":              TypedArray{ElementType{Type: TypeObject, Class: "Node"}, Array{}},
		`Array["res://x.gd"]([])`:      TypedArray{ElementType{Type: TypeObject, Script: "res://x.gd"}, Array{}},
		"Dictionary[String, Variant]({})": TypedDictionary{
			Key: ElementType{Type: TypeString}, Pairs: Dictionary{},
		},
	} {
		if v, err := Parse(text); err != nil || !reflect.DeepEqual(v, want) {
			t.Errorf("%s is %#v, %v, want %#v", text, v, err, want)
		}
	}
}

func TestTextThatIsNoValueSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "offset 0: want a value, have the end",
		"nil":                       "offset 0: want a value, have nil",
		"1 2":                       "offset 2: want the end, have 2",
		"99999999999999999999":      "offset 0: want a number of at most 64 bits, have 99999999999999999999",
		"1_000":                     "offset 0: want a number of at most 64 bits, have 1_000",
		"[1":                        "offset 2: want ',' or ']', have the end",
		"[1 2]":                     "offset 3: want ',' or ']', have 2",
		"{1}":                       "offset 2: want ':', have '}'",
		`"a`:                        `offset 2: want '"', have the end`,
		`"\q"`:                      `offset 1: want an escape such as \n or \u00e9, have '\\'`,
		`"\u12g4"`:                  `offset 1: want 4 digits after it, have '\\'`,
		"Vector2":                   "offset 7: want '(', have the end",
		"Vector2(1, 2, 3)":          "offset 12: want ')', have ','",
		"Vector2(1, x)":             "offset 11: want a number, have x",
		"Vector2i(1.5, 2)":          "offset 9: want an integer of 32 bits, have 1.5",
		"PoolByteArray(1, 256)":     "offset 17: want a byte, 0 to 255, have 256",
		"PoolVector2Array(1, 2, 3)": "offset 24: want 2 numbers for each Vector2, have ')'",
		"Array[int, int]([])":       "offset 14: want 1 element types, have ']'",
		"int(5)":                    "offset 4: want another type: this one has a form of its own, have 5",
		"Object()":                  "offset 7: want an id or a class, have ')'",
		"RID(-1)":                   "offset 4: want an id, have -1",
		"é":                         "offset 0: want a value, have 'é'",
	} {
		v, err := Parse(text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || err.Error() != "variant: "+want {
			t.Errorf("%s: %v, %v, want %s", text, v, err, want)
		}
	}
	if _, err := Parse(strings.Repeat("[", 2000)); !errors.Is(err, ErrLimit) {
		t.Errorf("very deep: %v", err)
	}
}

func TestJSONThatIsNoValueSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		`5`:                                                              `want an object like {"type": "int", "value": "1"}, have 5`,
		`{"type": "Thing"}`:                                              `.type: want the name of a type, have "Thing"`,
		`{"type": "bool", "value": 1}`:                                   `.value: want true or false, have 1`,
		`{"type": "int", "value": "1.5"}`:                                `.value: want an integer of 64 bits, have "1.5"`,
		`{"type": "float", "value": "x"}`:                                `.value: want a number, "inf", "-inf" or "nan", have "x"`,
		`{"type": "float", "value": "nan:0"}`:                            `.value: want a number, "inf", "-inf" or "nan", have "nan:0"`,
		`{"type": "String", "value": {"bytes": "zz"}}`:                   `.value: want a text, have {"bytes":"zz"}`,
		`{"type": "Vector2", "x": 1}`:                                    `.y: want a number of single precision, "inf", "-inf" or "nan", have null`,
		`{"type": "Rect2", "position": [1], "size": [1, 2]}`:             `.position: want 2 numbers, have [1]`,
		`{"type": "Basis", "rows": [[1, 2, 3]]}`:                         `.rows: want 3 lists, have [[1,2,3]]`,
		`{"type": "Array", "items": [{"type": "Nil"}, {"type": "int"}]}`: `.items[1].value: want an integer of 64 bits, have null`,
		`{"type": "Dictionary", "pairs": [[{"type": "Nil"}]]}`:           `.pairs[0]: want a list of a key and a value, have [{"type":"Nil"}]`,
		`{"type": "Array", "items": [], "elem_type": {}}`:                `.elem_type: want an element type like {"builtin": "int"}, have {}`,
		`{"type": "PoolByteArray", "items": [256]}`:                      `.items[0]: want a byte, have 256`,
		`{"type": "PoolColorArray", "items": [[1, 2, 3]]}`:               `.items[0]: want 4 numbers, have [1,2,3]`,
		`{"type": "Object"}`:                                             `.object_id: want an id, have null`,
		`{"type": "Object", "class": "A", "properties": [["p", {"type": "Vector2", "x": []}]]}`: `.properties[0][1].x: want a number of single precision, "inf", "-inf" or "nan", have []`,
		`{"type": "Nil"} 5`: `offset 16: want the end, have more JSON`,
		`{"type" "Nil"}`:    `offset 9: want JSON, have invalid character '"' after object key`,
	} {
		v, err := ParseJSON([]byte(text))
		if err == nil || err.Error() != "variant: "+want {
			t.Errorf("%s: %v, %v, want %s", text, v, err, want)
		}
	}
}
