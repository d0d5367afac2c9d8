package godot3

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// startPatience bounds the start of an engine. It is long because the start is
// the first thing to suffer on a busy machine; an engine that dies is noticed
// at once.
const startPatience = time.Minute

// Engine is a stock engine under remote control. Its methods belong to the
// goroutine of the test that started it and fail that test; see [Log.Within]
// for subtests.
type Engine struct {
	*Log
	Version string // as the engine names itself

	listener *net.TCPListener // until the agent has connected
	process  *process
	control  *control
	checked  int64 // the output up to here was searched for script errors
}

// Start starts an engine and returns when it takes orders. The engine is
// killed when the test ends.
func Start(t testing.TB, name string) *Engine {
	t.Helper()
	return StartAll(t, name)[0]
}

// StartAll starts several engines side by side.
func StartAll(t testing.TB, names ...string) []*Engine {
	t.Helper()
	engines := make([]*Engine, len(names))
	for i, name := range names {
		engines[i] = launch(t, name)
	}
	for _, e := range engines {
		e.await()
	}
	return engines
}

func launch(t testing.TB, name string) *Engine {
	t.Helper()
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{Log: NewLog(t, name), listener: listener}
	defer func() {
		if e.process == nil {
			listener.Close()
		}
	}()
	// An engine that dies early must not be waited for: its end closes the
	// listener.
	e.process = startProcess(t, listener.Addr().(*net.TCPAddr).Port, func() { listener.Close() })
	t.Cleanup(e.stop)
	return e
}

// await returns when the agent has connected and named its version.
func (e *Engine) await() {
	e.t.Helper()
	defer e.listener.Close()
	e.listener.SetDeadline(time.Now().Add(startPatience))
	conn, err := e.listener.Accept()
	if err != nil {
		e.t.Fatalf("%s: the engine did not connect: %v; it wrote:\n%s", e.name, err, e.Output())
	}
	c := newControl(conn)
	e.Version, err = c.greeting(startPatience)
	if err != nil {
		conn.Close()
		e.t.Fatalf("%s: no greeting from the engine: %v; it wrote:\n%s", e.name, err, e.Output())
	}
	e.control = c
	c.start(e.Add, e.explain)
}

// explain ends the log with a reason that a person can use. It runs after the
// last line was read.
func (e *Engine) explain(err error) {
	timer := time.NewTimer(DefaultPatience)
	defer timer.Stop()
	select {
	case <-e.process.done:
		e.End(fmt.Sprintf("the engine ended: %v", e.process.cmd.ProcessState))
	case <-e.control.stopped:
		e.End("the test is over")
	case <-timer.C:
		e.End(err.Error())
	}
}

func (e *Engine) stop() {
	e.process.kill()
	if e.control != nil {
		e.control.stop()
	}
	if faults := e.scriptErrors(); faults != "" {
		e.t.Errorf("%s: script error outside of a request:\n%s", e.name, faults)
	}
	if e.t.Failed() {
		e.t.Logf("%s, Godot %s, wrote:\n%s", e.name, e.Version, e.Output())
	}
	e.process.output.Close()
}

// Output returns what the engine has written to standard output and error.
func (e *Engine) Output() string { return e.process.written(0) }

// Run runs the body of a GDScript function and returns its result. The body
// sees agent, the object of agent.gd; peer, its multiplayer peer or null; and
// bytes, which are empty here. An error in the script fails the test.
func (e *Engine) Run(source string) Value {
	e.t.Helper()
	return e.RunWith(nil, source)
}

// RunWith is [Engine.Run] with bytes for the script.
func (e *Engine) RunWith(bytes []byte, source string) Value {
	e.t.Helper()
	source = body(source)
	result, err := e.control.ask(source, bytes, e.patience)
	// A script that fails while running returns null like any other; only
	// the engine's message tells.
	faults := e.scriptErrors()
	if err == nil && faults == "" {
		return Value{t: e.t, from: e.name, raw: result}
	}
	reason := "script error"
	if err != nil {
		reason = err.Error()
	}
	e.t.Fatalf("%s: %s\n%s\nin\n%s", e.name, reason, faults, numbered(source))
	return Value{}
}

// Barrier returns when the engine has polled once more and reported what that
// brought. Whatever was in its socket before the call has then been handled.
func (e *Engine) Barrier() {
	e.t.Helper()
	e.Run("agent.turn()")
}

// Quiet fails the test when the engine has anything to report that was not
// read, a poll from now included.
func (e *Engine) Quiet() {
	e.t.Helper()
	e.Barrier()
	e.Log.Quiet()
}

// scriptErrors returns the messages about scripts that the engine wrote since
// the last call.
func (e *Engine) scriptErrors() string {
	text := e.process.written(e.checked)
	e.checked += int64(len(text))
	var faults []string
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "SCRIPT ERROR") {
			// The line after it says where.
			faults = append(faults, lines[i:min(i+2, len(lines))]...)
		}
	}
	return strings.Join(faults, "\n")
}
