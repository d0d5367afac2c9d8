package fastlz

// Decompress writes what src was compressed from to dst and returns its length.
// It is 0 if src is damaged or its content longer than dst; dst then holds no
// useful bytes. An input of less than 16 bytes comes back with zeros at its end.
// dst and src must not overlap.
func (*Coder) Decompress(dst, src []byte) int {
	if len(src) == 0 {
		return 0
	}
	level := src[0] >> 5
	if level > level2 {
		return 0
	}
	n := 0
	token := src[0] & (literals - 1)
	src = src[1:]
	for {
		if token < literals {
			run := int(token) + 1
			if run > len(src) || run > len(dst)-n {
				return 0
			}
			n += copy(dst[n:], src[:run])
			src = src[run:]
		} else {
			m, rest, ok := readMatch(token, level, src)
			if !ok || m.distance > n || m.length > len(dst)-n {
				return 0
			}
			repeat(dst[n-m.distance:n+m.length], m.distance)
			n += m.length
			src = rest
		}
		if len(src) == 0 {
			return n
		}
		token, src = src[0], src[1:]
	}
}

// match is a repetition of what was distance bytes before, at least 1.
type match struct{ length, distance int }

// readMatch reads what follows the first byte of a match. What is read more
// than once, the bytes of a long length, is bounded by src.
func readMatch(token, level byte, src []byte) (m match, rest []byte, ok bool) {
	next := func() int {
		if len(src) == 0 {
			ok = false
			return 0
		}
		b := src[0]
		src = src[1:]
		return int(b)
	}
	ok = true
	m.length = int(token>>5) + shortest - 1
	if token>>5 == extended {
		more := next()
		m.length += more
		for level == level2 && more == moreToFollow && ok {
			more = next()
			m.length += more
		}
	}
	m.distance = int(token&(literals-1))<<8 + next()
	if level == level2 && m.distance == farDistance {
		m.distance += next()<<8 + next()
	}
	m.distance++
	return m, src, ok
}

// repeat fills b from its first distance bytes on with what lies distance bytes
// before.
func repeat(b []byte, distance int) {
	for n := distance; n < len(b); {
		n += copy(b[n:], b[:n])
	}
}
