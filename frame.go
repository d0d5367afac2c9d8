package crosspeer

// FrameKind says what a frame is.
type FrameKind uint8

// Kinds of frames. All but FramePacket are notices of a server to its clients
// and travel reliably.
const (
	FramePacket FrameKind = iota // a packet of the game
	FrameAdd                     // the client Frame.Peer is there
	FrameRemove                  // the client Frame.Peer has gone
)

var frameNames = []string{"packet", "add", "remove"}

// String is "packet", "add" or "remove".
func (k FrameKind) String() string { return enumName("frame kind", frameNames, uint8(k)) }

// Frame is a packet, or a notice of the session, on its way between the hub
// and links. It remembers how it looks in each framing, so that a broadcast is
// encoded once and not once per receiver. A frame is used by one goroutine at
// a time.
type Frame struct {
	Kind   FrameKind
	Packet        // FramePacket
	Peer   PeerID // FrameAdd, FrameRemove

	// Hint is for the transport's own use: what it sets on a frame that it
	// delivers is there when the frame is sent on over the same transport.
	Hint uint8

	encodings [2]encoding
}

type encoding struct {
	framing any
	value   Releaser
}

// Releaser is an encoded form of a frame. Release is called when the frame is
// done with; a link that keeps the form longer needs a reference of its own.
type Releaser interface{ Release() }

// Encoding gives the form of the frame in a framing, nil if it has none yet.
// framing is any comparable value that names it, the same for all links that
// can share the form.
func (f *Frame) Encoding(framing any) Releaser {
	for i := range f.encodings {
		if f.encodings[i].framing == framing {
			return f.encodings[i].value
		}
	}
	return nil
}

// SetEncoding keeps the form of the frame in a framing. A frame has room for
// two; a third replaces the second.
func (f *Frame) SetEncoding(framing any, form Releaser) {
	for i := range f.encodings {
		if e := &f.encodings[i]; e.value == nil {
			e.framing, e.value = framing, form
			return
		}
	}
	last := &f.encodings[len(f.encodings)-1]
	last.value.Release()
	last.framing, last.value = framing, form
}

// Reset releases the frame's encodings and empties it, for use again.
func (f *Frame) Reset() {
	for _, e := range f.encodings {
		if e.value != nil {
			e.value.Release()
		}
	}
	*f = Frame{}
}
