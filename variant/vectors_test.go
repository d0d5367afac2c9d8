package variant

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"testing"
)

// vector is a value as the engine encodes it, or bytes as it decodes them.
type vector struct {
	Name        string
	GDScript    string
	Type        string
	Hex         string
	JSON        json.RawMessage
	Decodes     json.RawMessage `json:"decodes_to"` // what it reads back as, where that differs
	FullObjects *bool           `json:"full_objects"`
	Undefined   []int           `json:"undefined_padding_offsets"` // bytes that the engine does not write

	Result    string
	Error     string
	Reencoded *string

	Packet  string
	RawFlag bool   `json:"raw_flag"`
	ArgHex  string `json:"arg_hex"`
}

func vectors(t testing.TB, name string) (list []vector) {
	t.Helper()
	b, err := os.ReadFile("testdata/variant-" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (v vector) config(d Dialect) Config {
	return Config{Dialect: d, AllowObjects: v.FullObjects != nil && *v.FullObjects}
}

// bytes are the engine's, with zeros where it leaves memory as it is
// (conformance 126).
func (v vector) bytes(t testing.TB) []byte {
	b := unhex(t, v.Hex)
	for _, i := range v.Undefined {
		b[i] = 0
	}
	return b
}

// Conformance 122.
func TestEveryVectorDecodesAndEncodesToTheSameBytes(t *testing.T) {
	for d, want := range map[Dialect]int{Godot3: 210, Godot4: 144} {
		list := vectors(t, map[Dialect]string{Godot3: "godot3", Godot4: "godot4"}[d])
		if len(list) != want {
			t.Errorf("%d vectors of %v, want %d", len(list), d, want)
		}
		for _, vec := range list {
			c := vec.config(d)
			v, n, err := c.Decode(unhex(t, vec.Hex))
			if err != nil {
				t.Errorf("%v %s: %v", d, vec.Name, err)
				continue
			}
			want := vec.bytes(t)
			if n != len(want) {
				t.Errorf("%v %s: %d of %d bytes read", d, vec.Name, n, len(want))
			}
			if typ, ok := TypeOf(v); !ok || d.TypeName(typ) != vec.Type && vec.Type != "Transform3D" {
				t.Errorf("%v %s: decoded to %T, want %s", d, vec.Name, v, vec.Type)
			}
			got, err := c.Marshal(v)
			if err != nil {
				t.Errorf("%v %s: %v", d, vec.Name, err)
				continue
			}
			if vec.Name == "nodepath_slash" {
				want[12] = 0 // it reads back as the empty path
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v %s, %s: encoded to\n%x, want\n%x", d, vec.Name, vec.GDScript, got, want)
			}
		}
	}
}

// engineErrors are the engine's errors for those of this package.
var engineErrors = map[string]error{
	"ERR_INVALID_DATA": ErrInvalidData, "ERR_FILE_EOF": ErrTextLength, "ERR_UNAUTHORIZED": ErrObject,
}

// Conformance 123.
func TestBytesThatNoEngineWritesAreReadAsTheEngineReadsThem(t *testing.T) {
	list := vectors(t, "godot3-decode")
	if len(list) != 121 {
		t.Errorf("%d vectors, want 121", len(list))
	}
	for _, vec := range list {
		v, _, err := Decode(unhex(t, vec.Hex))
		if vec.Result == "error" {
			var syntax *SyntaxError
			if !errors.Is(err, engineErrors[vec.Error]) || !errors.As(err, &syntax) || syntax.Want == "" || syntax.Have == "" {
				t.Errorf("%s: %v, want an error like %s", vec.Name, err, vec.Error)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", vec.Name, err)
			continue
		}
		if typ, _ := TypeOf(v); Godot3.TypeName(typ) != vec.Type && vec.Name != "object_as_id_zero" {
			t.Errorf("%s: decoded to %T, want %s", vec.Name, v, vec.Type)
		}
		if vec.Reencoded == nil {
			if want := (Object{ID: 1234}); v.(Object).ID != want.ID {
				t.Errorf("%s: decoded to %v, want %v", vec.Name, v, want)
			}
			continue
		}
		if got, err := Marshal(v); err != nil || hex.EncodeToString(got) != *vec.Reencoded {
			t.Errorf("%s: encoded to\n%x, %v, want\n%s", vec.Name, got, err, *vec.Reencoded)
		}
	}
}

// undescribed are vectors whose numbers are told in words. Eight digits of a
// colour begin with alpha in Godot 3, which the words forget.
var undescribed = map[string]bool{
	"color_html_8bit": true, "quat_from_euler": true, "basis_from_axis_angle": true, "transform2d_rotated": true,
}

// Conformance 122, from the description to the bytes.
func TestEveryVectorsDescriptionEncodesToItsBytes(t *testing.T) {
	for d, name := range map[Dialect]string{Godot3: "godot3", Godot4: "godot4"} {
		for _, vec := range vectors(t, name) {
			if undescribed[vec.Name] || d == Godot4 && vec.Type == "Object" {
				continue
			}
			v, err := ParseJSON(vec.JSON)
			if err != nil {
				t.Errorf("%v %s: %v", d, vec.Name, err)
				continue
			}
			if got, err := vec.config(d).Marshal(v); err != nil || !slices.Equal(got, vec.bytes(t)) {
				t.Errorf("%v %s: %s encoded to\n%x, %v, want\n%x", d, vec.Name, vec.JSON, got, err, vec.bytes(t))
			}
			want := vec.JSON
			if vec.Decodes != nil {
				want = vec.Decodes
			}
			decoded, _, err := vec.config(d).Decode(unhex(t, vec.Hex))
			if err != nil {
				t.Errorf("%v %s: %v", d, vec.Name, err)
				continue
			}
			if vec.Name != "nodepath_slash" {
				sameAs(t, d, vec.Name, decoded, want)
			}
		}
	}
}

// sameAs checks that a value is what a JSON describes.
func sameAs(t *testing.T, d Dialect, name string, v any, want json.RawMessage) {
	t.Helper()
	wanted, err := ParseJSON(want)
	if err != nil {
		t.Errorf("%v %s: %v", d, name, err)
		return
	}
	if got, want := describe(t, d, v), describe(t, d, wanted); got != want {
		t.Errorf("%v %s: it is\n%s, want\n%s", d, name, got, want)
	}
}

func describe(t testing.TB, d Dialect, v any) string {
	t.Helper()
	b, err := d.FormatJSON(v)
	if err != nil {
		t.Fatalf("%v %#v: %v", d, v, err)
	}
	return string(b)
}

func TestGodot4ReadsBytesThatNoEngineWrites(t *testing.T) {
	list := vectors(t, "godot4-decode")
	if len(list) != 40 {
		t.Errorf("%d vectors, want 40", len(list))
	}
	for _, vec := range list {
		v, _, err := Config{Dialect: Godot4}.Decode(unhex(t, vec.Hex))
		if vec.Result == "error" {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Errorf("%s: %v, want a SyntaxError", vec.Name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", vec.Name, err)
			continue
		}
		sameAs(t, Godot4, vec.Name, v, vec.JSON)
	}
}

// Arguments of remote calls in Godot 4 are values of this package but for
// nil, bool and int, which travel shorter, and a single byte array.
func TestGodot4RemoteCallArgumentsAreValues(t *testing.T) {
	list := vectors(t, "godot4-rpc-args")
	if len(list) != 45 {
		t.Errorf("%d vectors, want 45", len(list))
	}
	c := Config{Dialect: Godot4}
	compared := 0
	for _, vec := range list {
		if vec.Type == "bool" || vec.Type == "int" || vec.RawFlag {
			continue
		}
		compared++
		b := unhex(t, vec.ArgHex)
		v, n, err := c.Decode(b)
		if err != nil || n != len(b) {
			t.Errorf("%s: %d of %d bytes read: %v", vec.Name, n, len(b), err)
			continue
		}
		if got, err := c.Marshal(v); err != nil || !slices.Equal(got, b) {
			t.Errorf("%s, %s: encoded to\n%x, %v, want\n%x", vec.Name, vec.GDScript, got, err, b)
		}
	}
	if compared != 23 {
		t.Errorf("%d vectors were compared", compared)
	}
}

// Conformance 124.
func TestNaNIsWideAndInfinityIsNot(t *testing.T) {
	for _, tt := range []struct {
		name string
		v    float64
		want int
	}{
		{"NaN", math.NaN(), 12}, {"Inf", math.Inf(1), 8}, {"-Inf", math.Inf(-1), 8}, {"-0", math.Copysign(0, -1), 8},
		{"float32's NaN", float64(float32(math.NaN())), 12}, {"0.1", 0.1, 12}, {"float32's 0.1", float64(float32(0.1)), 8},
	} {
		for _, d := range []Dialect{Godot3, Godot4} {
			if b := d.AppendFloat(nil, tt.v); len(b) != tt.want {
				t.Errorf("%v: %s takes %d bytes, want %d", d, tt.name, len(b), tt.want)
			}
		}
	}
}

// Conformance 125.
func TestDepthIsBoundedAndFailsCleanly(t *testing.T) {
	nested := func(depth int) (b []byte) {
		for range depth {
			b = Godot3.AppendArrayHeader(b, 1)
		}
		return Godot3.AppendNil(b)
	}
	for _, depth := range []int{1, 100, 1024} {
		v, _, err := Decode(nested(depth))
		if err != nil {
			t.Errorf("depth %d: %v", depth, err)
		}
		if b, err := Marshal(v); err != nil || !slices.Equal(b, nested(depth)) {
			t.Errorf("depth %d: encoding gives %v", depth, err)
		}
	}
	for _, depth := range []int{1025, 40000, 1 << 20} {
		_, _, err := Decode(nested(depth))
		var limit *LimitError
		if !errors.Is(err, ErrLimit) || !errors.As(err, &limit) || limit.Limit != "MaxDepth" || limit.Max != 1024 {
			t.Errorf("depth %d: %v, want the limit MaxDepth", depth, err)
		}
	}
	loop := Array{nil}
	loop[0] = loop
	if _, err := Marshal(loop); !errors.Is(err, ErrLimit) {
		t.Errorf("an array inside itself: %v", err)
	}
	type node struct{ Next *node }
	ring := new(node)
	ring.Next = ring
	if _, err := Marshal(ring); !errors.Is(err, ErrLimit) {
		t.Errorf("a struct inside itself: %v", err)
	}
}

// Conformance 126.
func TestNodePathPaddingIsZeroAndIgnored(t *testing.T) {
	clean := unhex(t, "0f0000000100008000000000000000000100000061000000")
	dirty := unhex(t, "0f000000010000800000000000000000010000006158595a")
	v, _, err := Decode(dirty)
	if err != nil {
		t.Fatal(err)
	}
	dst := slices.Repeat([]byte{0xff}, 64)[:0] // memory with old contents
	if b, err := Append(dst, v); err != nil || !slices.Equal(b, clean) {
		t.Errorf("encoded to %x, %v, want %x", b, err, clean)
	}
}
