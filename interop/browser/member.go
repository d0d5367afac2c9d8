package browser

import (
	"fmt"

	"crosspeer"
)

// Member is a tab that uses the module.
type Member struct {
	*Tab
	ID crosspeer.PeerID // 0 until it has joined
}

// Event is one of the module's events but packets. Fields that it does not
// have are zero; Code is a number or a word.
type Event struct {
	Type    string
	ID      crosspeer.PeerID
	Code    any
	Reason  string
	By      string
	Message string
	Hint    string
}

// Packet is a packet that a member or a Go peer has got. Data has the first 64
// bytes.
type Packet struct {
	From, To crosspeer.PeerID
	Mode     string
	Data     string
	Size     int
}

// Connect opens an empty page of the server at base and connects it to a session,
// without waiting. options is a JavaScript object.
func (b *Browser) Connect(base, url, options string) *Member {
	b.t.Helper()
	m := &Member{Tab: b.Open(base + "/blank")}
	m.Connect(url, options)
	return m
}

// Connect connects the tab to a session, without waiting.
func (m *Member) Connect(url, options string) {
	m.t.Helper()
	m.Eval(fmt.Sprintf("member(%s, %s)", literal(url), options), nil)
}

// Join is Connect, and waits until the session is joined.
func (b *Browser) Join(base, url string) *Member {
	b.t.Helper()
	m := b.Connect(base, url, "{timeout: 30000}")
	m.Eval("peer.ready.then((p) => p.id)", &m.ID)
	return m
}

// Send sends text.
func (m *Member) Send(to crosspeer.PeerID, mode crosspeer.TransferMode, text string) {
	m.t.Helper()
	m.Eval(fmt.Sprintf("peer.send({to: %d, mode: %s, data: %s})", to, literal(mode.String()), literal(text)), nil)
}

// Packets waits until n packets have come, and gives all that have.
func (m *Member) Packets(n int) (got []Packet) {
	m.t.Helper()
	m.Until(fmt.Sprintf("packets.length >= %d", n))
	m.Eval("packets", &got)
	return got
}

// Events waits for an event of a type, and gives all that have come.
func (m *Member) Events(kind string) (got []Event) {
	m.t.Helper()
	m.Until(fmt.Sprintf("log.some((e) => e.type === %s)", literal(kind)))
	m.Eval("log", &got)
	return got
}

// Sees waits until the members of the session are n, without itself.
func (m *Member) Sees(n int) {
	m.t.Helper()
	m.Until(fmt.Sprintf("peer.peers.length === %d", n))
}
