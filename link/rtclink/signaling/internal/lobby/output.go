package lobby

import "crosspeer/link/rtclink/signaling/internal/protocol"

// OutputKind says what an output is.
type OutputKind uint8

// Kinds of outputs.
const (
	Send  OutputKind = iota // send Data in a text frame
	Close                   // close with Cause.Code and Reason; the Hall has forgotten the connection
	Ask                     // the session's program is to say Accept or Close
	Tell                    // Message is for the session's program
)

// Output is something for the driver to do.
type Output struct {
	Conn    ConnID
	Kind    OutputKind
	Data    []byte // shared by all receivers of one message
	Cause   Cause
	Reason  string
	Dialect protocol.Dialect // Ask
	Message protocol.Message // Tell
}

// Outputs gives what is to be done since the last call, in order. The slice is
// used again by the next call of any method.
func (h *Hall) Outputs() []Output {
	out := h.out
	h.out = h.out[:0]
	return out
}

func (h *Hall) emit(o Output) { h.out = append(h.out, o) }

// send sends a message in the dialect of the receivers, which is that of their
// lobby.
func (h *Hall) send(m protocol.Message, to ...*conn) {
	if len(to) == 0 {
		return
	}
	data := to[0].dialect.Append(nil, m)
	for _, c := range to {
		h.emit(Output{Conn: c.key, Kind: Send, Data: data})
	}
}
