package variant

import (
	"fmt"
	"math"
	"slices"
)

// named reads what begins with a type's name, which is at an offset.
func (p *parser) named(name string, at int) (any, error) {
	t, ok := typesByName[name]
	if !ok {
		p.i = at
		return nil, p.bad("a value")
	}
	if (t == TypeArray || t == TypeDictionary) && p.next() == '[' {
		return p.typed(t)
	}
	if err := p.expect('('); err != nil {
		return nil, err
	}
	if t >= TypeByteArray {
		return p.pool(t)
	}
	v, err := p.arguments(t)
	if err == nil && !p.take(')') {
		err = p.bad("')'")
	}
	return v, err
}

// typed reads Array[int]([...]) or Dictionary[String, int]({...}).
func (p *parser) typed(t Type) (v any, err error) {
	p.i++
	types, err := sequence(p, ']', p.elementType)
	want := map[Type]int{TypeArray: 1, TypeDictionary: 2}[t]
	if err == nil && len(types) != want {
		p.i--
		err = p.bad(fmt.Sprintf("%d element types", want))
	}
	if err == nil {
		err = p.expect('(')
	}
	if err != nil {
		return nil, err
	}
	if t == TypeArray {
		var items Array
		if items, err = p.array(); err == nil {
			v = TypedArray{types[0], items}
		}
	} else {
		var pairs Dictionary
		if pairs, err = p.dictionary(); err == nil {
			v = TypedDictionary{types[0], types[1], pairs}
		}
	}
	if err == nil {
		err = p.expect(')')
	}
	return v, err
}

func (p *parser) elementType() (ElementType, error) {
	if p.next() == '"' {
		s, err := p.quoted()
		return ElementType{Type: TypeObject, Script: s}, err
	}
	name := p.word()
	switch t, ok := typesByName[name]; {
	case name == "":
		return ElementType{}, p.bad("an element type")
	case name == "Variant":
		return ElementType{}, nil
	case t == TypeObject && p.take('('):
		s, err := p.quoted()
		if err == nil {
			err = p.expect(')')
		}
		return ElementType{Type: t, Class: s}, err
	case ok:
		return ElementType{Type: t}, nil
	}
	return ElementType{Type: TypeObject, Class: name}, nil
}

// arguments reads what is between the parentheses of a type.
func (p *parser) arguments(t Type) (any, error) {
	switch t {
	case TypeStringName:
		s, err := p.quoted()
		return StringName(s), err
	case TypeNodePath:
		s, err := p.quoted()
		return Path(s), err
	case TypeRID:
		if p.next() == ')' {
			return RID(0), nil
		}
		n, err := p.id()
		return RID(n), err
	case TypeCallable:
		return Callable{}, nil
	case TypeSignal:
		s, err := p.quoted()
		if err == nil {
			err = p.expect(',')
		}
		if err != nil {
			return nil, err
		}
		n, err := p.id()
		return Signal{s, n}, err
	case TypeObject:
		return p.object()
	default:
		if n := numberCount[t]; n > 0 {
			return p.fixed(t, n)
		}
		return nil, p.bad("another type: this one has a form of its own")
	}
}

func (p *parser) object() (any, error) {
	if c := p.next(); '0' <= c && c <= '9' {
		n, err := p.id()
		return Object{ID: n}, err
	}
	o := Object{}
	var err error
	if p.next() == '"' {
		if o.Class, err = p.quoted(); err != nil {
			return nil, err
		}
	} else if o.Class = p.word(); o.Class == "" {
		return nil, p.bad("an id or a class")
	}
	for p.take(',') {
		name, err := p.quoted()
		if err == nil {
			err = p.expect(':')
		}
		if err != nil {
			return nil, err
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		o.Properties = append(o.Properties, Property{name, v})
	}
	return o, nil
}

// fixed reads a value that is n numbers.
func (p *parser) fixed(t Type, n int) (any, error) {
	var f []float32
	var w []int32
	for i := range n {
		if i > 0 {
			if err := p.expect(','); err != nil {
				return nil, err
			}
		}
		if t.isWhole() {
			x, err := p.whole(32)
			if err != nil {
				return nil, err
			}
			w = append(w, int32(x))
			continue
		}
		x, err := p.float(32)
		if err != nil {
			return nil, err
		}
		f = append(f, float32(x))
	}
	if t.isWhole() {
		return ofWholes(t, w), nil
	}
	return ofNumbers(t, f), nil
}

// pool reads the elements of a pool array and the parenthesis after them.
func (p *parser) pool(t Type) (any, error) {
	switch t {
	case TypeByteArray:
		return boxed(sequence(p, ')', func() (byte, error) {
			p.space()
			at := p.i
			n, err := p.whole(16)
			if err == nil && (n < 0 || n > math.MaxUint8) {
				p.i = at
				err = p.bad("a byte, 0 to 255")
			}
			return byte(n), err
		}))
	case TypeInt32Array:
		return boxed(sequence(p, ')', func() (int32, error) {
			n, err := p.whole(32)
			return int32(n), err
		}))
	case TypeInt64Array:
		return boxed(sequence(p, ')', func() (int64, error) { return p.whole(64) }))
	case TypeFloat32Array:
		return boxed(sequence(p, ')', p.float32))
	case TypeFloat64Array:
		return boxed(sequence(p, ')', func() (float64, error) { return p.float(64) }))
	case TypeStringArray:
		return boxed(sequence(p, ')', p.quoted))
	case TypeVector2Array:
		return groups[Vector2](p, TypeVector2)
	case TypeVector3Array:
		return groups[Vector3](p, TypeVector3)
	case TypeColorArray:
		return groups[Color](p, TypeColor)
	case TypeVector4Array:
		return groups[Vector4](p, TypeVector4)
	default:
		panic("variant: no parser for " + t.String())
	}
}

func (p *parser) float32() (float32, error) {
	f, err := p.float(32)
	return float32(f), err
}

// groups reads numbers that together are elements of a type.
func groups[T any](p *parser, t Type) (any, error) {
	f, err := sequence(p, ')', p.float32)
	if err != nil {
		return nil, err
	}
	n := numberCount[t]
	if len(f)%n != 0 {
		p.i--
		return nil, p.bad(fmt.Sprintf("%d numbers for each %v", n, t))
	}
	items := make([]T, 0, len(f)/n)
	for part := range slices.Chunk(f, n) {
		items = append(items, ofNumbers(t, part).(T))
	}
	return items, nil
}
