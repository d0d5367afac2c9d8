package variant

import "unicode/utf8"

// badText is the offset of the first byte of a text that the dialect's engine
// would not keep as it is, -1 if there is none. Godot 4 is strict. Godot 3
// also has surrogates and numbers above U+10FFFF, in up to six bytes.
func (d Dialect) badText(s string) int {
	for i := 0; i < len(s); {
		if r, n := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || n > 1 {
			i += n
			continue
		}
		r, n := uint32(0), 0
		if d == Godot3 {
			r, n = looseRune([]byte(s[i:min(i+6, len(s))]))
		}
		if n == 0 || len(appendLoose(nil, r)) != n {
			return i
		}
		i += n
	}
	return -1
}

// notUTF8 reads a text that is no UTF-8. bad is the offset of the first byte that
// is no text for the dialect's engine, -1 if there is none.
func (d Dialect) notUTF8(b []byte) (text []byte, bad int) {
	if d == Godot3 {
		return looseText(b)
	}
	for bad < len(b) {
		r, n := utf8.DecodeRune(b[bad:])
		if r == utf8.RuneError && n == 1 {
			return nil, bad
		}
		bad += n
	}
	return b, -1
}

// looseText reads what is no UTF-8 by the rules of Godot 3. bad is the offset of
// the first byte that is no text for it either, -1 if there is none.
func looseText(b []byte) (text []byte, bad int) {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			text = append(text, b[i])
			i++
			continue
		}
		r, n := looseRune(b[i:])
		if n == 0 {
			return nil, i
		}
		text = appendLoose(text, r)
		i += n
	}
	return text, -1
}

// looseRune is the character at the start of b by the rules of Godot 3, and its
// length, 0 if it is none. The engine takes many characters in more bytes than
// they need, since it looks only at the first three.
func looseRune(b []byte) (r uint32, n int) {
	switch lead := b[0]; {
	case lead < 0xc2: // in one byte, or in two without need
		return 0, 0
	case lead < 0xe0:
		n = 2
	case lead < 0xf0:
		n = 3
	case lead < 0xf8:
		n = 4
	case lead < 0xfc:
		n = 5
	case lead < 0xfe:
		n = 6
	}
	if len(b) < n || n == 0 {
		return 0, 0
	}
	r = uint32(b[0]) & (0x7f >> n)
	for i, c := range b[1:n] {
		if c&0xc0 != 0x80 || i == 1 && r == 0 && (c&0x7f)>>(7-n) == 0 {
			return 0, 0
		}
		r = r<<6 | uint32(c&0x3f)
	}
	return r, n
}

// appendLoose appends a character in as few bytes as it needs.
func appendLoose(dst []byte, r uint32) []byte {
	if r < utf8.RuneSelf {
		return append(dst, byte(r))
	}
	n := 2
	for n < 6 && r >= 1<<(5*n+1) {
		n++
	}
	shift := 6 * (n - 1)
	dst = append(dst, 0xff<<(8-n)|byte(r>>shift))
	for shift > 0 {
		shift -= 6
		dst = append(dst, 0x80|byte(r>>shift)&0x3f)
	}
	return dst
}
