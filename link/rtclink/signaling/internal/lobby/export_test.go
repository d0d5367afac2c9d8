package lobby

// IDs is how many ids are taken.
func (h *Hall) IDs() int { return len(h.ids) }
