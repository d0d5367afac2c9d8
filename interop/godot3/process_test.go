package godot3

import (
	"testing"
	"time"
)

func TestNothingIsLeftBehind(t *testing.T) {
	Find(t)
	for _, test := range []struct {
		name string
		end  func(*Engine)
		says string
	}{
		{"when a test fails", func(e *Engine) { e.t.Fatalf("the test fails") }, "the test fails"},
		{"when the engine is killed", func(e *Engine) { e.Kill(); e.Expect(Succeeded()) }, "the engine ended: signal: killed"},
		{"when the engine is killed twice", func(e *Engine) { e.Kill(); e.Kill(); e.Expect(Succeeded()) }, "the engine ended"},
		{"when the engine ends in the middle of a script", func(e *Engine) { e.Run("OS.kill(OS.get_process_id())") }, "the engine has ended"},
		{"when the engine is paused", func(e *Engine) { e.Pause(); e.Barrier() }, "no answer within"},
		{
			"when the engine hangs up",
			func(e *Engine) { e.Run("agent._control.disconnect_from_host()") },
			"the engine has ended",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var e *Engine
			tryOut(t, func(t testing.TB) {
				e = Start(t, "engine")
				e.SetPatience(time.Second)
				test.end(e)
			}).mustFail(t, test.says, "engine, Godot 3.", "transcript of engine:")
			if e.process.cmd.ProcessState == nil {
				t.Error("the process was not reaped")
			}
		})
	}
}

// A test binary that is killed runs no clean-up. Its engines see their control
// connection end.
func TestEngineEndsByItselfWhenNobodyControlsIt(t *testing.T) {
	e := Start(t, "engine")
	e.control.conn.Close()
	e.waitForExit()
	if code := e.process.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the engine ended with %v, want a normal end", e.process.cmd.ProcessState)
	}
}

// waitForExit returns when the process has ended by itself.
func (e *Engine) waitForExit() {
	e.t.Helper()
	timer := time.NewTimer(e.patience)
	defer timer.Stop()
	select {
	case <-e.process.done:
	case <-timer.C:
		e.t.Fatalf("%s: the engine still runs after %v", e.name, e.patience)
	}
}
