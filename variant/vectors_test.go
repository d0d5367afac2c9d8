package variant

import (
	"encoding/hex"
	"encoding/json"
	"errors"
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
