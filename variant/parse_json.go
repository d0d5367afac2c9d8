package variant

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// ParseJSON reads a value as FormatJSON writes it, with the names of types of
// either dialect. Errors: SyntaxError for what is no JSON, with the offset, and
// TypeError for JSON that is no value, with the path to it.
func ParseJSON(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, jsonError(err, len(b))
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &SyntaxError{int(d.InputOffset()), "the end", "more JSON", ErrInvalidData}
	}
	return jsonValue(tree)
}

// jsonError says of an error of package json what was wanted.
func jsonError(err error, size int) error {
	at := size
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = int(syntax.Offset)
	}
	return &SyntaxError{at, "JSON", err.Error(), ErrInvalidData}
}

// object is a JSON object that describes a value.
type object map[string]any

// wrong says that something should have been something else.
func wrong(want string, have any) error {
	return &TypeError{Offset: -1, Want: want, Have: shown(have)}
}

// shown is a piece of JSON, shortened.
func shown(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%T", v)
	}
	if len(b) > 40 {
		return string(b[:37]) + "..."
	}
	return string(b)
}

// member reads a member of an object.
func member[T any](o object, name string, read func(any) (T, error)) (T, error) {
	v, err := read(o[name])
	return v, within(err, "."+name)
}

// listOf reads a list whose elements are of one kind.
func listOf[T any](read func(any) (T, error)) func(any) ([]T, error) {
	return func(v any) ([]T, error) {
		list, ok := v.([]any)
		if !ok {
			return nil, wrong("a list", v)
		}
		items := make([]T, len(list))
		for i, e := range list {
			var err error
			if items[i], err = read(e); err != nil {
				return nil, within(err, fmt.Sprintf("[%d]", i))
			}
		}
		return items, nil
	}
}

func jsonValue(v any) (any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, wrong(`an object like {"type": "int", "value": "1"}`, v)
	}
	o := object(m)
	name, ok := o["type"].(string)
	t, known := typesByName[name]
	if !ok || !known {
		return nil, within(wrong("the name of a type", o["type"]), ".type")
	}
	switch t {
	case TypeNil:
		return nil, nil
	case TypeBool:
		return boxed(member(o, "value", jsonBool))
	case TypeInt:
		return boxed(member(o, "value", jsonInt))
	case TypeFloat:
		if o["bits64"] != nil {
			bits, err := member(o, "bits64", jsonBits)
			return math.Float64frombits(bits), err
		}
		return boxed(member(o, "value", jsonReal))
	case TypeString:
		return boxed(member(o, "value", jsonString))
	case TypeStringName:
		s, err := member(o, "value", jsonString)
		return StringName(s), err
	case TypeNodePath:
		return boxed(o.nodePath())
	case TypeRID:
		if o["id"] == nil {
			return RID(0), nil
		}
		id, err := member(o, "id", jsonUint)
		return RID(id), err
	case TypeCallable:
		return Callable{}, nil
	case TypeSignal:
		return boxed(o.signal())
	case TypeObject:
		return o.object()
	case TypeArray:
		return o.array()
	case TypeDictionary:
		return o.dictionary()
	}
	if layout := layouts[t]; layout != nil {
		return o.fixed(t, layout)
	}
	return o.pool(t)
}

func (o object) nodePath() (p NodePath, err error) {
	if o["names"] == nil && o["subnames"] == nil {
		text, err := member(o, "text", jsonString)
		return Path(text), err
	}
	for name, list := range map[string]*[]string{"names": &p.Names, "subnames": &p.Subnames} {
		items, err := member(o, name, listOf(jsonString))
		if err != nil {
			return p, err
		}
		if len(items) > 0 {
			*list = items
		}
	}
	p.Absolute, err = member(o, "absolute", jsonBool)
	return p, err
}

func (o object) signal() (s Signal, err error) {
	if s.Name, err = member(o, "name", jsonString); err == nil {
		s.Object, err = member(o, "object_id", jsonUint)
	}
	return s, err
}

