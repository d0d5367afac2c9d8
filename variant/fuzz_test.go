package variant

import (
	"bytes"
	"strings"
	"testing"

	"crosspeer/internal/hostile"
)

func FuzzGodot3(f *testing.F) { fuzz(f, Godot3, "godot3", "godot3-decode") }

func FuzzGodot4(f *testing.F) { fuzz(f, Godot4, "godot4", "godot4-decode", "godot4-rpc-args") }

// fuzz decodes anything, and what is a value encodes to bytes that decode to
// the same value.
func fuzz(f *testing.F, d Dialect, files ...string) {
	var seeds [][]byte
	for _, name := range files {
		for _, vec := range vectors(f, name) {
			seeds = append(seeds, unhex(f, vec.Hex+vec.ArgHex))
		}
	}
	c := Config{Dialect: d, AllowObjects: true}
	parse := func(b []byte) { c.Decode(b) }
	hostile.Fuzz(f, seeds, parse, func(t testing.TB, b []byte) {
		Config{Dialect: d}.Decode(b)
		v, n, err := c.Decode(b)
		if err != nil {
			if _, ok := err.(*LimitError); !ok {
				if e, ok := err.(*SyntaxError); !ok || e.Offset < 0 || e.Offset > len(b) {
					t.Fatalf("%T %v for %d bytes", err, err, len(b))
				}
			}
			return
		}
		if n < 4 || n > len(b) {
			t.Fatalf("%d of %d bytes read", n, len(b))
		}
		once, err := c.Marshal(v)
		if err != nil {
			t.Fatalf("%#v: %v", v, err)
		}
		again, n, err := c.Decode(once)
		if err != nil || n != len(once) {
			t.Fatalf("%d of %d bytes read: %v", n, len(once), err)
		}
		twice, err := c.Marshal(again)
		if bytes.Contains(once, byteOrderMark) {
			return // each reading drops one at the start of a text
		}
		if err != nil || string(once) != string(twice) {
			t.Fatalf("encoded to\n%x, and then to\n%x, %v", once, twice, err)
		}
		text := describe(t, d, v)
		parsed, err := ParseJSON([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := describe(t, d, parsed); got != text {
			t.Fatalf("JSON\n%s is read as\n%s", text, got)
		}
		if _, err := Parse(d.Format(v)); err != nil {
			t.Fatalf("%s: %v", d.Format(v), err)
		}
	})
}

// FuzzParse reads anything as text and as JSON; what is a value is written
// and read again.
func FuzzParse(f *testing.F) {
	seeds := [][]byte{[]byte(`Array[int]([1, 2])`), []byte(`Dictionary[String, Object("a b")]({"k": Object(Class, "p": null)})`)}
	for _, vec := range vectors(f, "godot4") {
		seeds = append(seeds, []byte(vec.GDScript), vec.JSON)
	}
	read := func(b []byte) {
		Parse(string(b))
		ParseJSON(b)
	}
	hostile.Fuzz(f, seeds, read, func(t testing.TB, b []byte) {
		text := string(b)
		for _, parse := range []func(string) (any, error){Parse, func(s string) (any, error) { return ParseJSON([]byte(s)) }} {
			v, err := parse(text)
			if err != nil {
				continue
			}
			if _, err := (Config{Dialect: Godot4, AllowObjects: true}).Marshal(v); err != nil {
				continue // texts with zero bytes, elements of the wrong type
			}
			if _, err := Parse(Godot4.Format(v)); err != nil {
				t.Fatalf("%q is written as %q: %v", text, Godot4.Format(v), err)
			}
		}
	})
}

// FuzzUnmarshal decodes anything into types of Go. What fits is encoded and
// fits again.
func FuzzUnmarshal(f *testing.F) {
	var seeds [][]byte
	for _, vec := range vectors(f, "godot3") {
		seeds = append(seeds, unhex(f, vec.Hex))
	}
	b, err := Marshal(player{base: base{7, "n"}, Items: []string{"a"}, Corner: &point{1, -1}, Flags: map[string]bool{"b": true},
		Any: int64(3), Kind: 1, Places: map[int]NodePath{10: Path("/root")}})
	if err != nil {
		f.Fatal(err)
	}
	seeds = append(seeds, b)
	targets := func() []any {
		return []any{new(player), new(map[string]any), new([]float32), new([]string), new(int8), new([3]uint16), new(string), new(*point), new(kind), new(any)}
	}
	unmarshal := func(b []byte) {
		for _, target := range targets() {
			Unmarshal(b, target)
		}
	}
	hostile.Fuzz(f, seeds, unmarshal, func(t testing.TB, b []byte) {
		again := targets()
		for i, target := range targets() {
			if Unmarshal(b, target) != nil {
				continue
			}
			form, err := Marshal(target)
			if err != nil {
				continue // a text that Godot would cut, elements of types that it has not
			}
			if err := Unmarshal(form, again[i]); err != nil {
				t.Fatalf("%x fits %T as %x, which does not: %v", b, target, form, err)
			}
		}
	})
}

func FuzzColor(f *testing.F) {
	seeds := [][]byte{[]byte("#ff8000"), []byte("0a0B0c")}
	hostile.Fuzz(f, seeds, func(b []byte) { ParseColor(string(b)) }, func(t testing.TB, b []byte) {
		if c, err := ParseColor(string(b)); err == nil && !strings.EqualFold(c.HTML(), "#"+strings.TrimPrefix(string(b), "#")) {
			t.Fatalf("%q becomes %s", b, c.HTML())
		}
	})
}
