package variant

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

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
