package linktest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestASoundTransportPasses(t *testing.T) {
	Run(t, newStream("").transport())
}

func TestATransportThatPromisesLittlePasses(t *testing.T) {
	n := newStream("loses the mode")
	n.max, n.queue, n.modeless = 2000, 2<<20, true
	tr := n.transport()
	tr.ReliableOnly, tr.NoReasons, tr.ChosenIDs, tr.Nowhere = true, true, false, nil
	Run(t, tr)
}

func TestABrokenTransportFails(t *testing.T) {
	for _, row := range []struct {
		fault string
		where string // the case that must find it
		says  string // what its failure must say: one of these, between |
	}{
		{"does not say what it is", "a server is connected at once", "see Link.Info"},
		{"ignores the id that a client asks for", "a client can ask for its id", "pass Hello.ID"},
		{"lets in whom the server refuses", "a server that refuses lets nobody in", "let Dial fail"},
		{"lets in whom the server refuses", "an id that is in use", "let Dial fail"},
		{"lets in whom the server refuses", "a full session", "let Dial fail"},
		{"says the id too late", "clients that come at once", "a client must know its id before anything else|unknown peer"},
		{"announces in the wrong order", "everybody hears of everybody", "want PeerConnected"},
		{"does not look at Dial's context", "a dial whose context is done", "wrap ctx.Err()"},
		{"dials on after its context is done", "a dial to nowhere ends with its context", "Dial has not returned"},
		{"dials on after its context is done", "Close ends a dial to nowhere", "Close has not returned"},

		{"loses the source", "packets reach exactly those", "Spoofed:"},
		{"loses the target", "packets reach exactly those", "keep Frame.To"},
		{"loses the mode", "packets reach exactly those", "keep From, To, Mode and Channel"},
		{"loses the mode", "without relay packets reach the server", "keep From, To, Mode and Channel"},
		{"loses the channel", "bytes, mode and channel arrive", "keep From, To, Mode and Channel"},
		{"delivers twice", "packets reach exactly those", "deliver each frame once"},
		{"sends packets back", "packets reach exactly those", "got its own packet"},
		{"loses empty packets", "an empty packet arrives", "waits for a packet"},
		{"keeps the sender's buffer", "buffers belong to their programs", "valid during Send only"},
		{"cuts packets at 64 KiB", "big packets arrive whole", "differ from byte 65536 on"},
		{"changes a byte", "bytes, mode and channel arrive", "differ from byte 1000 on"},
		{"takes what it cannot carry", "a packet above the maximum", "Link.Send gives SendTooLarge"},
		{"does not say its limits", "what a transport says of its limits", "implement Limiter"},
		{"says that it has no modes", "what a transport says of its limits", "Limits.ReliableOnly must be"},
		{"takes what it cannot carry", "what a transport says of its limits", "Send of one byte more"},
		{"carries less than it says", "what a transport says of its limits", "crosspeer: packet is too large|waits for a packet"},
		{"loses every tenth reliable packet", "1,000 reliable packets", `want "number 9"`},
		{"swaps neighbours", "1,000 reliable packets", "must arrive once and in order"},
		{"swaps neighbours", "many senders at once", "one frame at a time, in order"},
		{"swaps ordered packets", "unreliable packets arrive at most once", "drop an ordered frame that comes too late"},
		{"loses unreliable packets", "unreliable packets arrive at most once", "set Transport.Lossy"},
		{"delivers twice", "unreliable packets arrive at most once", "deliver each frame once"},
		{"holds a packet back until the next", "a server is connected at once", "waits for a packet"},

		{"forgets Detach", "a client that closes is reported", "Port.Detach not called"},
		{"forgets Detach", "a server that closes is lost", "Port.Detach not called"},
		{"forgets Detach", "nobody is heard", "Port.Detach not called"},
		{"does not know who ended it", "a client that closes is reported", "give Port.Detach what the remote has said"},
		{"loses the reason", "a kicked client first gets", "or set Transport.NoReasons"},
		{"never waits to close", "a kicked client first gets", "got ServerDisconnected|want the words"},
		{"never waits to close", "Shutdown of a server loses nothing", "got ServerDisconnected"},
		{"never waits to close", "Shutdown of a client loses nothing", "got PeerDisconnected"},
		{"waits in Close until everything is read", "Shutdown ends with its context", "Shutdown has not returned"},
		{"listens only once", "a Peer can be used again", "listened already"},
		{"waits to close now", "DisconnectNow does not wait", "waits for PeerDisconnected"},
		{"waits to close now", "a link that does not drain", "waits for PeerDisconnected"},

		{"drops what it must wait with", "a program that does not read", "waits for a packet|when Port.Deliver gives Wait"},
		{"drops what it must wait with", "a slow client reads everything", "want a packet|must arrive once and in order"},
		{"does not go on after Resume", "a program that does not read", "waits for a packet"},
		{"does not go on after Resume", "a client that does not read", "waits for a packet"},
		{"waits in Send", "a link that does not drain", "Send has not returned"},
		{"queues without limit", "a link that does not drain", "bound the queue"},

		{"forgets Detach", "Send, Close and Disconnect", "whatever ended the connection"},
		{"leaves a goroutine behind", "100 joins and leaves", "must end their goroutines"},
		{"counts what it has sent as queued", "Stats add up", "see Link.Stats"},
	} {
		t.Run(row.fault+", "+row.where, func(t *testing.T) {
			if raceDetector && row.fault == "keeps the sender's buffer" {
				t.Skip("the race detector finds this one")
			}
			// Goroutines race: now and then a fault does no harm.
			var got string
			for range 10 {
				synctest.Test(t, func(t *testing.T) {
					got = failures(t, caseNamed(t, row.where), newStream(row.fault))
				})
				said := func(s string) bool { return strings.Contains(got, s) }
				if slices.ContainsFunc(strings.Split(row.says, "|"), said) {
					return
				}
			}
			t.Errorf("a transport that %s fails with\n%s\nwant a failure that says %q", row.fault, got, row.says)
		})
	}
}

