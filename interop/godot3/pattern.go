package godot3

// Pattern returns length bytes that depend on seed. The agent in the engine
// has the same function, so that a large payload is named by two numbers
// instead of being sent over the control connection.
//
// A block of 1021 bytes repeats. The number is prime, so that no two of the
// fragments into which a transport cuts a payload of up to a mebibyte are
// equal, and an exchanged pair changes the sum.
func Pattern(length int, seed int) []byte {
	var block [1021]byte
	state := uint64(seed)
	for i := range block {
		state = (state*1103515245 + 12345) & 0x7fffffff
		block[i] = byte(state >> 16)
	}
	bytes := make([]byte, length)
	for n := 0; n < length; {
		n += copy(bytes[n:], block[:])
	}
	return bytes
}
