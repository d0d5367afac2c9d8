package variant

import "reflect"

// Config says which dialect is spoken and what is allowed. The zero value is
// Godot 3 with the recommended limits. Safe for concurrent use.
type Config struct {
	// Dialect is the version of the binary form. Default Godot3.
	Dialect Dialect

	// AllowObjects writes and reads objects in full, as classes with properties.
	// Default false: objects are ids, and one in full is an error. Godot:
	// allow_object_decoding.
	AllowObjects bool

	// MaxDepth is how many containers may be inside each other, both ways.
	// Default 1,024, as in Godot 4; Godot 3 has no limit and dies below some
	// 20,000.
	MaxDepth int

	// MaxBytes is the largest encoding of a value, both ways. Bytes behind a
	// value that is read do not count. Default 32 MiB, the largest packet.
	MaxBytes int

	// MaxElements is how many values, keys, properties and texts may be inside
	// containers, at all depths together, when reading. Elements of other pool
	// arrays are bounded by their bytes and do not count. Default 1,048,576.
	MaxElements int
}

func (c Config) populated() Config {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&c.MaxDepth, 1024)
	def(&c.MaxBytes, 32<<20)
	def(&c.MaxElements, 1<<20)
	return c
}

// Marshal encodes a value for Godot 3. See Config.Append.
func Marshal(v any) ([]byte, error) { return Config{}.Append(nil, v) }

// Append appends the encoding of a value for Godot 3. See Config.Append.
func Append(dst []byte, v any) ([]byte, error) { return Config{}.Append(dst, v) }

// Unmarshal decodes a value of Godot 3 into what target points to. See
// Config.Unmarshal.
func Unmarshal(b []byte, target any) error { return Config{}.Unmarshal(b, target) }

// Decode decodes the value of Godot 3 at the start of b. See Config.Decode.
func Decode(b []byte) (v any, n int, err error) { return Config{}.Decode(b) }

// Marshal encodes a value. See Append.
func (c Config) Marshal(v any) ([]byte, error) { return c.Append(nil, v) }

// Append appends the encoding of a value to dst. After an error it gives dst as
// it was. Values are nil, bool, numbers, strings, the types of this package,
// and
//
//   - Marshalers;
//   - structs, which become Dictionaries of their exported fields in order. A
//     tag `variant:"name,omitempty"` names the key and leaves a zero value out;
//     `variant:"-"` leaves the field out. Fields of embedded structs count as
//     the struct's own;
//   - maps, which become Dictionaries, in ascending order of the keys: numbers
//     and texts by their value, others by their encoding;
//   - slices and arrays of Go: those of the pool types become pool arrays,
//     others Arrays. nil becomes an empty one;
//   - pointers, of which nil becomes nil.
//
// Errors: TypeError for what has no type in the dialect, for numbers above the
// range of an int, and for texts that Godot would cut or refuse; LimitError.
func (c Config) Append(dst []byte, v any) ([]byte, error) {
	e := encoder{Config: c.populated(), start: len(dst)}
	out, err := e.value(dst, v)
	if err == nil {
		err = e.size(out)
	}
	if err != nil {
		return dst, err
	}
	return out, nil
}

// Decode decodes the value at the start of b and says how many bytes it is;
// what follows is for the caller. The value is nil, bool, int64, float64,
// string or a type of this package. Errors: SyntaxError, LimitError.
func (c Config) Decode(b []byte) (v any, n int, err error) {
	r := c.NewReader(b)
	v, err = r.ReadValue()
	if err != nil {
		return nil, 0, err
	}
	return v, r.Offset(), nil
}

// Unmarshal decodes the value at the start of b into what target points to;
// what follows is ignored, as in Godot. See Convert for what fits what. Errors:
// SyntaxError, LimitError, TypeError.
func (c Config) Unmarshal(b []byte, target any) error {
	r := c.NewReader(b)
	return r.Read(target)
}

// Marshaler is implemented by types that stand for another value.
type Marshaler interface {
	// MarshalVariant gives the value that is encoded instead.
	MarshalVariant() (any, error)
}

// Unmarshaler is implemented by pointers that take a decoded value.
type Unmarshaler interface {
	// UnmarshalVariant is given what Decode gives.
	UnmarshalVariant(v any) error
}

var (
	marshalerType   = reflect.TypeFor[Marshaler]()
	unmarshalerType = reflect.TypeFor[Unmarshaler]()
)
