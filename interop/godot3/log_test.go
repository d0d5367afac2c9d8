package godot3

import (
	"testing"
	"time"
)

func TestLog(t *testing.T) {
	hello := Packet(5, []byte("hello"), 1)
	for _, test := range []struct {
		name string
		talk func(*Log)
		says []string // empty: must pass
	}{
		{
			name: "events that were there are read in order",
			talk: func(l *Log) { l.Add(Succeeded()); l.Add(hello); l.Expect(Succeeded(), hello); l.Quiet() },
		},
		{
			name: "events that come later are waited for",
			talk: func(l *Log) {
				l.SetPatience(DefaultPatience)
				go func() { l.Add(Succeeded()); l.Add(hello) }()
				l.Expect(Succeeded(), hello)
			},
		},
		{
			name: "a wrong event is shown between the expected ones",
			talk: func(l *Log) { l.Add(Succeeded()); l.Add(PeerConnected(7)); l.Expect(Succeeded(), hello, Failed()) },
			says: []string{
				"actor: event 2 of 3 is wrong",
				"\n  connection_succeeded()\n->packet from 5 on channel 1, 5 bytes: \"hello\"\n  connection_failed()\n",
				"got instead of the marked one:\n  peer_connected(7)",
				"transcript of actor:\n  connection_succeeded()\n  peer_connected(7)",
			},
		},
		{
			name: "packets that differ in the channel differ",
			talk: func(l *Log) { l.Add(Packet(5, []byte("hello"), 2)); l.Expect(hello) },
			says: []string{"got instead of the marked one:\n  packet from 5 on channel 2"},
		},
		{
			name: "an event that does not come ends the wait",
			talk: func(l *Log) { l.Expect(Succeeded()) },
			says: []string{"nothing came within 10ms", "transcript of actor:\n  (nothing)"},
		},
		{
			name: "the end of the actor ends the wait at once, with the reason",
			talk: func(l *Log) {
				l.SetPatience(time.Hour)
				l.End("it crashed")
				l.End("later reason")
				l.Expect(Succeeded())
			},
			says: []string{"nothing more can come: it crashed"},
		},
		{
			name: "what came before the end can still be read",
			talk: func(l *Log) { l.Add(Succeeded()); l.End("it crashed"); l.Expect(Succeeded()) },
		},
		{
			name: "skipped events are not seen again",
			talk: func(l *Log) {
				l.Add(Succeeded())
				l.Add(hello)
				l.Add(Failed())
				if got := l.WaitFor(func(e Event) bool { return e.Kind == KindPacket }); got != hello {
					l.t.Errorf("got %v", got)
				}
				l.Expect(Failed())
			},
		},
		{
			name: "a wait that matches nothing says what it skipped",
			talk: func(l *Log) { l.Add(hello); l.WaitFor(func(e Event) bool { return e.Kind == KindFailed }) },
			says: []string{"nothing came", "skipped:\n  packet from 5"},
		},
		{
			name: "events before a marker are returned without it",
			talk: func(l *Log) {
				l.Add(Succeeded())
				l.Add(hello)
				if got := l.Until(hello); len(got) != 1 || got[0] != Succeeded() {
					l.t.Errorf("got %v", got)
				}
				l.Quiet()
			},
		},
		{
			name: "an unread event is not quiet",
			talk: func(l *Log) { l.Add(hello); l.Quiet() },
			says: []string{"expected nothing more, got 1 events:\n  packet from 5"},
		},
		{
			name: "a long transcript shows its end",
			talk: func(l *Log) {
				for range shownLines {
					l.Add(hello)
				}
				l.Note("did %s", "something")
				l.t.Fatal("the test fails")
			},
			says: []string{"(1 lines before)", "> did something"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := tryOut(t, func(t testing.TB) {
				l := NewLog(t, "actor")
				l.SetPatience(10 * time.Millisecond)
				test.talk(l)
			})
			if len(test.says) > 0 {
				p.mustFail(t, test.says...)
			} else if p.failed {
				t.Errorf("it failed:\n%s", p.said())
			}
		})
	}
}

func TestPacketEventsOfLargePayloads(t *testing.T) {
	data := Pattern(InlineLimit+1, 1)
	e := Packet(5, data, 1)
	if e.Data != "" || len(e.Sum) != 64 || e.Size != len(data) {
		t.Errorf("a large packet is %+v", e)
	}
	data[len(data)-1]++
	if e == Packet(5, data, 1) {
		t.Error("a changed payload is the same event")
	}
}

func TestLogFailsTheSubtestThatUsesIt(t *testing.T) {
	outer := tryOut(t, func(outer testing.TB) {
		l := NewLog(outer, "actor")
		tryOut(t, func(inner testing.TB) {
			l.Within(inner)
			l.End("it crashed")
			l.Expect(Succeeded())
		}).mustFail(t, "it crashed")
		if l.t != outer {
			t.Error("the log still belongs to the subtest after its end")
		}
	})
	if outer.failed {
		t.Errorf("the outer test failed:\n%s", outer.said())
	}
}
