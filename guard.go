package crosspeer

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// guard knows remotes by their address: how many there are, how often they
// came, and who is banned. Addresses of remotes are only believed when the
// transport has verified them.
type guard struct {
	clock
	policy *Policy
	bans   *bans

	refused atomic.Uint64 // for coming too often

	mu    sync.Mutex
	known map[netip.Prefix]*origin
}

// origin is an address or network that something is known of.
type origin struct {
	peers    int // that are there
	connects meter
}

// maxOrigins bounds what is known of those who are not there.
const maxOrigins = 1 << 16

// connectWindow is what Policy.ConnectsPerAddress counts in.
const connectWindow = 10 * time.Second

func newGuard(p *Policy, b *bans) *guard {
	return &guard{clock: clock{time.Now()}, policy: p, bans: b, known: make(map[netip.Prefix]*origin)}
}

// place is an address, or a network of many, and its limits.
type place struct {
	prefix          netip.Prefix
	peers, connects int
}

// places are what an address belongs to.
func (g *guard) places(a netip.Addr) [2]place {
	address, network := 32, 24
	if a = a.Unmap(); a.Is6() {
		address, network = 64, 48
	}
	p := g.policy
	one, _ := a.Prefix(address)
	many, _ := a.Prefix(network)
	return [2]place{{one, p.PeersPerAddress, p.ConnectsPerAddress}, {many, p.PeersPerPrefix, p.ConnectsPerPrefix}}
}

// idle says whether the policy has nothing to do with addresses.
func (g *guard) idle() bool {
	p := g.policy
	return p.PeersPerAddress|p.PeersPerPrefix|p.ConnectsPerAddress|p.ConnectsPerPrefix == 0
}

// check says whether one more may come from an address.
func (g *guard) check(a netip.Addr) error {
	if !a.IsValid() {
		return nil
	}
	if err := g.bans.check(a); err != nil || g.idle() {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.room(a)
}

// room says whether there is room for one more from an address. The lock is
// held.
func (g *guard) room(a netip.Addr) error {
	for _, pl := range g.places(a) {
		if o := g.known[pl.prefix]; o != nil && pl.peers > 0 && o.peers >= pl.peers {
			return fmt.Errorf("%w: %d clients from %v", ErrFull, o.peers, pl.prefix)
		}
	}
	return nil
}

// connect counts an attempt to join from an address, or refuses it.
func (g *guard) connect(a netip.Addr) error {
	if !a.IsValid() || g.idle() {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.now()
	places := g.places(a)
	for _, pl := range places {
		if o := g.known[pl.prefix]; o != nil && pl.connects > 0 && o.connects.excess(t, connectWindow) > -connectCost(pl) {
			g.refused.Add(1)
			return fmt.Errorf("%w: more than %d attempts in %v from %v, try again later", ErrTooOften, pl.connects, connectWindow, pl.prefix)
		}
	}
	for _, pl := range places {
		if pl.connects > 0 {
			g.at(pl.prefix, t).connects.add(t, connectCost(pl))
		}
	}
	return nil
}

func connectCost(pl place) time.Duration { return connectWindow / time.Duration(pl.connects) }

// hold counts a client that is there, or refuses it.
func (g *guard) hold(a netip.Addr) error {
	if !a.IsValid() || g.idle() {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.room(a); err != nil {
		return err
	}
	t := g.now()
	for _, pl := range g.places(a) {
		g.at(pl.prefix, t).peers++
	}
	return nil
}

// release is the opposite of hold.
func (g *guard) release(a netip.Addr) {
	if !a.IsValid() || g.idle() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.now()
	for _, pl := range g.places(a) {
		if o := g.known[pl.prefix]; o != nil {
			o.peers--
			if o.forgettable(t) {
				delete(g.known, pl.prefix)
			}
		}
	}
}

// at gives the origin, and makes room for it if it is new. The lock is held.
func (g *guard) at(p netip.Prefix, t time.Duration) *origin {
	o := g.known[p]
	if o == nil {
		if len(g.known) >= maxOrigins {
			g.sweep(t)
		}
		o = new(origin)
		g.known[p] = o
	}
	return o
}

// sweep forgets those that nothing is to be known of any more, and if none is
// like that, some that are not there. The lock is held.
func (g *guard) sweep(t time.Duration) {
	for p, o := range g.known {
		if o.forgettable(t) {
			delete(g.known, p)
		}
	}
	for p, o := range g.known {
		if len(g.known) < maxOrigins*7/8 {
			return
		}
		if o.peers == 0 {
			delete(g.known, p)
		}
	}
}

func (o *origin) forgettable(t time.Duration) bool { return o.peers == 0 && o.connects.until <= t }
