package variant

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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
	if rest := bytes.TrimLeft(b[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, &SyntaxError{len(b) - len(rest), "the end", "more JSON", ErrInvalidData}
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
	default:
		if layout := layouts[t]; layout != nil {
			return o.fixed(t, layout)
		}
		return o.pool(t)
	}
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