func (o object) object() (any, error) {
	if o["null"] == true {
		return nil, nil
	}
	if o["class"] == nil {
		id, err := member(o, "object_id", jsonUint)
		return Object{ID: id}, err
	}
	class, err := member(o, "class", jsonString)
	if err != nil {
		return nil, err
	}
	props, err := member(o, "properties", listOf(func(v any) (Property, error) {
		pair, err := two(v, "a name and a value")
		if err != nil {
			return Property{}, err
		}
		name, err := jsonString(pair[0])
		if err != nil {
			return Property{}, within(err, "[0]")
		}
		value, err := jsonValue(pair[1])
		return Property{name, value}, within(err, "[1]")
	}))
	if len(props) == 0 {
		props = nil
	}
	return Object{Class: class, Properties: props}, err
}

// two reads a list of two.
func two(v any, what string) ([]any, error) {
	pair, ok := v.([]any)
	if !ok || len(pair) != 2 {
		return nil, wrong("a list of "+what, v)
	}
	return pair, nil
}

func (o object) array() (any, error) {
	items, err := member(o, "items", listOf(jsonValue))
	if err != nil || o["elem_type"] == nil {
		return boxed(items, err)
	}
	t, err := member(o, "elem_type", jsonElementType)
	return TypedArray{t, items}, err
}

func (o object) dictionary() (any, error) {
	pairs, err := member(o, "pairs", listOf(func(v any) (p Pair, err error) {
		pair, err := two(v, "a key and a value")
		if err != nil {
			return p, err
		}
		if p.Key, err = jsonValue(pair[0]); err != nil {
			return p, within(err, "[0]")
		}
		p.Value, err = jsonValue(pair[1])
		return p, within(err, "[1]")
	}))
	if err != nil {
		return nil, err
	}
	in := inserter{pairs: make(Dictionary, 0, len(pairs))}
	for _, p := range pairs {
		in.add(p.Key, p.Value)
	}
	if o["key_type"] == nil && o["value_type"] == nil {
		return in.pairs, nil
	}
	kt, err := member(o, "key_type", jsonElementType)
	if err != nil {
		return nil, err
	}
	vt, err := member(o, "value_type", jsonElementType)
	return TypedDictionary{kt, vt, in.pairs}, err
}

func jsonElementType(v any) (t ElementType, err error) {
	if v == nil {
		return t, nil
	}
	m, _ := v.(map[string]any)
	o := object(m)
	name, _ := o["builtin"].(string)
	var known bool
	if t.Type, known = typesByName[name]; !known {
		return t, wrong(`an element type like {"builtin": "int"}`, v)
	}
	if o["class"] != nil {
		if t.Class, err = member(o, "class", jsonString); err != nil {
			return t, err
		}
	}
	if o["script"] != nil {
		t.Script, err = member(o, "script", jsonString)
	}
	return t, err
}

// fixed reads a value that is a fixed count of numbers.
func (o object) fixed(t Type, layout []part) (any, error) {
	var f []float32
	var n []int32
	number := func(v any) (struct{}, error) {
		if t.isWhole() {
			x, err := jsonInt32(v)
			n = append(n, x)
			return struct{}{}, err
		}
		x, err := jsonReal32(v)
		f = append(f, x)
		return struct{}{}, err
	}
	row := func(size int) func(any) (struct{}, error) {
		return func(v any) (struct{}, error) {
			list, err := listOf(number)(v)
			if err == nil && len(list) != size {
				err = wrong(fmt.Sprintf("%d numbers", size), v)
			}
			return struct{}{}, err
		}
	}
	for _, p := range layout {
		var err error
		switch {
		case p.lists > 0:
			var lists []struct{}
			lists, err = member(o, p.name, listOf(row(p.size)))
			if err == nil && len(lists) != p.lists {
				err = within(wrong(fmt.Sprintf("%d lists", p.lists), o[p.name]), "."+p.name)
			}
		case p.size > 0:
			_, err = member(o, p.name, row(p.size))
		default:
			_, err = member(o, p.name, number)
		}
		if err != nil {
			return nil, err
		}
	}
	if t.isWhole() {
		return ofWholes(t, n), nil
	}
	return ofNumbers(t, f), nil
}

