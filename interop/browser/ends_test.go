package browser

import (
	"net"
	"strings"
	"testing"

	"crosspeer"
)

func TestAPageThatSaysGoodbyeIsGoneAtOnceWithItsWords(t *testing.T) {
	every(t, func(t *testing.T, transport string) {
		s := serve(t, nil)
		b := browse(t)
		one, two := b.Join(s.base, s.url(transport)), b.Join(s.base, s.url(transport))
		two.Sees(2)
		one.Eval(`peer.close("off to bed")`, nil)
		events := one.Events("disconnected")
		last := events[len(events)-1]
		if last.By != "local" || last.Reason != "off to bed" {
			t.Errorf("the page that left: %+v", last)
		}
		if r := s.Left(one.ID); r.Code != crosspeer.ReasonClosed || r.By != crosspeer.ByRemote || !strings.Contains(r.Text, "off to bed") {
			t.Errorf("the server: %+v", r)
		}
		two.Events("peerDisconnected")
		two.Sees(1)
	})
}

func TestAPageThatIsClosedOrReloadedLeavesTheSession(t *testing.T) {
	every(t, func(t *testing.T, transport string) {
		s := serve(t, nil)
		b := browse(t)
		closed, reloaded, stays := b.Join(s.base, s.url(transport)), b.Join(s.base, s.url(transport)), b.Join(s.base, s.url(transport))
		stays.Sees(3)
		closed.Kill()
		s.Left(closed.ID)
		before := reloaded.ID
		reloaded.Reload()
		s.Left(before)
		stays.Sees(1)
		reloaded.Connect(s.url(transport), "{timeout: 30000}")
		reloaded.Eval("peer.ready.then((p) => p.id)", &reloaded.ID)
		if reloaded.ID == before {
			t.Error("the page has the id that it had before it was reloaded")
		}
		stays.Sees(2)
		s.Sees(2)
	})
}

func TestAPageThatIsKickedIsToldWhy(t *testing.T) {
	every(t, func(t *testing.T, transport string) {
		s := serve(t, nil)
		m := browse(t).Join(s.base, s.url(transport))
		if err := s.Disconnect(m.ID, "out of bounds"); err != nil {
			t.Fatal(err)
		}
		events := m.Events("disconnected")
		last := events[len(events)-1]
		if last.By != "remote" || !strings.Contains(last.Reason, "out of bounds") {
			t.Errorf("%+v", last)
		}
		var status string
		if m.Eval("peer.status", &status); status != "closed" {
			t.Errorf("the page is %s", status)
		}
		s.Left(m.ID)
	})
}

func TestAPageSeesTheServerGo(t *testing.T) {
	every(t, func(t *testing.T, transport string) {
		s := serve(t, nil)
		m := browse(t).Join(s.base, s.url(transport))
		s.Close()
		events := m.Events("disconnected")
		if last := events[len(events)-1]; last.By == "local" {
			t.Errorf("%+v", last)
		}
	})
}

func TestAPageIsToldThatItIsRefused(t *testing.T) {
	every(t, func(t *testing.T, transport string) {
		s := serve(t, nil)
		s.SetRefuseNewConnections(true)
		m := browse(t).Connect(s.base, s.url(transport), "{}")
		failed := m.Events("failed")[0]
		if failed.Code != "refused" && failed.Code != "unreachable" {
			t.Errorf("%+v", failed)
		}
	})
}

func TestAPageIsToldWhyItCannotConnect(t *testing.T) {
	s := serve(t, nil)
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := nobody.Addr().String()
	nobody.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // answers nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	host := strings.TrimPrefix(s.base, "http://")
	b := browse(t)
	for _, tt := range []struct{ name, url, options, code string }{
		{"nobody listens", "ws://" + free + "/ws", "{}", "unreachable"},
		{"no such path", "ws://" + host + "/none", "{}", "unreachable"},
		{"no TLS there", "wss://" + host + "/ws", "{}", "unreachable"},
		{"no answer", "ws://" + silent.Addr().String() + "/ws", "{timeout: 200}", "timeout"},
		{"nobody signals", "rtc+ws://" + free + "/rtc", "{}", "unreachable"},
		{"no such signalling", "rtc+ws://" + host + "/none", "{}", "unreachable"},
		{"given up", "ws://" + silent.Addr().String() + "/ws", "{signal: AbortSignal.timeout(50)}", "aborted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			failed := b.Connect(s.base, tt.url, tt.options).Events("failed")
			if len(failed) != 1 || failed[0].Code != tt.code {
				t.Fatalf("%+v, want only a failure that is %s", failed, tt.code)
			}
			if tt.code == "unreachable" && failed[0].Hint == "" {
				t.Error("no word of what to check")
			}
		})
	}
}
