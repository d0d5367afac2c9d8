package godot3

import (
	"syscall"
	"unsafe"
)

// From the kernel's wait.h; package syscall has the call but not these.
const (
	waitForPID  = 1
	waitStopped = 0x00000002
	waitNoReap  = 0x01000000
)

// Pause freezes the process and returns when it stands still. Until
// [Engine.Resume] its peers see a silent remote whose address still exists.
func (e *Engine) Pause() {
	e.t.Helper()
	e.signal(syscall.SIGSTOP)
	// A signal takes effect some time after it was sent. Not reaping leaves
	// the end of the process to the goroutine that waits for it.
	var info [128]byte
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, waitForPID, uintptr(e.process.cmd.Process.Pid),
			uintptr(unsafe.Pointer(&info)), waitStopped|waitNoReap, 0, 0)
		if errno == syscall.EINTR {
			continue
		}
		if errno != 0 {
			e.t.Fatalf("%s: wait for the engine to stop: %v", e.name, errno)
		}
		e.Note("paused")
		return
	}
}

// Resume lets a paused process go on.
func (e *Engine) Resume() {
	e.t.Helper()
	e.signal(syscall.SIGCONT)
	e.Note("resumed")
}

func (e *Engine) signal(s syscall.Signal) {
	e.t.Helper()
	if err := e.process.cmd.Process.Signal(s); err != nil {
		e.t.Fatalf("%s: %v: %v", e.name, s, err)
	}
}
