package linktest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"crosspeer"
)

// stream is a transport as a user would write it, over a stream of bytes: here
// net.Pipe. It can be told to do something wrong.
type stream struct {
	fault    string
	max      int           // largest packet
	queue    int           // most bytes that wait in a link
	modeless bool          // says that all packets are reliable
	release  chan struct{} // closed when goroutines that a fault has stopped may go on

	mu    sync.Mutex
	hub   *crosspeer.Hub // of the server, nil if none listens
	links map[*streamLink]struct{}
	work  sync.WaitGroup
}

func newStream(fault string) *stream {
	return &stream{fault: fault, max: 1 << 20, queue: 4 << 20, release: make(chan struct{})}
}

// transport is what linktest needs to know.
func (n *stream) transport() Transport {
	return Transport{
		New: func(testing.TB) (crosspeer.Listener, DialTo) {
			return n, func(_ *crosspeer.Peer, id crosspeer.PeerID) crosspeer.Dialer { return streamDialer{n, id} }
		},
		Nowhere: func(testing.TB) crosspeer.Dialer {
			return streamDialer{&stream{fault: n.fault, release: n.release}, 0}
		},
		ChosenIDs:      true,
		Channels:       []int{9},
		MaxPacketBytes: n.max,
		MaxQueuedBytes: n.queue,
	}
}

// is says whether the transport has a fault.
func (n *stream) is(fault string) bool { return n.fault == fault }

func (n *stream) Addr() string { return "stream:" }

func (n *stream) Limits() crosspeer.Limits {
	if n.is("does not say its limits") {
		return crosspeer.Limits{}
	}
	return crosspeer.Limits{ReliableOnly: n.modeless || n.is("says that it has no modes"), MaxPacketBytes: n.max}
}

func (n *stream) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.links != nil && n.is("listens only once") {
		return nil, errors.New("stream: listened already")
	}
	n.hub, n.links = hub, make(map[*streamLink]struct{})
	return n, nil
}

func (n *stream) Close() error {
	n.mu.Lock()
	n.hub = nil
	unread := false
	for l := range n.links {
		l.end()
		unread = unread || l.Stats().QueuedPackets > 0
	}
	n.mu.Unlock()
	if unread && n.is("waits in Close until everything is read") {
		<-n.release
	}
	n.work.Wait()
	return nil
}

// accept is what the server does with a connection: it reads the client's id,
// answers with the one it has, or 0 and why it may not come in, and is a link
// from then on.
func (n *stream) accept(conn net.Conn, hub *crosspeer.Hub) {
	defer n.work.Done()
	var hello [4]byte
	if _, err := io.ReadFull(conn, hello[:]); err != nil {
		conn.Close()
		return
	}
	id := crosspeer.PeerID(int32(binary.LittleEndian.Uint32(hello[:])))
	if n.is("ignores the id that a client asks for") {
		id = 0
	}
	l := newStreamLink(n, conn)
	port, err := hub.Attach(l, crosspeer.Hello{ID: id})
	if err != nil {
		if n.is("lets in whom the server refuses") {
			binary.Write(conn, binary.LittleEndian, int32(2))
			<-n.release
		}
		binary.Write(conn, binary.LittleEndian, int32(0))
		conn.Close()
		return
	}
	n.mu.Lock()
	n.links[l] = struct{}{}
	if n.hub != hub {
		l.end()
	}
	n.mu.Unlock()
	if n.is("says the id too late") {
		l.late = port.ID()
	} else {
		binary.Write(conn, binary.LittleEndian, int32(port.ID()))
	}
	l.run(port)
	n.mu.Lock()
	delete(n.links, l)
	n.mu.Unlock()
}

type streamDialer struct {
	n  *stream
	id crosspeer.PeerID
}

func (d streamDialer) Dial(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	if d.n.is("does not look at Dial's context") {
		ctx = context.Background()
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("stream: %w", err)
	}
	conn, err := d.n.connect(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	binary.Write(conn, binary.LittleEndian, int32(d.id))
	var id int32
	err = binary.Read(conn, binary.LittleEndian, &id)
	if !stop() {
		return nil, ctx.Err()
	}
	if err != nil || id == 0 {
		conn.Close()
		return nil, &crosspeer.DisconnectError{Reason: crosspeer.Reason{
			Code: crosspeer.ReasonRefused, By: crosspeer.ByRemote, Text: "the server refused"}}
	}
	hub.SetUniqueID(crosspeer.PeerID(id))
	c := &streamClient{link: newStreamLink(d.n, conn)}
	port, err := hub.Attach(c.link, crosspeer.Hello{ID: crosspeer.TargetServer})
	if err != nil {
		conn.Close()
		return nil, err
	}
	c.work.Go(func() { c.link.run(port) })
	return c, nil
}

// connect makes a connection to the server, or to nobody if there is none.
func (n *stream) connect(ctx context.Context) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hub == nil {
		if n.is("dials on after its context is done") {
			<-n.release
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	here, there := net.Pipe()
	n.work.Add(1)
	go n.accept(there, n.hub)
	return here, nil
}

type streamClient struct {
	link *streamLink
	work sync.WaitGroup
}

func (c *streamClient) Addr() string { return "stream:" }

func (c *streamClient) Limits() crosspeer.Limits { return c.link.net.Limits() }

func (c *streamClient) Close() error {
	c.link.end()
	c.work.Wait()
	return nil
}

// goodbye is the kind of the record that ends a stream; its bytes are the
// reason's words.
const goodbye = 255

var errGoodbye = errors.New("goodbye")

// record is a frame on its way: a header of 16 bytes, and the packet's.
//
//	offset size
//	0      1    kind
//	1      1    mode
//	2      1    channel
//	3      1    -
//	4      4    from, or the peer of a notice
//	8      4    to
//	12     4    length
func record(f *crosspeer.Frame) []byte {
	b := make([]byte, 16, 16+len(f.Data))
	b[0], b[1], b[2] = byte(f.Kind), byte(f.Mode), byte(f.Channel)
	from := f.From
	if f.Kind != crosspeer.FramePacket {
		from = f.Peer
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(from))
	binary.LittleEndian.PutUint32(b[8:], uint32(f.To))
	binary.LittleEndian.PutUint32(b[12:], uint32(len(f.Data)))
	return append(b, f.Data...)
}

// readRecord reads a frame. The error is errGoodbye with the reason's words as
// the frame's data when the other end has ended the stream.
func (l *streamLink) readRecord(f *crosspeer.Frame) error {
	var h [16]byte
	if _, err := io.ReadFull(l.conn, h[:]); err != nil {
		return err
	}
	size := int(binary.LittleEndian.Uint32(h[12:]))
	if size > l.net.max {
		return errors.New("the record is too large")
	}
	*f = crosspeer.Frame{Kind: crosspeer.FrameKind(h[0])}
	f.Mode, f.Channel = crosspeer.TransferMode(h[1]), int(h[2])
	f.From = crosspeer.PeerID(int32(binary.LittleEndian.Uint32(h[4:])))
	f.To = crosspeer.PeerID(int32(binary.LittleEndian.Uint32(h[8:])))
	f.Peer, f.Data = f.From, make([]byte, size)
	if _, err := io.ReadFull(l.conn, f.Data); err != nil {
		return err
	}
	if h[0] == goodbye {
		return errGoodbye
	}
	return nil
}
