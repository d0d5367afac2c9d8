package variant

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Parse reads a value as Format writes it, with the names of types of either
// dialect. It is for people and tools; JSON keeps everything, while the text
// does not tell NaNs apart and names of a NodePath with a slash or a colon in
// them. Errors: SyntaxError, with the offset in the text; LimitError below
// 1,024 containers inside each other.
func Parse(text string) (any, error) {
	p := parser{s: text}
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.space(); p.i < len(p.s) {
		return nil, p.bad("the end")
	}
	return v, nil
}

// parser reads a text from an offset on.
type parser struct {
	s     string
	i     int
	depth int
}

func (p *parser) space() {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
}

// bad is an error at the offset.
func (p *parser) bad(want string) error {
	have := "the end"
	if p.i < len(p.s) {
		r, _ := utf8.DecodeRuneInString(p.s[p.i:])
		have = strconv.QuoteRune(r)
		if w := p.peekWord(); w != "" {
			have = w
		}
	}
	return &SyntaxError{p.i, want, have, ErrInvalidData}
}

// next is the next character that is no space, 0 at the end.
func (p *parser) next() byte {
	if p.space(); p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// take reads a character if it is the next one.
func (p *parser) take(c byte) bool {
	if p.next() != c {
		return false
	}
	p.i++
	return true
}

func (p *parser) expect(c byte) error {
	if !p.take(c) {
		return p.bad(strconv.QuoteRune(rune(c)))
	}
	return nil
}

// peekWord is the name or number at the offset.
func (p *parser) peekWord() string {
	end := p.i
	for end < len(p.s) {
		c := p.s[end]
		sign := (c == '+' || c == '-') && (end == p.i || (p.s[end-1]|0x20) == 'e' && isDigit(p.s[p.i:end]))
		if c != '_' && c != '.' && !sign && !('0' <= c && c <= '9') && !('a' <= c|0x20 && c|0x20 <= 'z') {
			break
		}
		end++
	}
	return p.s[p.i:end]
}

// isDigit says whether a word is a number so far.
func isDigit(s string) bool {
	s = strings.TrimLeft(s, "+-.")
	return s != "" && s[0] >= '0' && s[0] <= '9'
}

func (p *parser) word() string {
	p.space()
	w := p.peekWord()
	p.i += len(w)
	return w
}

func (p *parser) enter() error {
	if p.depth++; p.depth > 1024 {
		return &LimitError{"MaxDepth", 1024, p.i}
	}
	return nil
}

func (p *parser) value() (any, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	switch p.next() {
	case '"':
		return boxed(p.quoted())
	case '&':
		p.i++
		s, err := p.quoted()
		return StringName(s), err
	case '^':
		p.i++
		s, err := p.quoted()
		return Path(s), err
	case '[':
		return boxed(p.array())
	case '{':
		return boxed(p.dictionary())
	}
	at := p.i
	w := p.word()
	switch w {
	case "":
		return nil, p.bad("a value")
	case "null":
		return nil, nil
	case "true", "false":
		return w == "true", nil
	}
	if c := w[0]; c == '-' || c == '+' || c == '.' || '0' <= c && c <= '9' || special(w) {
		p.i = at
		return p.number()
	}
	return p.named(w, at)
}

// special says whether a word is a number without digits.
func special(w string) bool { return w == "nan" || w == "inf" || w == "-inf" || w == "+inf" }

// number reads an int or a float.
func (p *parser) number() (any, error) {
	at := p.i
	w := p.word()
	if n, err := parseInt(w); err == nil {
		return n, nil
	}
	if f, err := parseFloat(w, 64); err == nil && (special(w) || strings.ContainsAny(w, ".eE")) {
		return f, nil
	}
	p.i = at
	return nil, p.bad("a number of at most 64 bits")
}

// parseInt reads an int, also with 0x.
func parseInt(w string) (int64, error) {
	if digits, ok := strings.CutPrefix(w, "0x"); ok && !strings.HasPrefix(digits, "-") {
		return strconv.ParseInt(digits, 16, 64)
	}
	return strconv.ParseInt(w, 10, 64)
}

func parseFloat(w string, bits int) (float64, error) {
	if strings.ContainsAny(w, "_xXpP") || len(w) > 0 && strings.ContainsAny(w, "nN") && !special(w) {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(w, bits)
}

// float reads a number of single precision.
func (p *parser) float(bits int) (float64, error) {
	p.space()
	at := p.i
	f, err := parseFloat(p.word(), bits)
	if err != nil {
		p.i = at
		return 0, p.bad("a number")
	}
	return f, nil
}

// whole reads an integer.
func (p *parser) whole(bits int) (int64, error) {
	p.space()
	at := p.i
	n, err := strconv.ParseInt(p.word(), 10, bits)
	if err != nil {
		p.i = at
		return 0, p.bad(fmt.Sprintf("an integer of %d bits", bits))
	}
	return n, nil
}

func (p *parser) id() (uint64, error) {
	p.space()
	at := p.i
	n, err := strconv.ParseUint(p.word(), 10, 64)
	if err != nil {
		p.i = at
		return 0, p.bad("an id")
	}
	return n, nil
}

func (p *parser) array() (Array, error) {
	if err := p.expect('['); err != nil {
		return nil, err
	}
	return sequence(p, ']', p.value)
}

// sequence reads elements with commas between them, up to the character that
// ends them. A comma may stand before that.
func sequence[T any](p *parser, end byte, next func() (T, error)) ([]T, error) {
	items := []T{}
	for !p.take(end) {
		v, err := next()
		if err != nil {
			return nil, err
		}
		items = append(items, v)
		if !p.take(',') && p.next() != end {
			return nil, p.bad(fmt.Sprintf("',' or %q", rune(end)))
		}
	}
	return items, nil
}

func (p *parser) dictionary() (Dictionary, error) {
	if err := p.expect('{'); err != nil {
		return nil, err
	}
	pairs, err := sequence(p, '}', func() (Pair, error) {
		k, err := p.value()
		if err == nil {
			err = p.expect(':')
		}
		if err != nil {
			return Pair{}, err
		}
		v, err := p.value()
		return Pair{k, v}, err
	})
	in := inserter{pairs: Dictionary{}}
	for _, pair := range pairs {
		in.add(pair.Key, pair.Value)
	}
	return in.pairs, err
}

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
	}
	if n := numberCount[t]; n > 0 {
		return p.fixed(t, n)
	}
	return nil, p.bad("another type: this one has a form of its own")
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
	}
	panic("variant: no parser for " + t.String())
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

