package godot3

import (
	"errors"
	"fmt"
	"strings"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
	"crosspeer/variant"
)

// maxArguments is what the byte for their number can say.
const maxArguments = 255

// maxKept is the largest packet whose memory is kept for the next.
const maxKept = 64 << 10

// Session is a dialect.Dialect.
type Session struct {
	out      outgoingPaths
	in       incomingPaths
	byNumber []byte // the call with the number of its path
	byPath   []byte // the same with the path itself
	control  []byte // announcements and confirmations
}

// New makes a Session in which each peer may announce maxPaths paths.
func New(maxPaths int) *Session {
	return &Session{
		out: outgoingPaths{byPath: make(map[string]*outgoingPath)},
		in:  incomingPaths{max: maxPaths, of: make(map[crosspeer.PeerID]*announced)},
	}
}

// Send implements dialect.Dialect. Targets to which the path was never
// announced are told its number first. While one of them has not confirmed,
// each gets a copy of its own, with the path if need be; then it is one packet
// to all.
func (s *Session) Send(m *dialect.Outgoing, put dialect.Put) error {
	switch {
	case m.Argc > maxArguments:
		return fmt.Errorf("%w: %d, at most %d", dialect.ErrTooManyArguments, m.Argc, maxArguments)
	case m.Name == "" || strings.IndexByte(m.Name, 0) >= 0:
		return fmt.Errorf("%w: %q", dialect.ErrName, m.Name)
	}
	path := s.out.path(m.Path)
	command := byte(remoteCall)
	if m.Set {
		command = remoteSet
	}
	s.byNumber = appendBody(appendHead(s.byNumber[:0], command, path.number), m)
	defer s.trim()

	var failed error
	pending := false
	for _, to := range m.Targets {
		confirmed, known := path.peers[to]
		if !known {
			s.control = appendAnnouncement(s.control[:0], path.number, m.Path)
			if err := put(crosspeer.Packet{To: to, Mode: crosspeer.Reliable, Data: s.control}); err == nil {
				path.peers[to] = false
			} else if len(m.Targets) == 1 {
				return err
			}
		}
		pending = pending || !confirmed
	}
	if !pending {
		return put(crosspeer.Packet{To: m.To, Mode: m.Mode, Data: s.byNumber})
	}
	s.byPath = append(s.byPath[:0], s.byNumber...)
	le.PutUint32(s.byPath[1:], inFull|uint32(len(s.byNumber)))
	s.byPath = appendText(s.byPath, m.Path)
	for _, to := range m.Targets {
		data := s.byPath
		if path.peers[to] {
			data = s.byNumber
		}
		failed = errors.Join(failed, put(crosspeer.Packet{To: to, Mode: m.Mode, Data: data}))
	}
	return failed
}

// trim lets go of the memory of large packets.
func (s *Session) trim() {
	for _, b := range []*[]byte{&s.byNumber, &s.byPath, &s.control} {
		if cap(*b) > maxKept {
			*b = nil
		}
	}
}

// Receive implements dialect.Dialect.
func (s *Session) Receive(from crosspeer.PeerID, packet []byte, values variant.Config, put dialect.Put) (in dialect.Incoming, err error) {
	m, err := parse(packet)
	if err != nil {
		return in, err
	}
	switch m.command {
	case remoteCall, remoteSet:
		return s.in.resolve(from, m, values)
	case simplifyPath:
		path, err := s.in.announce(from, m.number, string(m.path))
		if err != nil {
			return in, err
		}
		s.control = appendConfirmation(s.control[:0], path)
		defer s.trim()
		return in, put(crosspeer.Packet{To: from, Mode: crosspeer.Reliable, Data: s.control})
	case confirmPath:
		return in, s.out.confirm(from, m.path)
	case raw:
		return dialect.Incoming{Kind: dialect.Raw, Data: m.data}, nil
	}
	return in, nil
}

// AppendRaw implements dialect.Dialect.
func (s *Session) AppendRaw(dst, data []byte) []byte { return append(append(dst, raw), data...) }

// Forget implements dialect.Dialect.
func (s *Session) Forget(id crosspeer.PeerID) {
	s.out.forget(id)
	s.in.forget(id)
}

// Renew implements dialect.Dialect.
func (s *Session) Renew(id crosspeer.PeerID) { s.out.forget(id) }
