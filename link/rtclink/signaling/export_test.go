package signaling

// Drawing makes a server draw its ids and lobby names from a test.
func (c Config) Drawing(id func() int32, name func() string) Config {
	c.newID, c.newName = id, name
	return c
}
