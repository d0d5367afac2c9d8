package variant

import (
	"fmt"
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
