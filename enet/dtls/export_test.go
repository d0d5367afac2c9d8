package dtls

import "crosspeer/enet"

// Associations is how many associations a guard has.
func Associations(g enet.Guard) (n int) {
	own := g.(*guard)
	own.mu.Lock()
	defer own.mu.Unlock()
	for _, s := range own.slots {
		if s.live != nil {
			n++
		}
		if s.next != nil {
			n++
		}
	}
	return n
}
