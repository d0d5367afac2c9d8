package rpc

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"crosspeer"
)

// Node is a path in the tree of the games: what can be called and set there in
// this process, and who its master is. Safe for concurrent use.
type Node struct {
	api  *API
	path string // from the root node

	// Guarded by the API's lock.
	master     crosspeer.PeerID
	methods    map[string]*entry
	properties map[string]*entry
}

// Node gives the node at a path, and makes it if there is none. The path is
// absolute, "/root/Main/Player", or from Config.Root, "Main/Player"; "." is the
// root node. Errors: ErrPath.
func (a *API) Node(path string) (*Node, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := a.nodes[path]; n != nil {
		return n, nil
	}
	rel, err := a.root.relative(path)
	if err != nil {
		return nil, err
	}
	n := a.nodes[rel]
	if n == nil {
		n = &Node{api: a, path: rel, master: crosspeer.TargetServer, methods: make(map[string]*entry), properties: make(map[string]*entry)}
		a.nodes[rel] = n
	}
	return n, nil
}

// Register makes what value has callable at a path, see Node.Expose. The value
// may be nil: a node that this program only calls. Errors: ErrPath and those of
// Expose.
func (a *API) Register(path string, value any) (*Node, error) {
	n, err := a.Node(path)
	if err != nil || value == nil {
		return n, err
	}
	return n, n.Expose(value)
}

// find gives the node of a path that a peer wrote, nil if there is none. The
// lock is held.
func (a *API) find(path string) *Node {
	if n := a.nodes[path]; n != nil || len(path) > maxPathBytes {
		return n
	}
	rel, err := a.root.relative(path)
	if err != nil {
		return nil
	}
	return a.nodes[rel]
}

// Path is the node's path from Config.Root, as it is sent.
func (n *Node) Path() string { return n.path }

// Remove takes the node out: what is called there is unknown from now on.
// The number of a path that was called is kept until the end of the session, as
// in Godot: use few paths, or use them again.
func (n *Node) Remove() {
	n.api.mu.Lock()
	defer n.api.mu.Unlock()
	if n.api.nodes[n.path] == n {
		delete(n.api.nodes, n.path)
	}
}

// Master is the id of the node's master. Default 1, the server. Godot 3.2,
// Node.get_network_master.
func (n *Node) Master() crosspeer.PeerID {
	n.api.mu.Lock()
	defer n.api.mu.Unlock()
	return n.master
}

// SetMaster makes a peer the master of the node, and with recursive of the
// nodes below it that there are now. It tells nobody: the games have to do the
// same, as among themselves. Godot 3.2, Node.set_network_master, where recursive
// is the default.
func (n *Node) SetMaster(id crosspeer.PeerID, recursive bool) {
	n.api.mu.Lock()
	defer n.api.mu.Unlock()
	n.master = id
	if !recursive {
		return
	}
	for path, other := range n.api.nodes {
		if n.path == "." && path != ".." && !strings.HasPrefix(path, "../") || strings.HasPrefix(path, n.path+"/") {
			other.master = id
		}
	}
}

// IsMaster says whether this peer is the node's master. Godot 3.2,
// Node.is_network_master.
func (n *Node) IsMaster() bool {
	n.api.mu.Lock()
	defer n.api.mu.Unlock()
	n.api.renew()
	return n.master == n.api.self
}

// Func makes a Go function callable as a method of the node. Its parameters are
// what variant.Convert can fill; the first may be a Caller, and the last
// variadic. It returns nothing or an error, which is logged and counted like
// other errors. Errors: ErrName, ErrSignature, ErrRegistered.
func (n *Node) Func(name string, f any, mode Mode) error {
	e, err := entryOf(name, f, mode)
	if err != nil {
		return err
	}
	return n.add(n.methods, e)
}

// Var makes a property of the node settable. target is a pointer to a
// variable, which is then set on the goroutine that polls, and by this
// process's own sets on theirs; or a function of the new value as of Func. Errors: ErrName, ErrSignature, ErrRegistered.
func (n *Node) Var(name string, target any, mode Mode) error {
	e, err := variableOf(name, target, mode)
	if err != nil {
		return err
	}
	return n.add(n.properties, e)
}

func (n *Node) add(to map[string]*entry, entries ...*entry) error {
	n.api.mu.Lock()
	defer n.api.mu.Unlock()
	for _, e := range entries {
		if to[e.name] != nil {
			return fmt.Errorf("%w: %q at %q", ErrRegistered, e.name, n.path)
		}
	}
	for _, e := range entries {
		to[e.name] = e
	}
	return nil
}

// SetMode sets who may call a method. Errors: ErrUnknownName. Godot 3.2,
// Node.rpc_config.
func (n *Node) SetMode(method string, mode Mode) error {
	return n.setMode(n.methods, "method", method, mode)
}

// SetVarMode sets who may set a property. Errors: ErrUnknownName. Godot 3.2,
// Node.rset_config.
func (n *Node) SetVarMode(property string, mode Mode) error {
	return n.setMode(n.properties, "property", property, mode)
}

func (n *Node) setMode(of map[string]*entry, what, name string, mode Mode) error {
	if err := mode.validate(); err != nil {
		return err
	}
	n.api.mu.Lock()
	defer n.api.mu.Unlock()
	e := of[name]
	if e == nil {
		return fmt.Errorf("%w: %q has no %s %q", ErrUnknownName, n.path, what, name)
	}
	e.mode = mode
	return nil
}

// Methods are the names of what can be called, in ascending order.
func (n *Node) Methods() []string { return n.names(n.methods) }

// Vars are the names of what can be set, in ascending order.
func (n *Node) Vars() []string { return n.names(n.properties) }

func (n *Node) names(of map[string]*entry) []string {
	n.api.mu.Lock()
	defer n.api.mu.Unlock()
	return slices.Sorted(maps.Keys(of))
}
