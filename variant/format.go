package variant

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// Format is a value as text for people, much as it is written in the dialect's
// scripts: Vector2(1, 2). A float has a point or an exponent, an int has none.
// Parse reads it; what the text does not tell is listed there. What cannot be
// encoded at all is an error between angle brackets.
func (d Dialect) Format(v any) string { return string(d.AppendFormat(nil, v)) }

// AppendFormat appends Format to dst.
func (d Dialect) AppendFormat(dst []byte, v any) []byte {
	plain, err := d.plain(v)
	if err != nil { // perhaps a type of Godot 4 in Godot 3
		plain, err = Godot4.plain(v)
	}
	if err != nil {
		return fmt.Appendf(dst, "<%v>", err)
	}
	return formatter{d}.value(dst, plain)
}

// plain is a value as Decode would give it, for types of Go's own.
func (d Dialect) plain(v any) (any, error) {
	switch v.(type) {
	case nil, bool, int64, float64, string, NodePath, RID, Object, Callable, Signal, StringName:
		return v, nil
	}
	if t, ok := typeOfGo(v); ok && numberCount[t] > 0 {
		return v, nil
	}
	c := Config{Dialect: d, AllowObjects: true, MaxBytes: math.MaxInt, MaxElements: math.MaxInt}
	b, err := c.Marshal(v)
	if err != nil {
		return v, err
	}
	plain, _, err := c.Decode(b)
	return plain, err
}

// formatter writes text. What it is given is plain.
type formatter struct{ Dialect }

func (f formatter) value(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendPointed(dst, v)
	case string:
		return quote(dst, v)
	case StringName:
		return quote(append(dst, '&'), string(v))
	case NodePath:
		return append(quote(append(dst, "NodePath("...), v.String()), ')')
	case RID:
		if v == 0 {
			return append(dst, "RID()"...)
		}
		return fmt.Appendf(dst, "RID(%d)", uint64(v))
	case Object:
		return f.object(dst, v)
	case Callable:
		return append(dst, "Callable()"...)
	case Signal:
		return fmt.Appendf(quote(append(dst, "Signal("...), v.Name), ", %d)", v.Object)
	case Dictionary:
		return f.dictionary(dst, v)
	case TypedDictionary:
		dst = f.elementType(append(dst, "Dictionary["...), v.Key)
		dst = f.elementType(append(dst, ", "...), v.Value)
		return append(f.dictionary(append(dst, "]("...), v.Pairs), ')')
	case Array:
		return f.array(dst, v)
	case TypedArray:
		dst = f.elementType(append(dst, "Array["...), v.Element)
		return append(f.array(append(dst, "]("...), v.Items), ')')
	}
	return f.numbers(dst, v)
}

// numbers writes the types that are lists of numbers or texts.
func (f formatter) numbers(dst []byte, v any) []byte {
	t, _ := typeOfGo(v)
	dst = append(append(dst, f.TypeName(t)...), '(')
	switch v := v.(type) {
	case []byte:
		dst = list(dst, v, func(dst []byte, n byte) []byte { return strconv.AppendUint(dst, uint64(n), 10) })
	case []int32:
		dst = list(dst, v, appendWhole[int32])
	case []int64:
		dst = list(dst, v, appendWhole[int64])
	case []float32:
		dst = list(dst, v, appendNumber)
	case []float64:
		dst = list(dst, v, func(dst []byte, n float64) []byte { return appendGodot(dst, n, 64) })
	case []string:
		dst = list(dst, v, quote)
	case []Vector2:
		dst = list(dst, v, appendNumbers[Vector2])
	case []Vector3:
		dst = list(dst, v, appendNumbers[Vector3])
	case []Vector4:
		dst = list(dst, v, appendNumbers[Vector4])
	case []Color:
		dst = list(dst, v, appendNumbers[Color])
	case Vector2i, Rect2i, Vector3i, Vector4i:
		var buf [maxNumbers]int32
		_, n, _ := wholesOf(v, buf[:0])
		dst = list(dst, n, appendWhole[int32])
	default:
		dst = appendNumbers(dst, v)
	}
	return append(dst, ')')
}

// list writes elements with commas between them.
func list[T any](dst []byte, items []T, write func([]byte, T) []byte) []byte {
	for i, v := range items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = write(dst, v)
	}
	return dst
}

func appendWhole[T int32 | int64](dst []byte, n T) []byte {
	return strconv.AppendInt(dst, int64(n), 10)
}

func appendNumbers[T any](dst []byte, v T) []byte {
	var buf [maxNumbers]float32
	_, f, _ := numbersOf(v, buf[:0])
	return list(dst, f, appendNumber)
}

// appendNumber writes a number of single precision.
func appendNumber(dst []byte, f float32) []byte { return appendGodot(dst, float64(f), 32) }

// appendGodot writes a number with Godot's names for those that have no
// digits.
func appendGodot(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, bits)
}

// appendPointed writes a float so that it is no int.
func appendPointed(dst []byte, f float64) []byte {
	at := len(dst)
	dst = appendGodot(dst, f, 64)
	for _, c := range dst[at:] {
		if c != '-' && (c < '0' || c > '9') {
			return dst
		}
	}
	return append(dst, ".0"...)
}

func (f formatter) array(dst []byte, items Array) []byte {
	return append(list(append(dst, '['), items, f.value), ']')
}

func (f formatter) dictionary(dst []byte, pairs Dictionary) []byte {
	return append(list(append(dst, '{'), pairs, func(dst []byte, p Pair) []byte {
		return f.value(append(f.value(dst, p.Key), ": "...), p.Value)
	}), '}')
}

// object writes Object(7) for an id, and Object(Class, "name": value) for one
// in full.
func (f formatter) object(dst []byte, o Object) []byte {
	if o.Class == "" {
		return fmt.Appendf(dst, "Object(%d)", o.ID)
	}
	dst = append(dst, "Object("...)
	if isName(o.Class) {
		dst = append(dst, o.Class...)
	} else {
		dst = quote(dst, o.Class)
	}
	for _, p := range o.Properties {
		dst = f.value(append(quote(append(dst, ", "...), p.Name), ": "...), p.Value)
	}
	return append(dst, ')')
}

func (f formatter) elementType(dst []byte, t ElementType) []byte {
	switch {
	case t.Type == TypeNil:
		return append(dst, "Variant"...)
	case t.Script != "":
		return quote(dst, t.Script)
	case t.Class == "":
		return append(dst, f.TypeName(t.Type)...)
	case isName(t.Class) && typesByName[t.Class] == TypeNil && t.Class != "Nil" && t.Class != "Variant":
		return append(dst, t.Class...)
	}
	return append(quote(append(dst, "Object("...), t.Class), ')')
}

// isName says whether a class is written without quotation marks.
func isName(s string) bool {
	for i, c := range []byte(s) {
		if c != '_' && !('a' <= c|0x20 && c|0x20 <= 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// quote writes a text between quotation marks. Bytes that are no UTF-8 are
// written as \x and two digits.
func quote(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = fmt.Appendf(dst, `\x%02x`, s[i])
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r < ' ' || r == 0x7f:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return append(dst, '"')
}
