package cenet

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestPayloadDependsOnSeedAndPlace(t *testing.T) {
	long := Payload(100, 5)
	if got := Payload(37, 5); string(got) != string(long[:37]) {
		t.Error("a shorter payload is not the start of a longer one")
	}
	if string(Payload(100, 6)) == string(long) {
		t.Error("two seeds give the same payload")
	}
	if string(long[:8]) == string(long[8:16]) {
		t.Error("the payload repeats itself")
	}
	if got := Payload(0, 1); len(got) != 0 {
		t.Errorf("%d bytes, want none", len(got))
	}
}

func TestThePeerCompilesWithoutWarnings(t *testing.T) {
	Find(t)
	if err := compile(os.DevNull, source, "-Wall", "-Wextra", "-Werror"); err != nil {
		t.Error(err)
	}
}

func TestHashIsFNV(t *testing.T) {
	// The value is from the definition of FNV-1a.
	if got := Hash([]byte("foobar")); got != 0x85944171f73967e8 {
		t.Errorf("hash %x", got)
	}
}

func TestEventsAreRead(t *testing.T) {
	for line, want := range map[string]Event{
		"connect 3 4294967295 127.0.0.1:99": {Kind: Connect, Peer: 3, Data: 1<<32 - 1, Addr: netip.MustParseAddrPort("127.0.0.1:99")},
		"disconnect -1 0":                   {Kind: Disconnect, Peer: -1},
		"receive 0 255 8 2 000000000000000f 0aff": {Kind: Receive, Channel: 255, Flags: UnreliableFragment, Length: 2, Hash: 15,
			Bytes: []byte{0x0a, 0xff}},
		"receive 1 0 1 70000 ffffffffffffffff -": {Kind: Receive, Peer: 1, Flags: Reliable, Length: 70000, Hash: 1<<64 - 1},
	} {
		got, err := parseEvent(line)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) || !got.is(want) {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
	for _, line := range []string{"", "connect", "connect 1 2 nowhere", "receive 0 256 0 0 0 -", "receive 0 0 0 1 zz -", "party 1 2"} {
		if got, err := parseEvent(line); err == nil {
			t.Errorf("%q was read as %v", line, got)
		}
	}
}

func TestEventsDifferInEveryField(t *testing.T) {
	base := Event{Kind: Receive, Peer: 1, Channel: 2, Flags: Reliable, Length: 3, Hash: 4}
	for name, change := range map[string]func(*Event){
		"kind":    func(e *Event) { e.Kind = Connect },
		"peer":    func(e *Event) { e.Peer++ },
		"data":    func(e *Event) { e.Data++ },
		"channel": func(e *Event) { e.Channel++ },
		"flags":   func(e *Event) { e.Flags = Unreliable },
		"length":  func(e *Event) { e.Length++ },
		"hash":    func(e *Event) { e.Hash++ },
		"bytes":   func(e *Event) { e.Bytes = []byte{1} },
		"address": func(e *Event) { e.Addr = netip.MustParseAddrPort("127.0.0.1:1") },
	} {
		want := base
		change(&want)
		if base.is(want) {
			t.Errorf("another %s is not noticed", name)
		}
	}
	any := base
	any.Peer = AnyPeer
	if !base.is(base) || !base.is(any) {
		t.Error("an event is not itself")
	}
}

func TestCommandsThatCannotBeObeyedAreRefused(t *testing.T) {
	p := Start(t, Config{RangeCoder: true})
	c := p.Connect(netip.MustParseAddrPort("127.0.0.1:9"), 1, 0)
	for command, want := range map[string]string{
		"":                                    "no such command",
		"dance":                               "no such command",
		"stats":                               "missing",
		"stats 0 1":                           "too many",
		"stats 1":                             "not there",
		"stats -1":                            "no number",
		"send 0 0 1 5 one 1":                  "no number",
		"send 0 0 1 5 1 1":                    "does not take", // not connected yet
		"send 0 0 1 0 1 1":                    "crashes libenet",
		"broadcast 0 1 0 1 1":                 "crashes libenet",
		"bytes 0 0 1 -":                       "crashes libenet",
		"bytes 0 0 1 abc":                     "hexadecimal",
		"bytes 0 0 4 ab":                      "no packet",
		"connect here 1 1 0 1":                "no IPv4",
		"connect 127.0.0.1 1 1 0":             "missing",
		"connect 127.0.0.1 1 1 0 1":           "no free peer", // there is one only
		"host client 127.0.0.1 0 1 1 0 0 0 1": "a host already",
	} {
		if err := p.refusal(command); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", command, err, want)
		}
	}
	p.Reset(c)
	if err := p.refusal("stats 0"); err == nil {
		t.Error("a connection that was reset is still there")
	}
}

