package rpc

import (
	"fmt"
	"strings"

	"crosspeer"
)

// Mode says who may call a method or set a property, and whether a call to all
// is also one to oneself. The numbers are those of Godot 3.2,
// MultiplayerAPI.RPCMode.
type Mode uint8

// Modes. The master of a node is one peer, the server unless it is set; others
// are its puppets.
const (
	// Disabled: nobody.
	Disabled Mode = 0

	// Remote: everybody.
	Remote Mode = 1

	// Master: everybody, to the node's master.
	Master Mode = 2

	// Puppet: the node's master, to the others. Godot 3.2 also says slave.
	Puppet Mode = 3

	// RemoteSync is Remote, and a call to all runs here too. Godot 3.2 also says
	// sync.
	RemoteSync Mode = 4

	// MasterSync is Master, and a call to all runs here too.
	MasterSync Mode = 5

	// PuppetSync is Puppet, and a call to all runs here too.
	PuppetSync Mode = 6
)

var modeNames = []string{"disabled", "remote", "master", "puppet", "remotesync", "mastersync", "puppetsync"}

// String is the keyword of Godot's scripts, or "disabled".
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// ParseMode is the inverse of String, which also knows "slave" and "sync".
func ParseMode(s string) (Mode, error) {
	for m, name := range modeNames {
		if s == name {
			return Mode(m), nil
		}
	}
	switch s {
	case "slave":
		return Puppet, nil
	case "sync":
		return RemoteSync, nil
	}
	return Disabled, fmt.Errorf("rpc: mode %q: want one of %s", s, strings.Join(modeNames, ", "))
}

func (m Mode) validate() error {
	if m > PuppetSync {
		return fmt.Errorf("rpc: %v: want one of %s", m, strings.Join(modeNames, ", "))
	}
	return nil
}

// refusal is why a call from a peer is refused, nil if it is not. Source: Godot
// 3.2.3, MultiplayerAPI, the receiver's check.
func (m Mode) refusal(self, from, master crosspeer.PeerID) error {
	switch {
	case m == Disabled:
		return fmt.Errorf("%w: it is disabled", ErrRefused)
	case (m == Master || m == MasterSync) && self != master:
		return fmt.Errorf("%w: it is a %v, and the node's master is %d", ErrRefused, m, master)
	case (m == Puppet || m == PuppetSync) && self == master:
		return fmt.Errorf("%w: it is a %v, and the node's master is this peer", ErrRefused, m)
	case (m == Puppet || m == PuppetSync) && from != master:
		return fmt.Errorf("%w: it is a %v, and the node's master is %d", ErrRefused, m, master)
	}
	return nil
}

// here says whether a call that includes this peer runs here, and whether it
// is sent at all. Source: Godot 3.2.3, MultiplayerAPI, the sender's side.
func (m Mode) here(isMaster bool) (local, send bool) {
	switch m {
	case RemoteSync, PuppetSync:
		return true, true
	case MasterSync:
		return true, !isMaster
	case Master:
		return isMaster, !isMaster
	case Puppet:
		return !isMaster, true
	}
	return false, true
}
