package variant

import (
	"bytes"
	"fmt"
	"math"
	"unicode/utf8"
)

// Reader reads values one after the other. Methods named after a type read a
// value of that type without making an any of it; on an error nothing is
// consumed, so that another type can be tried. Errors are SyntaxError,
// LimitError, and TypeError for a value of another type. A Reader belongs to
// one goroutine at a time.
type Reader struct {
	cfg      Config // populated
	buf      []byte
	off      int
	start    int // of the value that is read
	depth    int
	elements int
}

// NewReader makes a Reader of Godot 3 with the default limits. b is not
// copied, and no value that is read shares its memory.
func NewReader(b []byte) Reader { return Config{}.NewReader(b) }

// NewReader makes a Reader. b is not copied, and no value that is read shares
// its memory.
func (c Config) NewReader(b []byte) Reader { return Reader{cfg: c.populated(), buf: b} }

// Offset is how many bytes were read.
func (r *Reader) Offset() int { return r.off }

// Len is how many bytes are left.
func (r *Reader) Len() int { return max(len(r.buf)-r.off, 0) }

// Rest is what is left; it shares the memory of the input.
func (r *Reader) Rest() []byte { return r.buf[len(r.buf)-r.Len():] }

// Peek is the type of the next value.
func (r *Reader) Peek() (Type, error) {
	t, _, err := r.head()
	return t, err
}

// head is the header of the next value, which stays unread.
func (r *Reader) head() (t Type, flags uint32, err error) {
	if r.Len() < 4 {
		return 0, 0, r.short(4, "a value's header")
	}
	h := le.Uint32(r.buf[r.off:])
	t, ok := r.cfg.Dialect.typeOf(uint8(h))
	if !ok {
		return 0, 0, r.bad("a type of "+r.cfg.Dialect.String(), fmt.Sprintf("number %d", uint8(h)))
	}
	return t, h &^ 0xff, nil
}

// begin reads the header of a value of a type.
func (r *Reader) begin(want Type) (flags uint32, err error) {
	t, flags, err := r.head()
	if err != nil {
		return 0, err
	}
	if t != want {
		return 0, r.mismatch(want, t)
	}
	r.start = r.off
	r.off += 4
	return flags, nil
}

func (r *Reader) mismatch(want, have Type) error {
	d := r.cfg.Dialect
	return &TypeError{Offset: r.off, Want: d.TypeName(want), Have: d.TypeName(have)}
}

func (r *Reader) bad(want, have string) error {
	return &SyntaxError{r.off, want, have, ErrInvalidData}
}

func (r *Reader) short(n int, what string) error {
	return r.bad(fmt.Sprintf("%d bytes of %s", n, what), fmt.Sprint(r.Len()))
}

// u32 reads four bytes.
func (r *Reader) u32(what string) (uint32, error) {
	if r.Len() < 4 {
		return 0, r.short(4, what)
	}
	n := le.Uint32(r.buf[r.off:])
	r.off += 4
	return n, nil
}

// u64 reads eight bytes.
func (r *Reader) u64(what string) (uint64, error) {
	if r.Len() < 8 {
		return 0, r.short(8, what)
	}
	n := le.Uint64(r.buf[r.off:])
	r.off += 8
	return n, nil
}

// floats fills f with numbers of 32 bits, or of 64 that it rounds.
func (r *Reader) floats(f []float32, flags uint32, t Type) error {
	if r.cfg.Dialect == Godot4 && flags&wide != 0 && t != TypeColor && t != TypeColorArray {
		if r.Len() < 8*len(f) {
			return r.short(8*len(f), r.cfg.Dialect.TypeName(t))
		}
		for i := range f {
			f[i] = float32(math.Float64frombits(le.Uint64(r.buf[r.off+8*i:])))
		}
		r.off += 8 * len(f)
		return nil
	}
	if r.Len() < 4*len(f) {
		return r.short(4*len(f), r.cfg.Dialect.TypeName(t))
	}
	for i := range f {
		f[i] = math.Float32frombits(le.Uint32(r.buf[r.off+4*i:]))
	}
	r.off += 4 * len(f)
	return nil
}

// wholes fills n with integers of 32 bits.
func (r *Reader) wholes(n []int32, t Type) error {
	if r.Len() < 4*len(n) {
		return r.short(4*len(n), r.cfg.Dialect.TypeName(t))
	}
	for i := range n {
		n[i] = int32(le.Uint32(r.buf[r.off+4*i:]))
	}
	r.off += 4 * len(n)
	return nil
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// textBytes reads a text as the engine does: a byte order mark is dropped, and
// a zero byte ends it. The bytes are those of the input unless Godot 3 reads
// others in them.
func (r *Reader) textBytes() ([]byte, error) {
	if r.Len() < 4 {
		return nil, r.short(4, "a text's length")
	}
	n := int(int32(le.Uint32(r.buf[r.off:])))
	if n < 0 || n > r.Len()-4 || n+pad(n) > r.Len()-4 {
		return nil, &SyntaxError{
			r.off, "a text's length and as many bytes, with padding",
			fmt.Sprintf("length %d and %d bytes", n, r.Len()-4), ErrTextLength,
		}
	}
	text := r.buf[r.off+4 : r.off+4+n]
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	body, mark := bytes.CutPrefix(text, byteOrderMark)
	if !utf8.Valid(body) {
		var bad int
		if body, bad = r.cfg.Dialect.notUTF8(body); bad >= 0 {
			if mark {
				bad += len(byteOrderMark)
			}
			return nil, &SyntaxError{r.off + 4 + bad, "UTF-8", fmt.Sprintf("byte %#02x", text[bad]), ErrInvalidData}
		}
	}
	r.off += 4 + n + pad(n)
	return body, r.size(0)
}

func (r *Reader) text() (string, error) {
	b, err := r.textBytes()
	return string(b), err
}

// enter begins a container; leave ends it.
func (r *Reader) enter() error {
	if r.depth++; r.depth > r.cfg.MaxDepth {
		return &LimitError{"MaxDepth", r.cfg.MaxDepth, r.off}
	}
	return nil
}

func (r *Reader) leave() { r.depth-- }

// element counts what is inside a container.
func (r *Reader) element() error {
	if r.elements++; r.elements > r.cfg.MaxElements {
		return &LimitError{"MaxElements", r.cfg.MaxElements, r.off}
	}
	return r.size(0)
}
