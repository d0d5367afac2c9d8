package crosspeer

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Ban keeps an address or a network out.
type Ban struct {
	Prefix netip.Prefix
	Until  time.Time // zero: for good
	Text   string    // why, for the remote and for logs
}

// bans outlive the sessions of a Peer.
type bans struct {
	any atomic.Bool // there are some

	mu       sync.RWMutex
	byPrefix map[netip.Prefix]Ban
	short    map[netip.Prefix]struct{} // those that Policy.BanFor made
}

// maxBans bounds the bans that Policy.BanFor makes; those of the program have
// no bound.
const maxBans = 1 << 16

// check says whether an address is banned.
func (b *bans) check(a netip.Addr) error {
	if !b.any.Load() {
		return nil
	}
	a = a.Unmap()
	b.mu.RLock()
	defer b.mu.RUnlock()
	for bits := a.BitLen(); bits >= 0; bits-- {
		p, _ := a.Prefix(bits)
		if ban, ok := b.byPrefix[p]; ok && ban.lasts() {
			return ban.refusal()
		}
	}
	return nil
}

func (b Ban) lasts() bool { return b.Until.IsZero() || time.Until(b.Until) > 0 }

func (b Ban) refusal() error {
	why := ""
	if b.Text != "" {
		why = ": " + b.Text
	}
	if b.Until.IsZero() {
		return fmt.Errorf("%w%s", ErrBanned, why)
	}
	return fmt.Errorf("%w for %v more%s", ErrBanned, time.Until(b.Until).Round(time.Second), why)
}

// add takes a ban of the program.
func (b *bans) add(ban Ban) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.byPrefix) >= maxBans {
		maps.DeleteFunc(b.byPrefix, func(_ netip.Prefix, old Ban) bool { return !old.lasts() })
	}
	b.put(ban)
	delete(b.short, ban.Prefix)
}

// sentence takes a ban that Policy.BanFor makes. One that lasts longer stays,
// and of too many some end early.
func (b *bans) sentence(ban Ban) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, ok := b.byPrefix[ban.Prefix]; ok && (old.Until.IsZero() || old.Until.After(ban.Until)) {
		return
	}
	if len(b.short) >= maxBans {
		b.thin()
	}
	if b.short == nil {
		b.short = make(map[netip.Prefix]struct{})
	}
	b.put(ban)
	b.short[ban.Prefix] = struct{}{}
}

// thin makes room for more: what has ended goes, and if that is not enough some
// of the rest. The lock is held.
func (b *bans) thin() {
	maps.DeleteFunc(b.byPrefix, func(_ netip.Prefix, old Ban) bool { return !old.lasts() })
	for p := range b.short {
		if _, lasts := b.byPrefix[p]; !lasts || len(b.short) > maxBans*7/8 {
			delete(b.byPrefix, p)
			delete(b.short, p)
		}
	}
}

// put is called with the lock held.
func (b *bans) put(ban Ban) {
	if b.byPrefix == nil {
		b.byPrefix = make(map[netip.Prefix]Ban)
	}
	b.byPrefix[ban.Prefix] = ban
	b.any.Store(true)
}

func (b *bans) remove(p netip.Prefix) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.byPrefix[p]
	delete(b.byPrefix, p)
	delete(b.short, p)
	b.any.Store(len(b.byPrefix) > 0)
	return ok
}

func (b *bans) list() []Ban {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var all []Ban
	for _, ban := range b.byPrefix {
		if ban.lasts() {
			all = append(all, ban)
		}
	}
	slices.SortFunc(all, func(a, b Ban) int {
		return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), a.Prefix.Bits()-b.Prefix.Bits())
	})
	return all
}

// canonical is a prefix as bans are kept: IPv4 as such, and without host bits.
func canonical(p netip.Prefix) (netip.Prefix, error) {
	if !p.IsValid() {
		return p, fmt.Errorf("crosspeer: ban of no network: want an address and its bits")
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// Ban keeps an address (a network of one) or a network out for a time, 0 for
// good, and disconnects the clients from there. text says why. A longer ban of
// the same network is replaced by a shorter one. It outlives sessions, and needs none.
// The error is about the prefix.
func (p *Peer) Ban(prefix netip.Prefix, d time.Duration, text string) error {
	prefix, err := canonical(prefix)
	if err != nil {
		return err
	}
	ban := Ban{Prefix: prefix, Text: text}
	if d > 0 {
		ban.Until = time.Now().Add(d)
	}
	p.bans.add(ban)
	if s := p.current(); s != nil && s.hub.role == roleServer {
		s.hub.evict(prefix, Reason{ReasonKicked, ByLocal, Refusal(ban.refusal())})
	}
	return nil
}

// Unban ends a ban, and says whether there was one of exactly that network.
func (p *Peer) Unban(prefix netip.Prefix) bool {
	prefix, err := canonical(prefix)
	return err == nil && p.bans.remove(prefix)
}

// Bans are those that last, in order of addresses.
func (p *Peer) Bans() []Ban { return p.bans.list() }

// evict disconnects who came from a network.
func (h *Hub) evict(from netip.Prefix, r Reason) {
	h.mu.Lock()
	ports := h.ports()
	h.mu.Unlock()
	for _, p := range ports {
		if from.Contains(p.addr.Unmap().WithZone("")) {
			p.close(r, true)
		}
	}
}
