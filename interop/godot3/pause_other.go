//go:build !linux

package godot3

// Pause needs Linux and skips the test elsewhere.
func (e *Engine) Pause() {
	e.t.Helper()
	e.t.Skip("pausing an engine needs Linux")
}

// Resume needs Linux and skips the test elsewhere.
func (e *Engine) Resume() {
	e.t.Helper()
	e.t.Skip("pausing an engine needs Linux")
}
