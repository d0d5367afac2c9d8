package godot3

import (
	"encoding/json"
	"testing"
)

// Value is what a script returned. Byte arrays arrive as hexadecimal text.
type Value struct {
	t    testing.TB
	from string
	raw  json.RawMessage
}

// Into decodes the value as JSON into target, a pointer.
func (v Value) Into(target any) {
	v.t.Helper()
	if err := json.Unmarshal(v.raw, target); err != nil {
		v.t.Fatalf("%s: a script returned %s, which is not a %T: %v", v.from, v.raw, target, err)
	}
}

// Int returns a whole number.
func (v Value) Int() int { v.t.Helper(); return as[int](v) }

// Bool returns a truth value.
func (v Value) Bool() bool { v.t.Helper(); return as[bool](v) }

// Text returns a string.
func (v Value) Text() string { v.t.Helper(); return as[string](v) }

// IsNull reports whether the script returned null or nothing.
func (v Value) IsNull() bool { return string(v.raw) == "null" }

func (v Value) String() string { return string(v.raw) }

func as[T any](v Value) (result T) {
	v.t.Helper()
	// JSON null would leave the zero value and pass for a result.
	if v.IsNull() {
		v.t.Fatalf("%s: a script returned null where a %T was wanted", v.from, result)
	}
	v.Into(&result)
	return result
}
