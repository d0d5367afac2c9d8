package godot3

import (
	"fmt"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
	"crosspeer/variant"
)

// outgoingPath is a path that this end calls.
type outgoingPath struct {
	number uint32
	peers  map[crosspeer.PeerID]bool // those that were told, and whether they have confirmed
}

// outgoingPaths numbers the paths that this end calls, from 1 in the order of
// their first use.
type outgoingPaths struct {
	byPath map[string]*outgoingPath
}

func (o *outgoingPaths) path(text string) *outgoingPath {
	p := o.byPath[text]
	if p == nil {
		p = &outgoingPath{number: uint32(len(o.byPath) + 1), peers: make(map[crosspeer.PeerID]bool)}
		o.byPath[text] = p
	}
	return p
}

// confirm notes that a peer knows a path, however it writes it.
func (o *outgoingPaths) confirm(from crosspeer.PeerID, text []byte) error {
	p := o.byPath[string(text)]
	if p == nil && len(text) <= maxText {
		p = o.byPath[variant.Path(string(text)).String()]
	}
	if p != nil {
		if _, told := p.peers[from]; told {
			p.peers[from] = true
			return nil
		}
	}
	return fmt.Errorf("%w: %.100q is confirmed", dialect.ErrUnknownPath, text)
}

func (o *outgoingPaths) forget(id crosspeer.PeerID) {
	for _, p := range o.byPath {
		delete(p.peers, id)
	}
}

// maxText is the longest confirmation that is compared in another form than
// it has, in bytes.
const maxText = 4 << 10

// pathOverhead is about what a number and its place in the map take, in bytes.
const pathOverhead = 64

// announced is the paths that a peer has given numbers.
type announced struct {
	paths map[uint32]string
	bytes int
}

// allPeers is how many times more than one peer all of them may announce: a
// client cannot know whether those that its server names are there.
const allPeers = 64

// incomingPaths is the paths that peers have announced.
type incomingPaths struct {
	max   int // of each peer; bytes are bounded by max times 2 x pathOverhead
	of    map[crosspeer.PeerID]*announced
	bytes int // of all
}

func (i *incomingPaths) forget(id crosspeer.PeerID) {
	if a := i.of[id]; a != nil {
		i.bytes -= a.bytes
		delete(i.of, id)
	}
}

// announce notes the number of a path, over an earlier one, and gives the
// path as it is confirmed. Whether there is such a node does not matter.
func (i *incomingPaths) announce(from crosspeer.PeerID, number uint32, text string) (string, error) {
	a := i.of[from]
	if a == nil {
		a = &announced{paths: make(map[uint32]string), bytes: pathOverhead}
		i.bytes += a.bytes
		i.of[from] = a
	}
	before, again := a.paths[number]
	count, size := len(a.paths), a.bytes+len(text)-len(before)
	if !again {
		count, size = count+1, size+pathOverhead
	}
	most := i.max * 2 * pathOverhead
	switch all := i.bytes + size - a.bytes; {
	case count > i.max || size > most:
		return "", fmt.Errorf("%w: %d with %d bytes, at most %d with %d", dialect.ErrLimit, count, size, i.max, most)
	case all > allPeers*most:
		return "", fmt.Errorf("%w: %d bytes by all peers, at most %d", dialect.ErrLimit, all, allPeers*most)
	}
	path := variant.Path(text).String()
	size += len(path) - len(text)
	i.bytes += size - a.bytes
	a.paths[number], a.bytes = path, size
	return path, nil
}

// resolve finds out what node a call or set is for.
func (i *incomingPaths) resolve(from crosspeer.PeerID, m message, values variant.Config) (in dialect.Incoming, err error) {
	in = dialect.Incoming{Kind: dialect.Call, Name: m.name, Argc: m.argc, Args: values.NewReader(m.args)}
	if m.command == remoteSet {
		in.Kind = dialect.Set
	}
	if m.full {
		in.Path = string(m.path)
		return in, nil
	}
	a := i.of[from]
	if a != nil {
		if path, ok := a.paths[m.number]; ok {
			in.Path = path
			return in, nil
		}
	}
	return in, fmt.Errorf("%w: number %d", dialect.ErrUnknownPath, m.number)
}
