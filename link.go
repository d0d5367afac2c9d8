package crosspeer

import (
	"context"
	"net/netip"
	"time"
)

// Link carries packets between this process and one remote. Transports
// implement it. All methods may be called from any goroutine, also before
// Hub.Attach has returned and after Port.Detach; they return at once and do not
// call the hub or the port themselves.
type Link interface {
	// Send takes a frame for the remote. It never waits. The frame and its
	// bytes are only valid during the call; encodings taken from it may be
	// kept as their own rules say. Reliable frames arrive once, in the order
	// in which they were sent, as long as the connection lasts.
	Send(f *Frame) SendResult

	// Close ends the connection: in order, when what was sent reliably has
	// been delivered, or with now at once, which also ends a close in order.
	// From now on Send gives SendClosed. The transport calls Port.Detach, from
	// its own goroutine, when the connection is over; with now that does not
	// depend on the remote. The remote is told, with the reason if the
	// transport can carry it.
	Close(r Reason, now bool)

	// Info describes the remote, Stats the connection's state.
	Info() LinkInfo
	Stats() LinkStats
}

// Resumer is implemented by links that can push back: after Port.Deliver has
// returned Wait, the hub calls Resume when there is room again. It is called
// once, from any goroutine, perhaps before Deliver has returned, and must
// return at once. It may deliver what waits. It is not called when the session
// or the connection ends first.
//
// A link without it is closed with ReasonSlow when this program does not take
// what the remote sends reliably.
type Resumer interface{ Resume() }

// Welcomer is implemented by links whose transport tells remotes their ids.
// Hub.Attach on a server calls Welcome with the remote's id before anything
// else is sent to it. It returns at once and calls neither hub nor port.
type Welcomer interface{ Welcome(id PeerID) }

// SendResult is what a link did with a frame.
type SendResult uint8

// Results of Link.Send.
const (
	SendAccepted  SendResult = iota // queued or sent
	SendDropped                     // unreliable, and there was no room
	SendFull                        // reliable, and there was no room; nothing was queued
	SendTooLarge                    // the transport cannot carry it
	SendNoChannel                   // the connection has no such channel
	SendClosed                      // the connection is over or being closed
)

var sendNames = []string{"accepted", "dropped", "full", "too large", "no channel", "closed"}

// String is the result in words.
func (r SendResult) String() string { return enumName("send result", sendNames, uint8(r)) }

// Verdict is what the hub did with a frame that a transport delivered.
type Verdict uint8

// Results of Port.Deliver.
const (
	Taken Verdict = iota // done with: relayed, queued, or dropped by the rules

	// Wait: the frame is for this program, which does not keep up, and
	// nothing was done with it. Deliver it again, before later ones, after
	// Resume. Only links that are a Resumer see it.
	Wait
)

var verdictNames = []string{"taken", "wait"}

// String is "taken" or "wait".
func (v Verdict) String() string { return enumName("verdict", verdictNames, uint8(v)) }

// LinkInfo describes the remote of a link.
type LinkInfo struct {
	Transport   string         // "enet", "memory"
	RemoteAddr  netip.AddrPort // zero for transports without addresses
	Compression string         // "none", "range-coder", "fastlz", "zlib", "zstd"
	TLS         TLSInfo        // how the connection is encrypted, zero if the transport does not say
}

// TLSInfo is how a connection is encrypted.
type TLSInfo struct {
	Version     string // "TLS 1.3", "DTLS 1.2"
	CipherSuite string // "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
	ServerName  string // that the client asked for, if it did
}

// String is the version and the cipher suite, or "none".
func (t TLSInfo) String() string {
	if t.Version == "" {
		return "none"
	}
	return t.Version + " " + t.CipherSuite
}

// LinkStats is the state of a link. Fields that a transport has no figure for
// are zero.
type LinkStats struct {
	RTT         time.Duration // smoothed round-trip time
	RTTVariance time.Duration
	Loss        float64 // share of what was sent that had to be sent again, 0 to 1
	Throttle    float64 // share of unreliable packets that is sent, above 0 to 1; ENet's packet throttle

	BytesSent, BytesReceived         uint64 // with all overhead of the transport
	DatagramsSent, DatagramsReceived uint64
	PacketsSent, PacketsReceived     uint64 // of the game and of the session
	Resent                           uint64 // messages sent again
	QueuedBytes                      int    // sent by the program and not yet delivered
	QueuedPackets                    int
	WaitingBytes                     int    // received, and not complete or not yet taken by the session
	Dropped                          uint64 // unreliable packets dropped before they were sent
	NotTaken                         uint64 // times that something came and was left for the remote to send again, or lost if unreliable, for want of room
}

// Listener makes a Peer reachable over one transport. It can be used again
// when what it opened is closed.
type Listener interface {
	// Listen opens what the transport needs and from then on attaches a link
	// to hub for each remote that comes. ctx bounds the opening only.
	Listen(ctx context.Context, hub *Hub) (Transport, error)
}

// Dialer connects a Peer to a server over one transport. It can be used again
// when what it opened is closed.
type Dialer interface {
	// Dial gives the hub its id, with Hub.ChooseID or Hub.SetUniqueID,
	// connects and attaches one link to it, with Hello.ID TargetServer, before
	// it returns. ctx bounds the wait only. An error means that no link was
	// attached and nothing is left running: a *DisconnectError if the server
	// refused or did not answer, one that wraps ctx's if ctx was done.
	Dial(ctx context.Context, hub *Hub) (Transport, error)
}

// Mesher makes a Peer a member of a mesh over one transport. It can be used
// again when what it opened is closed.
type Mesher interface {
	// Mesh calls Hub.EnterMesh and from then on attaches a link, with the
	// member's id, for each member that this one has a connection to. ctx
	// bounds the opening only.
	Mesh(ctx context.Context, hub *Hub) (Transport, error)
}

// Transport is what a Listener, Dialer or Mesher has opened. One that cannot
// carry everything implements Limiter too.
type Transport interface {
	// Addr is the address that others can reach, for logs: "enet://...".
	Addr() string

	// Close closes everything and returns when nothing of the transport runs
	// any more. Links that are left are ended without a goodbye. It is called
	// once.
	Close() error
}
