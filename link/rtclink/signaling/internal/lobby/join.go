package lobby

import (
	"math"
	"slices"

	"crosspeer/link/rtclink/signaling/internal/protocol"
)

// join creates a lobby or enters one.
func (h *Hall) join(c *conn, m protocol.Message) (Cause, bool) {
	if c.stage != fresh {
		return AlreadyJoined, false
	}
	name := m.Data
	if h.isSession(name) {
		c.stage = asking
		h.emit(Output{Conn: c.key, Kind: Ask, Dialect: c.dialect})
		return 0, true
	}
	if name == "" && !h.cfg.Alone {
		return h.create(c, c.dialect == protocol.Text || m.ID == protocol.WantMesh)
	}
	l := h.lobbies[key{c.dialect, name}]
	switch {
	case l == nil:
		return UnknownLobby, false
	case l.sealed:
		return LobbySealed, false
	case len(l.members) >= h.cfg.MaxMembers:
		return LobbyFull, false
	}
	h.enter(c, l, h.newID())
	return 0, true
}

func (h *Hall) isSession(name string) bool {
	return h.cfg.Session != "" && (name == h.cfg.Session || name == "" && h.cfg.Alone)
}

func (h *Hall) create(c *conn, mesh bool) (Cause, bool) {
	if len(h.lobbies) >= h.cfg.MaxLobbies {
		return TooManyLobbies, false
	}
	l := &lobby{key: key{c.dialect, h.cfg.NewName()}, mesh: mesh}
	for h.lobbies[l.key] != nil || l.name == "" || l.name == h.cfg.Session {
		l.name = h.cfg.NewName()
	}
	h.lobbies[l.key] = l
	h.enter(c, l, protocol.Host)
	return 0, true
}

// newID draws an id that nobody has.
func (h *Hall) newID() int32 {
	id := h.cfg.NewID()
	for id <= protocol.Host || h.ids[id] {
		// No second draw: a poor source must not make this endless.
		id = max(id, protocol.Host) % math.MaxInt32
		id++
	}
	return id
}

// enter tells everybody in the order that the demo's clients rely on: first
// the newcomer its id, then each pair of each other, last the newcomer that it
// is in.
func (h *Hall) enter(c *conn, l *lobby, id int32) {
	c.stage, c.lobby, c.id = joined, l, id
	h.stats.Joins++
	h.stats.Members++
	h.send(protocol.Message{Kind: protocol.ID, ID: id, Data: meshText(l.mesh), ICEServers: c.ice}, c)
	for _, other := range l.members {
		if l.mesh || other.hosts() {
			h.send(protocol.Message{Kind: protocol.PeerConnect, ID: id}, other)
			h.send(protocol.Message{Kind: protocol.PeerConnect, ID: other.id}, c)
		}
	}
	if !c.hosts() {
		h.ids[id] = true
	}
	l.members = append(l.members, c)
	h.send(protocol.Message{Kind: protocol.Join, Data: l.name}, c)
}

// meshText is the Data of an ID message. The text dialect does not carry it.
func meshText(mesh bool) string {
	if mesh {
		return "true"
	}
	return ""
}

// hosts says whether a member is its lobby's host.
func (c *conn) hosts() bool { return c.id == protocol.Host }

// close closes a connection and takes it out of its lobby.
func (h *Hall) close(c *conn, why Cause, reason string) {
	if reason == "" {
		reason = why.Reason()
	}
	h.stats.Closed[why]++
	h.emit(Output{Conn: c.key, Kind: Close, Cause: why, Reason: reason})
	h.remove(c)
}

// remove forgets a connection and tells those who knew it. With its host a
// lobby ends.
func (h *Hall) remove(c *conn) {
	l, was := c.lobby, c.stage
	c.stage, c.lobby = gone, nil
	delete(h.conns, c.key)
	if was != joined {
		return
	}
	h.stats.Members--
	l.members = slices.DeleteFunc(l.members, func(o *conn) bool { return o == c })
	if l == &h.session {
		return // the program hears of it from the driver
	}
	if !c.hosts() {
		delete(h.ids, c.id)
		h.send(protocol.Message{Kind: protocol.PeerDisconnect, ID: c.id}, l.members...)
		return
	}
	h.end(l, HostLeft)
}

// end closes everybody in a lobby. None hears of the others' going.
func (h *Hall) end(l *lobby, why Cause) {
	delete(h.lobbies, l.key)
	members := l.members
	l.members = nil
	for _, c := range members {
		delete(h.ids, c.id)
		h.stats.Members--
		c.stage, c.lobby = gone, nil
		h.close(c, why, "")
	}
}
