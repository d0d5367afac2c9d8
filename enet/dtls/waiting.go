package dtls

import (
	"math/rand/v2"
	"net/netip"
	"time"
)

// waiting is the associations of a server without a connection of ENet. Its
// bounds are what strangers can make the server keep.
type waiting struct {
	most, mostPerNet int
	all              []*association
	perNet           map[string]int

	begun   float64 // of those that may begin at once
	counted time.Time
}

// burst is the share of the most that may begin at once; afterwards as many as
// the most in a second. Each costs tens of microseconds before it can be told
// whether the remote exists.
const burst = 0.25

// may says whether another one may begin now.
func (w *waiting) may(now time.Time) bool {
	w.begun = max(0, w.begun-now.Sub(w.counted).Seconds()*float64(w.most))
	w.counted = now
	return w.begun+1 <= max(1, burst*float64(w.most))
}

// network is the part of an address that one stranger may have many of.
func network(addr netip.Addr) string {
	bits := 24
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// grace is how long a stranger's association is safe from others: an honest
// client has returned its cookie by then. One that is turned away asks again;
// one that is forgotten once it has been given a cookie cannot.
const grace = time.Second

// expendable says whether an association may make room: its remote has not
// proven its address, or has not connected for a while.
func (a *association) expendable(now time.Time) bool {
	return a.phase == fresh && now.Sub(a.born) >= grace || a.phase == established && now.Sub(a.idle) >= linger
}

// room finds out whether one more may wait. If somebody has to go for it, it
// is victim.
func (w *waiting) room(net string, now time.Time) (victim *association, ok bool) {
	full, crowded := len(w.all) >= w.most, w.perNet[net] >= w.mostPerNet
	if !full && !crowded {
		return nil, true
	}
	if len(w.all) == 0 {
		return nil, false
	}
	first := rand.IntN(len(w.all))
	for i := range w.all {
		a := w.all[(first+i)%len(w.all)]
		if a.expendable(now) && (!crowded || a.net == net) {
			return a, true
		}
	}
	return nil, false
}

func (w *waiting) add(a *association) {
	if a.place >= 0 {
		return
	}
	if w.perNet == nil {
		w.perNet = make(map[string]int)
	}
	if a.phase == fresh {
		w.begun++
	}
	a.place = len(w.all)
	w.all = append(w.all, a)
	w.perNet[a.net]++
}

func (w *waiting) remove(a *association) {
	if a.place < 0 {
		return
	}
	last := len(w.all) - 1
	moved := w.all[last]
	w.all[a.place], moved.place = moved, a.place
	w.all[last] = nil
	w.all = w.all[:last]
	a.place = -1
	if w.perNet[a.net]--; w.perNet[a.net] == 0 {
		delete(w.perNet, a.net)
	}
}