func TestAnEmptyPacketWithoutTheRangeCoder(t *testing.T) {
	s, c := pair(t, Config{}, Config{})
	c.Send(0, 0, Reliable, 0, 0)
	s.Expect(ReceivedBytes(0, 0, Reliable, nil))
}

// failing runs a function with a test that may fail, and returns what it said.
func failing(t *testing.T, f func(testing.TB)) *fakeT {
	t.Helper()
	fake := &fakeT{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(fake)
	}()
	<-done
	return fake
}

// fakeT stands for a test that may fail or be skipped. The cleanup is that of
// the real test.
type fakeT struct {
	testing.TB
	said            string
	failed, skipped bool
}

func (f *fakeT) Helper()      {}
func (f *fakeT) Failed() bool { return false }
func (f *fakeT) Fatalf(format string, args ...any) {
	f.failed, f.said = true, fmt.Sprintf(format, args...)
	runtime.Goexit()
}
func (f *fakeT) Fatal(args ...any) { f.Fatalf("%s", fmt.Sprint(args...)) }
func (f *fakeT) Skipf(format string, args ...any) {
	f.skipped, f.said = true, fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestWhatDoesNotComeFailsTheTest(t *testing.T) {
	for name, c := range map[string]struct {
		f    func(s, c *Peer)
		want string
	}{
		"nothing": {func(s, _ *Peer) { s.Next() }, "in time"},
		"another": {func(s, c *Peer) { c.Send(0, 0, Reliable, 5, 1); s.Expect(Received(0, 0, Reliable, 5, 2)) }, "want receive"},
		"one too few": {func(s, c *Peer) {
			c.Send(0, 0, Reliable, 5, 1)
			s.ExpectAnyOrder(Received(0, 0, Reliable, 5, 1), Disconnected(0, 0))
		}, "1 of 2 events are missing"},
		"unexpected":    {func(s, c *Peer) { c.Send(0, 0, Reliable, 5, 1); s.ExpectAnyOrder(Disconnected(0, 0)) }, "1 others are missing"},
		"no match":      {func(s, c *Peer) { c.Send(0, 0, Reliable, 5, 1); s.WaitFor("Godot", func(Event) bool { return false }) }, "waiting for Godot, after 1 other"},
		"bad command":   {func(_, c *Peer) { c.Ping(99) }, "not there"},
		"dead":          {func(_, c *Peer) { c.Kill(); c.Next() }, "signal: killed"},
		"dead, command": {func(_, c *Peer) { c.Kill(); c.Flush() }, "signal: killed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := failing(t, func(tb testing.TB) {
				s := Start(tb, Config{Server: true, Patience: time.Second})
				client := Start(tb, Config{Patience: time.Second})
				client.Connect(s.Addr(), 1, 0)
				client.Expect(Connected(0, 0))
				s.Expect(Connected(0, 0))
				c.f(s, client)
			})
			if !fake.failed || !strings.Contains(fake.said, c.want) {
				t.Errorf("failed: %v, %q; want %q", fake.failed, fake.said, c.want)
			}
		})
	}
}

// TestWithoutCompiler runs this test binary again where there is none, since
// the answer is kept for the run.
func TestWithoutCompiler(t *testing.T) {
	const inner = "CENET_TEST_INNER"
	if os.Getenv(inner) != "" {
		Find(t)
		return
	}
	run := func(env ...string) (string, error) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestWithoutCompiler$", "-test.v")
		cmd.Env = append(cmd.Environ(), append(env, inner+"=1", "CC=/does/not/exist")...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(Require + "="); err != nil || !strings.Contains(out, "SKIP") || !strings.Contains(out, "libenet-dev") {
		t.Errorf("without the variable: %v\n%s", err, out)
	}
	if out, err := run(Require + "=1"); err == nil || !strings.Contains(out, Require+" is set") {
		t.Errorf("with the variable: %v\n%s", err, out)
	}
}