func (o object) pool(t Type) (any, error) {
	switch t {
	case TypeByteArray:
		return boxed(member(o, "items", listOf(func(v any) (byte, error) {
			n, err := jsonInt(v)
			if err == nil && n != int64(byte(n)) {
				err = wrong("a byte", v)
			}
			return byte(n), err
		})))
	case TypeInt32Array:
		return boxed(member(o, "items", listOf(jsonInt32)))
	case TypeInt64Array:
		return boxed(member(o, "items", listOf(jsonInt)))
	case TypeFloat32Array:
		return boxed(member(o, "items", listOf(jsonReal32)))
	case TypeFloat64Array:
		return boxed(member(o, "items", listOf(jsonReal)))
	case TypeStringArray:
		return boxed(member(o, "items", listOf(jsonString)))
	case TypeVector2Array:
		return boxed(member(o, "items", listOf(jsonGroup[Vector2](TypeVector2))))
	case TypeVector3Array:
		return boxed(member(o, "items", listOf(jsonGroup[Vector3](TypeVector3))))
	case TypeColorArray:
		return boxed(member(o, "items", listOf(jsonGroup[Color](TypeColor))))
	case TypeVector4Array:
		return boxed(member(o, "items", listOf(jsonGroup[Vector4](TypeVector4))))
	}
	panic("variant: no JSON for " + t.String())
}

// jsonGroup reads an element that is a list of numbers.
func jsonGroup[T any](t Type) func(any) (T, error) {
	return func(v any) (T, error) {
		var zero T
		f, err := listOf(jsonReal32)(v)
		if err != nil {
			return zero, err
		}
		if len(f) != numberCount[t] {
			return zero, wrong(fmt.Sprintf("%d numbers", numberCount[t]), v)
		}
		return ofNumbers(t, f).(T), nil
	}
}

func jsonBool(v any) (bool, error) {
	b, ok := v.(bool)
	if !ok {
		return false, wrong("true or false", v)
	}
	return b, nil
}

// digits is a number or a text with one.
func digits(v any) string {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case string:
		return v
	}
	return ""
}

func jsonInt(v any) (int64, error) {
	n, err := strconv.ParseInt(digits(v), 10, 64)
	if err != nil {
		return 0, wrong("an integer of 64 bits", v)
	}
	return n, nil
}

func jsonInt32(v any) (int32, error) {
	n, err := strconv.ParseInt(digits(v), 10, 32)
	if err != nil {
		return 0, wrong("an integer of 32 bits", v)
	}
	return int32(n), nil
}

func jsonUint(v any) (uint64, error) {
	n, err := strconv.ParseUint(digits(v), 10, 64)
	if err != nil {
		return 0, wrong("an id", v)
	}
	return n, nil
}

func jsonBits(v any) (uint64, error) {
	n, err := strconv.ParseUint(digits(v), 16, 64)
	if err != nil {
		return 0, wrong("16 digits in hex", v)
	}
	return n, nil
}

func jsonReal(v any) (float64, error) {
	if bits, ok := strings.CutPrefix(digits(v), "nan:"); ok {
		if n, err := strconv.ParseUint(bits, 16, 64); err == nil && math.IsNaN(math.Float64frombits(n)) {
			return math.Float64frombits(n), nil
		}
	}
	f, err := parseFloat(digits(v), 64)
	if err != nil {
		return 0, wrong(`a number, "inf", "-inf" or "nan"`, v)
	}
	if math.IsNaN(f) {
		f = math.Float64frombits(nan64)
	}
	return f, nil
}

func jsonReal32(v any) (float32, error) {
	if bits, ok := strings.CutPrefix(digits(v), "nan:"); ok {
		if n, err := strconv.ParseUint(bits, 16, 32); err == nil && n&^(1<<31) > 0x7f800000 {
			return math.Float32frombits(uint32(n)), nil
		}
	}
	f, err := parseFloat(digits(v), 32)
	if err != nil {
		return 0, wrong(`a number of single precision, "inf", "-inf" or "nan"`, v)
	}
	if math.IsNaN(f) {
		return math.Float32frombits(nan32), nil
	}
	return float32(f), nil
}

func jsonString(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case map[string]any:
		if text, ok := v["bytes"].(string); ok && len(v) == 1 {
			if b, err := hex.DecodeString(text); err == nil {
				return string(b), nil
			}
		}
	}
	return "", wrong("a text", v)
}
