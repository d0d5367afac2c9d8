package lobby

import (
	"time"

	"crosspeer/link/rtclink/signaling/internal/protocol"
)

// Receive takes a message of a connection.
func (h *Hall) Receive(now time.Duration, id ConnID, b []byte) {
	c := h.conns[id]
	if c == nil {
		return // what came after its end
	}
	if !c.bucket.take(now) {
		h.close(c, Flood, "")
		return
	}
	if why, ok := h.receive(now, c, b); !ok {
		h.close(c, why, "")
	}
}

// receive gives the cause for closing the connection, or true.
func (h *Hall) receive(now time.Duration, c *conn, b []byte) (why Cause, ok bool) {
	m, err := h.parse(c, b)
	switch {
	case err != nil:
		return BadFormat, false
	case m.Kind == protocol.Join:
		return h.join(c, m)
	case c.stage != joined:
		return NotInLobby, false
	case m.Kind == protocol.Seal:
		return h.seal(now, c)
	}
	return h.relay(c, m)
}

// parse reads a message in the connection's dialect, which the first one
// decides.
func (h *Hall) parse(c *conn, b []byte) (m protocol.Message, err error) {
	if c.stage == fresh {
		c.dialect, m, err = protocol.Recognize(b)
		return m, err
	}
	return c.dialect.Parse(b)
}

// relay passes a message on, under the sender's id.
func (h *Hall) relay(c *conn, m protocol.Message) (Cause, bool) {
	l := c.lobby
	if l == &h.session {
		if !m.Kind.Relayed() {
			return BadCommand, false
		}
		h.stats.Relayed++
		h.emit(Output{Conn: c.key, Kind: Tell, Message: m})
		return 0, true
	}
	to := l.find(m.ID)
	switch {
	case to == nil:
		return BadDestination, false
	case !m.Kind.Relayed():
		return BadCommand, false
	}
	h.stats.Relayed++
	h.send(protocol.Message{Kind: m.Kind, ID: c.id, Data: m.Data}, to)
	return 0, true
}

func (l *lobby) find(id int32) *conn {
	for _, c := range l.members {
		if c.id == id {
			return c
		}
	}
	return nil
}

// seal closes a lobby for newcomers. A second seal changes nothing.
func (h *Hall) seal(now time.Duration, c *conn) (Cause, bool) {
	l := c.lobby
	switch {
	case !c.hosts():
		return NotHost, false
	case l.sealed:
		return 0, true
	}
	l.sealed = true
	h.sealed.push(now+h.cfg.SealTime, l)
	h.send(protocol.Message{Kind: protocol.Seal}, l.members...)
	return 0, true
}
