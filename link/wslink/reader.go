package wslink

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// violation is something that the remote sent and must not send. The
// connection is closed with the code.
type violation struct {
	code ws.StatusCode
	text string
}

func (v *violation) Error() string { return fmt.Sprintf("%s (close code %d)", v.text, v.code) }

func violates(code ws.StatusCode, format string, v ...any) error {
	return &violation{code, fmt.Sprintf(format, v...)}
}

// errSilent: nothing came for too long.
var errSilent = errors.New("silent")

// reader reads messages: it joins fragments, checks what RFC 6455 demands, and
// bounds size and time.
type reader struct {
	conn    net.Conn
	src     *bufio.Reader
	masked  bool // the remote is a client, whose frames are masked
	max     int  // bytes of a message
	idle    time.Duration
	slowest time.Duration // for a message, from its first byte

	mu    sync.Mutex
	final bool // the last deadline is set

	held atomic.Int64 // bytes of the message under way

	op      ws.OpCode // of the message under way, 0 if none is
	untimed bool      // its first bytes were there before it was looked at: no deadline is set for it
	message []byte
	control [ws.MaxControlFramePayloadSize]byte
}

// growth is how much room a frame gets at a time, so that a length that is
// only claimed costs nothing.
const growth = 32 << 10

// next gives the next message or control frame. The payload is valid until the
// call after. Errors: a *violation, errSilent, and those of the connection.
func (r *reader) next() (ws.OpCode, []byte, error) {
	if r.op == 0 {
		r.held.Store(0)
	}
	for {
		if err := r.await(); err != nil {
			return 0, nil, err
		}
		h, err := ws.ReadHeader(r.src)
		if err != nil {
			return 0, nil, r.trouble(err)
		}
		if err := r.check(h); err != nil {
			return 0, nil, err
		}
		if int64(r.src.Buffered()) < h.Length {
			r.time()
		}
		if h.OpCode.IsControl() {
			b := r.control[:h.Length]
			if _, err := io.ReadFull(r.src, b); err != nil {
				return 0, nil, r.trouble(err)
			}
			unmask(b, h)
			return h.OpCode, b, nil
		}
		if err := r.fragment(h); err != nil {
			return 0, nil, err
		}
		if h.Fin {
			op := r.op
			r.op = 0
			if op == ws.OpText && !utf8.Valid(r.message) {
				return 0, nil, violates(ws.StatusInvalidFramePayloadData, "text that is not UTF-8")
			}
			return op, r.message, nil
		}
	}
}

// await waits for a frame. Between messages the remote may be silent for a
// while; a message that has begun must end in time, whatever comes between
// its fragments.
func (r *reader) await() error {
	if r.src.Buffered() >= ws.MaxHeaderSize {
		r.untimed = r.untimed || r.op == 0
		return nil
	}
	if r.op == 0 {
		r.arm(r.idle)
		r.untimed = true
	} else {
		r.time()
	}
	if _, err := r.src.Peek(1); err != nil {
		return r.trouble(err)
	}
	r.time()
	return nil
}

// time sets the deadline of a message, or of a control frame between messages,
// before it is waited for; what has come whole needs none.
func (r *reader) time() {
	if r.untimed {
		r.arm(r.slowest)
		r.untimed = false
	}
}

// arm bounds what is read next.
func (r *reader) arm(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.final {
		r.conn.SetReadDeadline(time.Now().Add(d))
	}
}

// finish bounds all that is read from now on, from any goroutine.
func (r *reader) finish(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.final = true
	r.conn.SetReadDeadline(time.Now().Add(d))
}

// trouble says what an error of the connection means.
func (r *reader) trouble(err error) error {
	var timeout net.Error
	switch {
	case errors.Is(err, ws.ErrHeaderLengthMSB), errors.Is(err, ws.ErrHeaderLengthUnexpected):
		return violates(ws.StatusProtocolError, "a frame's length is malformed")
	case errors.As(err, &timeout) && timeout.Timeout():
		if r.op == 0 && r.src.Buffered() == 0 {
			return errSilent
		}
		return violates(ws.StatusPolicyViolation, "a message that does not end within %v", r.slowest)
	}
	return err
}

// check is what RFC 6455 section 5 demands of a frame's header. Extensions
// are never agreed on, so no bit of theirs may be set.
func (r *reader) check(h ws.Header) error {
	switch {
	case h.Rsv != 0:
		return violates(ws.StatusProtocolError, "a reserved bit is set")
	case h.Masked != r.masked && r.masked:
		return violates(ws.StatusProtocolError, "a client's frame is not masked")
	case h.Masked != r.masked:
		return violates(ws.StatusProtocolError, "a server's frame is masked")
	case h.OpCode.IsReserved():
		return violates(ws.StatusProtocolError, "opcode %d is not known", h.OpCode)
	case h.OpCode.IsControl() && !h.Fin:
		return violates(ws.StatusProtocolError, "a control frame is fragmented")
	case h.OpCode.IsControl() && h.Length > ws.MaxControlFramePayloadSize:
		return violates(ws.StatusProtocolError, "a control frame of %d bytes", h.Length)
	case h.OpCode.IsControl():
	case h.OpCode == ws.OpContinuation && r.op == 0:
		return violates(ws.StatusProtocolError, "a continuation of nothing")
	case h.OpCode != ws.OpContinuation && r.op != 0:
		return violates(ws.StatusProtocolError, "a message inside another")
	case h.OpCode == ws.OpContinuation && h.Length > int64(r.max-len(r.message)), h.Length > int64(r.max):
		return violates(ws.StatusMessageTooBig, "a message of more than %d bytes", r.max)
	}
	return nil
}

// fragment appends a frame's payload to the message.
func (r *reader) fragment(h ws.Header) error {
	if h.OpCode != ws.OpContinuation {
		r.op = h.OpCode
		if cap(r.message) > growth {
			r.message = nil // a big one is not kept
		}
		r.message = r.message[:0]
	}
	begin := len(r.message)
	for left := int(h.Length); left > 0; {
		n := min(left, growth)
		r.message = slices.Grow(r.message, n)
		r.held.Store(int64(len(r.message) + n))
		part := r.message[len(r.message) : len(r.message)+n]
		if _, err := io.ReadFull(r.src, part); err != nil {
			return r.trouble(err)
		}
		r.message = r.message[:len(r.message)+n]
		left -= n
	}
	unmask(r.message[begin:], h)
	return nil
}

func unmask(b []byte, h ws.Header) {
	if h.Masked {
		ws.Cipher(b, h.Mask, 0)
	}
}

// closeReason reads a close frame's payload. The engine ends a reason with a
// NUL. It fails on what a peer must not send; 0 stands for no code.
func closeReason(b []byte) (code ws.StatusCode, text string, err error) {
	if len(b) < 2 {
		return 0, "", nil // a single byte is no code, as in the engine
	}
	code, text = ws.ParseCloseFrameData(b)
	for len(text) > 0 && text[len(text)-1] == 0 {
		text = text[:len(text)-1]
	}
	switch {
	case !sendable(int(code)):
		return 0, "", violates(ws.StatusProtocolError, "close code %d", code)
	case !utf8.ValidString(text):
		return 0, "", violates(ws.StatusInvalidFramePayloadData, "a close reason that is not UTF-8")
	}
	return code, text, nil
}

// sendable says whether a close frame may have a code.
func sendable(code int) bool {
	return code >= 1000 && code <= 4999 && !ws.StatusCode(code).IsProtocolReserved()
}
