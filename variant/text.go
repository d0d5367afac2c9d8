package variant

import "unicode/utf8"

// badText is the offset of the first byte that the engine does not take for
// UTF-8, -1 if there is none. Godot 4 is strict. Godot 3 also takes surrogates
// and numbers above U+10FFFF, in up to six bytes, and keeps them.
func (d Dialect) badText(b []byte) int {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		if r, n := utf8.DecodeRune(b[i:]); r != utf8.RuneError || n > 1 {
			i += n
			continue
		}
		n := 0
		if d == Godot3 {
			n = looseRune(b[i:])
		}
		if n == 0 {
			return i
		}
		i += n
	}
	return -1
}

// looseRune is the length of the character at the start of b by the rules of
// Godot 3, 0 if it is none.
func looseRune(b []byte) int {
	var n int
	switch lead := b[0]; {
	case lead&0xe0 == 0xc0:
		n = 2
	case lead&0xf0 == 0xe0:
		n = 3
	case lead&0xf8 == 0xf0:
		n = 4
	case lead&0xfc == 0xf8:
		n = 5
	case lead&0xfe == 0xfc:
		n = 6
	}
	if n == 0 || len(b) < n {
		return 0
	}
	r := uint32(b[0]) & (0x7f >> n)
	for _, c := range b[1:n] {
		if c&0xc0 != 0x80 {
			return 0
		}
		r = r<<6 | uint32(c&0x3f)
	}
	if n == 2 && r < 0x80 || n > 2 && r < 1<<(5*n-4) {
		return 0 // a shorter form exists
	}
	return n
}
