package variant

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
)

// FormatJSON is a value as JSON that keeps everything: each value is an object
// with its type, ints are texts, and numbers without digits are "inf", "-inf"
// and "nan", or "nan:" with their bits. ParseJSON reads it. docs/variant.md has
// the form of each type. Errors are those of Config.Append for Go's own types.
func (d Dialect) FormatJSON(v any) ([]byte, error) {
	v, err := d.plain(v)
	if err != nil {
		return nil, err
	}
	return jsonWriter{d}.value(nil, v), nil
}

// jsonWriter writes JSON. What it is given is plain.
type jsonWriter struct{ Dialect }

func (w jsonWriter) value(dst []byte, v any) []byte {
	t, _ := typeOfGo(v)
	dst = append(append(append(dst, `{"type":"`...), w.TypeName(t)...), '"')
	switch v := v.(type) {
	case nil, Callable:
	case bool:
		dst = strconv.AppendBool(append(dst, `,"value":`...), v)
	case int64:
		dst = append(strconv.AppendInt(append(dst, `,"value":"`...), v, 10), '"')
	case float64:
		dst = jsonFloat64(append(dst, `,"value":`...), v)
	case string:
		dst = jsonText(append(dst, `,"value":`...), v)
	case StringName:
		dst = jsonText(append(dst, `,"value":`...), string(v))
	case NodePath:
		dst = jsonText(append(dst, `,"text":`...), v.String())
		dst = w.list(append(dst, `,"names":`...), len(v.Names), func(dst []byte, i int) []byte { return jsonText(dst, v.Names[i]) })
		dst = w.list(append(dst, `,"subnames":`...), len(v.Subnames), func(dst []byte, i int) []byte { return jsonText(dst, v.Subnames[i]) })
		dst = strconv.AppendBool(append(dst, `,"absolute":`...), v.Absolute)
	case RID:
		dst = jsonID(append(dst, `,"id":`...), uint64(v))
	case Object:
		dst = w.object(dst, v)
	case Signal:
		dst = jsonText(append(dst, `,"name":`...), v.Name)
		dst = jsonID(append(dst, `,"object_id":`...), v.Object)
	case Array:
		dst = w.items(dst, v)
	case TypedArray:
		dst = w.elementType(w.items(dst, v.Items), "elem_type", v.Element)
	case Dictionary:
		dst = w.pairs(dst, v)
	case TypedDictionary:
		dst = w.elementType(w.pairs(dst, v.Pairs), "key_type", v.Key)
		dst = w.elementType(dst, "value_type", v.Value)
	default:
		dst = w.numbers(dst, t, v)
	}
	return append(dst, '}')
}

// list writes n elements between brackets.
func (w jsonWriter) list(dst []byte, n int, write func([]byte, int) []byte) []byte {
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = write(dst, i)
	}
	return append(dst, ']')
}

func (w jsonWriter) items(dst []byte, items Array) []byte {
	return w.list(append(dst, `,"items":`...), len(items), func(dst []byte, i int) []byte { return w.value(dst, items[i]) })
}

func (w jsonWriter) pairs(dst []byte, pairs Dictionary) []byte {
	return w.list(append(dst, `,"pairs":`...), len(pairs), func(dst []byte, i int) []byte {
		dst = w.value(append(dst, '['), pairs[i].Key)
		return append(w.value(append(dst, ','), pairs[i].Value), ']')
	})
}

func (w jsonWriter) object(dst []byte, o Object) []byte {
	if o.Class == "" {
		return jsonID(append(dst, `,"encoding":"id","object_id":`...), o.ID)
	}
	dst = jsonText(append(dst, `,"encoding":"full","class":`...), o.Class)
	return w.list(append(dst, `,"properties":`...), len(o.Properties), func(dst []byte, i int) []byte {
		dst = jsonText(append(dst, '['), o.Properties[i].Name)
		return append(w.value(append(dst, ','), o.Properties[i].Value), ']')
	})
}

func (w jsonWriter) elementType(dst []byte, name string, t ElementType) []byte {
	if t == (ElementType{}) {
		return dst
	}
	dst = append(append(append(dst, `,"`...), name...), `":{"builtin":"`...)
	dst = append(append(dst, w.TypeName(t.Type)...), '"')
	if t.Class != "" {
		dst = jsonText(append(dst, `,"class":`...), t.Class)
	}
	if t.Script != "" {
		dst = jsonText(append(dst, `,"script":`...), t.Script)
	}
	return append(dst, '}')
}

func jsonID(dst []byte, id uint64) []byte {
	return append(strconv.AppendUint(append(dst, '"'), id, 10), '"')
}

// jsonText writes a text, or {"bytes":"..."} in hex for one that JSON cannot
// hold.
func jsonText(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		return append(append(append(dst, `{"bytes":"`...), hex.EncodeToString([]byte(s))...), `"}`...)
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a text is always good
	}
	return append(dst, b...)
}

// NaN as the engine makes it, in both precisions.
const (
	nan32 = 0x7fc00000
	nan64 = 0x7ff8000000000000
)

func jsonFloat32(dst []byte, f float32) []byte {
	if bits := math.Float32bits(f); f != f && bits != nan32 {
		return append(strconv.AppendUint(append(dst, `"nan:`...), uint64(bits), 16), '"')
	}
	return jsonNumber(dst, float64(f), 32)
}

func jsonFloat64(dst []byte, f float64) []byte {
	if bits := math.Float64bits(f); f != f && bits != nan64 {
		return append(strconv.AppendUint(append(dst, `"nan:`...), bits, 16), '"')
	}
	return jsonNumber(dst, f, 64)
}

func jsonNumber(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(appendGodot(append(dst, '"'), f, bits), '"')
	}
	return appendGodot(dst, f, bits)
}