// If it did not, failures in virtual time would prove nothing.
func TestASoundTransportPassesInVirtualTime(t *testing.T) {
	for _, c := range cases {
		synctest.Test(t, func(t *testing.T) {
			if got := failures(t, c, newStream("")); got != "" {
				t.Errorf("%s: %s", c.name, got)
			}
		})
	}
}

// caseNamed gives the case whose name begins so.
func caseNamed(t *testing.T, prefix string) testCase {
	t.Helper()
	i := slices.IndexFunc(cases, func(c testCase) bool { return strings.HasPrefix(c.name, prefix) })
	if i < 0 {
		t.Fatalf("no case is named %q", prefix)
	}
	return cases[i]
}

// failures runs a case in virtual time and gives what it reports.
func failures(t *testing.T, c testCase, n *stream) string {
	rec := &recorder{TB: t}
	tr := n.transport()
	rec.do(func() { c.runOn(rec, tr.populated()) })
	rec.mu.Lock()
	got := strings.Join(rec.failed, "\n")
	cleanups := rec.cleanups
	rec.mu.Unlock()
	close(n.release)
	for _, f := range slices.Backward(cleanups) {
		rec.do(f)
	}
	<-time.After(time.Hour) // virtual: whatever still waits gives up
	return got
}

// recorder is a test that is expected to fail.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	failed   []string
	cleanups []func()
}

// do runs f, which may end by FailNow.
func (r *recorder) do(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

func (r *recorder) record(s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = append(r.failed, s)
}

func (r *recorder) Helper()                   {}
func (r *recorder) Log(...any)                {}
func (r *recorder) Logf(string, ...any)       {}
func (r *recorder) Error(a ...any)            { r.record(fmt.Sprintln(a...)) }
func (r *recorder) Errorf(f string, a ...any) { r.record(fmt.Sprintf(f, a...)) }
func (r *recorder) Fatal(a ...any)            { r.Error(a...); runtime.Goexit() }
func (r *recorder) Fatalf(f string, a ...any) { r.Errorf(f, a...); runtime.Goexit() }
func (r *recorder) Skip(...any)               { runtime.Goexit() }
func (r *recorder) Cleanup(f func())          { r.mu.Lock(); r.cleanups = append(r.cleanups, f); r.mu.Unlock() }
