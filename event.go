package crosspeer

// Event is something that happened in the session: PeerConnected,
// PeerDisconnected, ConnectionSucceeded, ConnectionFailed, ServerDisconnected
// or PacketReceived. The order is that of Godot 3.2.3, with packets among the
// signals where they arrived.
type Event interface{ event() }

// PeerConnected: a peer is there. A server reports each client; a client
// reports the server first, then the other clients.
type PeerConnected struct{ ID PeerID }

// PeerDisconnected: a peer has gone. On a client the reason for another
// client's leaving is not known.
type PeerDisconnected struct {
	ID     PeerID
	Reason Reason
}

// ConnectionSucceeded: this client is connected.
type ConnectionSucceeded struct{}

// ConnectionFailed: this client's attempt to connect failed.
type ConnectionFailed struct{ Err error }

// ServerDisconnected: this client has lost the server. The Peer is
// disconnected; no PeerDisconnected follows for the others.
type ServerDisconnected struct{ Reason Reason }

// PacketReceived: a packet for this Peer, whose bytes belong to the program.
type PacketReceived struct{ Packet }

func (PeerConnected) event()       {}
func (PeerDisconnected) event()    {}
func (ConnectionSucceeded) event() {}
func (ConnectionFailed) event()    {}
func (ServerDisconnected) event()  {}
func (PacketReceived) event()      {}
