package wire

// WebSocketHeaderSize is the size of what stands in front of a message's bytes.
const WebSocketHeaderSize = 9

// WebSocketNoticeSize is the size of a whole message that is a notice.
const WebSocketNoticeSize = WebSocketHeaderSize + 4

// WebSocketKind says what a message is.
type WebSocketKind uint8

// Kinds of messages. All but data are notices from a server to its clients,
// with a peer id behind the header. Others are to be dropped.
const (
	WebSocketData   WebSocketKind = 0
	WebSocketAdd    WebSocketKind = 1 // the peer is there
	WebSocketRemove WebSocketKind = 2 // the peer has gone
	WebSocketID     WebSocketKind = 3 // the receiver's own id
)

// WebSocketHeader stands in front of every message between Godot's WebSocket
// peers in their multiplayer mode. Godot 3.2.3, WebSocketMultiplayerPeer.
//
//	offset size
//	0      1    kind
//	1      4    source, peer id; 1 in notices
//	5      4    target: 0 all, id, or -id for all but that one; 0 in notices
//
// A relay passes it on unchanged.
type WebSocketHeader struct {
	Kind   WebSocketKind
	Source int32
	Target int32
}

// ParseWebSocket splits the header from a message. It fails when the message
// is shorter than the header; the payload may be empty.
func ParseWebSocket(b []byte) (h WebSocketHeader, payload []byte, ok bool) {
	if len(b) < WebSocketHeaderSize {
		return h, nil, false
	}
	h.Kind = WebSocketKind(b[0])
	h.Source = int32(le.Uint32(b[1:]))
	h.Target = int32(le.Uint32(b[5:]))
	return h, b[WebSocketHeaderSize:], true
}

// Put writes the header to the start of b, which must have room for
// WebSocketHeaderSize bytes.
func (h WebSocketHeader) Put(b []byte) {
	b[0] = byte(h.Kind)
	le.PutUint32(b[1:], uint32(h.Source))
	le.PutUint32(b[5:], uint32(h.Target))
}

// ParseWebSocketNotice reads the id from a notice's payload. It fails when the
// payload is too short; bytes behind the id are ignored, as the engine does.
func ParseWebSocketNotice(payload []byte) (id int32, ok bool) {
	if len(payload) < 4 {
		return 0, false
	}
	return int32(le.Uint32(payload)), true
}

// PutWebSocketNotice writes a whole notice to the start of b, which must have
// room for WebSocketNoticeSize bytes.
func PutWebSocketNotice(b []byte, kind WebSocketKind, id int32) {
	WebSocketHeader{Kind: kind, Source: 1}.Put(b)
	le.PutUint32(b[WebSocketHeaderSize:], uint32(id))
}
