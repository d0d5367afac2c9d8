package crosspeer

import "time"

// memoryEvery is how often the memory that clients use is looked at.
const memoryEvery = 250 * time.Millisecond

// watchMemory holds the session to Policy.MaxMemoryBytes until it is over.
func (s *session) watchMemory(most int64) {
	tick := time.NewTicker(memoryEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.hub.spare(most)
		case <-s.hub.ctx.Done():
			return
		}
	}
}

// spare disconnects the clients that use most memory until the rest use no
// more than so much.
func (h *Hub) spare(most int64) {
	h.mu.Lock()
	ports := h.ports()
	h.mu.Unlock()
	_, waiting := h.inbox.size()
	total := int64(waiting)
	used := make([]int64, len(ports))
	for i, p := range ports {
		used[i] = p.memory()
		total += used[i]
	}
	h.memory.Store(total)
	if int64(waiting) > most {
		return // it is the program that does not take its packets, and nobody's leaving would help
	}
	for total > most {
		worst := -1
		for i := range ports {
			if used[i] > 0 && (worst < 0 || used[i] > used[worst]) {
				worst = i
			}
		}
		ports[worst].convict("it holds the most of this server's memory, which is used up")
		total -= used[worst]
		used[worst] = 0
	}
}

// memory is what a client makes this server keep, in bytes.
func (p *Port) memory() int64 {
	s := p.link.Stats()
	return int64(s.QueuedBytes) + int64(s.WaitingBytes)
}