// quoted reads a text between quotation marks.
func (p *parser) quoted() (string, error) {
	if !p.take('"') {
		return "", p.bad(`'"'`)
	}
	var b []byte
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch c {
		case '"':
			p.i++
			return string(b), nil
		case '\\':
			var err error
			if b, err = p.escape(b); err != nil {
				return "", err
			}
		default:
			b = append(b, c)
			p.i++
		}
	}
	return "", p.bad(`'"'`)
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v', '"': '"', '\'': '\'', '\\': '\\'}

// escape reads what begins with a backslash.
func (p *parser) escape(b []byte) ([]byte, error) {
	if p.i+1 >= len(p.s) {
		return b, p.bad("a character after it")
	}
	c := p.s[p.i+1]
	if plain, ok := escapes[c]; ok {
		p.i += 2
		return append(b, plain), nil
	}
	digits := map[byte]int{'x': 2, 'u': 4}[c]
	if digits == 0 || p.i+2+digits > len(p.s) {
		return b, p.bad(`an escape such as \n or \u00e9`)
	}
	n, err := strconv.ParseUint(p.s[p.i+2:p.i+2+digits], 16, 32)
	if err != nil {
		return b, p.bad(fmt.Sprintf("%d digits after it", digits))
	}
	p.i += 2 + digits
	if c == 'x' {
		return append(b, byte(n)), nil
	}
	return utf8.AppendRune(b, rune(n)), nil
}
