package engine

import (
	"net/netip"
	"time"

	"crosspeer/enet/internal/protocol"
)

// State is where a connection stands.
type State uint8

// The states that a peer can be in. A peer is made for an incoming connection
// only when its handshake is complete, so libenet's ACKNOWLEDGING_CONNECT is a
// record in the half-open table here, and CONNECTION_PENDING does not exist.
const (
	Disconnected State = iota
	Connecting
	Connected
	DisconnectLater
	Disconnecting
	AcknowledgingDisconnect
)

// String names the state in ENet's vocabulary.
func (s State) String() string {
	names := [...]string{
		"DISCONNECTED", "CONNECTING", "CONNECTED", "DISCONNECT_LATER",
		"DISCONNECTING", "ACKNOWLEDGING_DISCONNECT",
	}
	if int(s) < len(names) {
		return names[s]
	}
	return "INVALID"
}

// Peer is one connection. A Peer that has ended stays ended: a new connection
// is a new Peer.
type Peer struct {
	host *Host
	addr netip.AddrPort

	// Tag is free for the host's owner.
	Tag any

	state      State
	accepted   bool // the remote opened the connection
	deaf       bool // received packets are no longer wanted
	choked     bool // received packets are refused for the moment
	dirty      bool // on Host.dirty
	origin     *origin
	doubt      *doubt // of a DISCONNECT, nil for none
	id         uint16
	remoteID   uint16
	inSession  uint8
	outSession uint8
	connectID  [4]byte
	codec      Codec

	// What the handshake agreed on.
	channelCount int
	mtu          int
	window       uint32
	remoteIn     uint32 // the remote's bandwidths, bytes per second, 0 = unlimited
	remoteOut    uint32
	toldIn       uint32 // what the remote was last told of ours
	toldOut      uint32
	connectData  uint32 // CONNECT's data, at either end
	leaveData    uint32 // data of a Disconnect that waits, DisconnectLater

	channels []*channel // made when first used; index is the channel number

	// Sending.
	control   window            // commands of the connection, sent
	prompt    ring[command]     // control, unreliable and unsequenced, not sent
	ready     []*channel        // channels with reliable commands not sent
	lost      ring[commandRef]  // reliable commands to send again
	acks      ring[acknowledge] // acknowledgements to send
	order     uint32            // of the last queued command
	group     uint16            // unsequenced
	controlNo uint16            // of the last control command
	inFlight  int               // reliable payload bytes sent and unacknowledged
	live      int               // reliable commands sent and unacknowledged
	flying    int               // of these, the ones that are not to be sent again
	queued    int               // payload bytes that Send accepted and that are not done
	queuedNo  int               // the same in packets
	throttle  packetThrottle
	outData   uint32 // bytes queued since the last bandwidth pass

	// Receiving.
	groups    *groupWindow // unsequenced duplicates
	waiting   int          // payload bytes received and not taken, assemblies in full
	waitingNo int          // the same in packets
	early     int          // fragments that wait for others before them

	// Time.
	rtt          estimator
	pingInterval time.Duration
	timeout      timeoutLimits
	timeoutAt    time.Duration // when a command in flight must be looked at
	silentSince  time.Duration // transmission that first went unanswered
	silentFor    time.Duration // how long that may go on
	silent       bool
	heardAt      time.Duration // last datagram of the remote
	sampledAt    time.Duration // last acknowledgement
	pingAt       time.Duration // when an idle connection is probed next
	sendTurn     uint32        // counts transmissions
	ackedAt      time.Duration // when the latest transmission that was acknowledged was sent
	patience     uint16        // with acknowledgements that are late, in 256ths of the variance

	loss      lossStats
	stats     PeerStats
	wakeAt    time.Duration
	heapIndex int
	listIndex int
}

const (
	defaultPingInterval   = 500 * time.Millisecond
	defaultTimeoutLimit   = 32
	defaultTimeoutMinimum = 5 * time.Second
	defaultTimeoutMaximum = 30 * time.Second
)

func (h *Host) newPeer(addr netip.AddrPort, id uint16) *Peer {
	return &Peer{
		host:         h,
		addr:         addr,
		id:           id,
		remoteID:     protocol.NoPeer,
		inSession:    protocol.NoSession,
		outSession:   protocol.NoSession,
		mtu:          h.cfg.MTU,
		window:       protocol.MaxWindow,
		toldIn:       h.cfg.IncomingBandwidth,
		toldOut:      h.cfg.OutgoingBandwidth,
		throttle:     newThrottle(),
		rtt:          newEstimator(h.pol.tick),
		pingInterval: defaultPingInterval,
		timeout:      timeoutLimits{defaultTimeoutLimit, defaultTimeoutMinimum, defaultTimeoutMaximum},
		timeoutAt:    never,
		heapIndex:    -1,
	}
}

// Addr is the remote's address.
func (p *Peer) Addr() netip.AddrPort { return p.addr }

// State is where the connection stands.
func (p *Peer) State() State { return p.state }

// ID is the slot number by which the remote addresses this peer.
func (p *Peer) ID() uint16 { return p.id }

// Accepted says whether the remote opened the connection.
func (p *Peer) Accepted() bool { return p.accepted }

// ConnectData is the application data of CONNECT.
func (p *Peer) ConnectData() uint32 { return p.connectData }

// ChannelCount is the number of channels, as agreed once connected.
func (p *Peer) ChannelCount() int { return p.channelCount }

// MTU is the largest datagram in bytes of UDP payload.
func (p *Peer) MTU() int { return p.mtu }

// PeerCodec is the compression in use with the peer, nil for none.
func (p *Peer) PeerCodec() Codec { return p.codec }

// open says whether data may be received.
func (p *Peer) open() bool { return p.state == Connected || p.state == DisconnectLater }

// channel gives a channel, which is made on first use: most connections use
// few of the channels they agreed on.
func (p *Peer) channel(n uint8) *channel {
	for int(n) >= len(p.channels) {
		p.channels = append(p.channels, nil)
	}
	if p.channels[n] == nil {
		p.channels[n] = &channel{number: n}
	}
	return p.channels[n]
}

// end takes the peer out of the host for good and lets go of all it held.
// Events that it has already caused stay.
func (p *Peer) end() {
	if p.state == Disconnected {
		return
	}
	p.host.forget(p)
	p.setRemoteIn(0)
	p.dropOutgoing()
	p.dropIncoming()
	p.state = Disconnected
	p.host.bandwidth.recalculate = true
}

// dropOutgoing releases everything that waits to be sent or acknowledged.
func (p *Peer) dropOutgoing() {
	release := func(r *ring[command]) {
		for ; r.len() > 0; r.pop() {
			if pkt := r.at(0).packet; pkt != nil {
				pkt.Release()
			}
		}
		r.shrink(peerRing)
	}
	release(&p.prompt)
	release(&p.control.ring)
	for _, ch := range p.channels {
		if ch != nil {
			release(&ch.queue)
			release(&ch.sent.ring)
		}
	}
	p.ready = nil
	p.lost = ring[commandRef]{}
	p.control.live = 0
	p.inFlight, p.live, p.flying, p.queued, p.queuedNo = 0, 0, 0, 0, 0
	p.timeoutAt, p.silent = never, false
}

// dropIncoming releases packets that are not complete or not yet due.
func (p *Peer) dropIncoming() {
	for _, ch := range p.channels {
		if ch != nil {
			ch.dropIncoming(p)
		}
	}
	p.acks = ring[acknowledge]{}
}
