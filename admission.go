package crosspeer

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Hello is what a transport knows of a remote that comes, and what Config.Admit
// decides by.
type Hello struct {
	// ID is the id that the remote chose, 0 if the hub is to choose one. On a
	// client it is TargetServer, in a mesh the member's id.
	ID PeerID

	// Transport is "enet", "websocket", "webrtc", "memory", …, and RemoteAddr
	// where the remote is, zero for transports without addresses. Attach takes
	// both from Link.Info if Transport is empty.
	Transport  string
	RemoteAddr netip.AddrPort

	// ConnectData is the number that an ENet client sends along. Godot's
	// clients send their id.
	ConnectData uint32

	Request *Request  // nil for transports without HTTP
	TLS     *TLSState // nil for connections without TLS or DTLS

	admission *admission
	knocked   bool
}

// Request is what a WebSocket or WebRTC client has asked over HTTP.
type Request struct {
	Host, Path   string
	Query        url.Values
	Header       map[string][]string // names in canonical form: "Authorization"
	Cookies      map[string]string
	Subprotocols []string // that the client asks for
}

// TLSState describes the encryption of a connection, over TCP or UDP.
type TLSState struct {
	TLSInfo
	PeerCertificates [][]byte // of the remote in DER, its own first; none if it has shown none
}

// Grant lets a remote in.
type Grant struct {
	// ID is the id that the client gets. 0: the one that it chose, or one that
	// the hub draws. A client that has an id already, because it chose it
	// (ENet) or because FirstPacket was called, is refused if it is another
	// one.
	ID PeerID

	// Metadata is for the program: PeerInfo gives it back.
	Metadata any

	// Limits replace Config.Policy.Peer for this client. Default nil: they do
	// not.
	Limits *PeerLimits
}

// maxFirstPacket is the largest packet that FirstPacket takes, in bytes.
const maxFirstPacket = 16 << 10

// FirstPacket waits for the first packet that the remote sends, whatever its
// mode and target, and takes it: nobody else will see it. It is for transports
// that can carry nothing earlier, as ENet, but works on all. The remote takes
// itself for connected meanwhile, and nobody in the session knows of it. A
// second call gives the same packet. Packets above 16 KiB refuse the remote. Errors: ctx's.
//
// It can be called inside Config.Admit only.
func (h Hello) FirstPacket(ctx context.Context) ([]byte, error) {
	a := h.admission
	if a == nil {
		return nil, errors.New("crosspeer: FirstPacket outside Config.Admit")
	}
	a.ask()
	select {
	case b := <-a.packet:
		a.packet <- b
		return b, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("crosspeer: no first packet: %w", context.Cause(ctx))
	}
}

// Knock asks whether a remote may come in, before its connection is made: it
// applies Config.Policy and Config.Admit, and returns what Attach is to be
// given. It waits for the program, ctx bounds that. Transports call it when
// they can still refuse in their own way, in place of Admit. With an error
// nothing is left to be done: those of Hub.Admit, and what Config.Admit said,
// which Refusal puts in words for the remote; it is counted.
func (h *Hub) Knock(ctx context.Context, hello Hello) (Hello, error) {
	hello.knocked = true
	err := h.screen(hello)
	if err == nil && h.asks() {
		hello, err = h.knock(ctx, hello)
	}
	if err != nil {
		h.Refuse()
	}
	return hello, err
}

// Retract says that a remote which Knock has let come on will not be attached
// after all. Without it the program may wait for a first packet until
// Config.AdmitTimeout.
func (h *Hub) Retract(hello Hello) {
	if hello.admission != nil {
		hello.admission.cancel(errLeft)
	}
}

// screen is what needs no program to decide.
func (h *Hub) screen(hello Hello) error {
	if err := h.Admit(hello.RemoteAddr, hello.ID); err != nil {
		return err
	}
	return h.guard.connect(hello.RemoteAddr.Addr())
}

// asks says whether the program decides who comes in.
func (h *Hub) asks() bool { return h.role == roleServer && h.cfg.Admit != nil }

func (h *Hub) knock(ctx context.Context, hello Hello) (Hello, error) {
	a, err := h.begin(hello)
	if err != nil {
		return hello, err
	}
	hello.admission = a
	select {
	case <-a.done:
		if a.err != nil {
			return hello, a.err
		}
		if a.grant.ID != 0 {
			hello.ID = a.grant.ID
		}
	case <-a.asked:
	case <-ctx.Done():
		a.cancel(ctx.Err())
		return hello, ctx.Err()
	}
	return hello, nil
}

// Refusal is an error of Knock or Attach in words for the remote.
func Refusal(err error) string { return strings.TrimPrefix(err.Error(), "crosspeer: ") }

// granted notes what a client was let in with. The lock is held, and nothing
// is delivered yet.
func (p *Port) granted(g Grant) {
	p.grant = g
	limits := p.hub.cfg.Policy.Peer
	if g.Limits != nil {
		limits = *g.Limits
	}
	if limits.limited() {
		p.police = &police{PeerLimits: limits}
	}
	p.guarded = p.police != nil || p.hub.cfg.Filter != nil
}
