package signaling_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer/link/rtclink/signaling"
)

func TestAHugeMessageIsClosedWith1009(t *testing.T) {
	cfg := numbered(signaling.Config{MaxMessageBytes: 1000})
	inWorld(t, cfg, func(w *world) {
		host, b := w.connect("host"), w.connect("b")
		host.send("J: \n")
		b.send("J: room1\n")
		host.take()
		b.take()
		b.send("O: 1\n" + strings.Repeat("x", 995))
		if got := host.take(); len(got) != 1 {
			t.Errorf("the largest message: %q", got)
		}
		b.send("O: 1\n" + strings.Repeat("x", 996))
		host.expect(texts("D: 100\n")...)
		if got := b.take(); len(got) != 1 || !strings.HasPrefix(got[0], "close 1009 ") {
			t.Errorf("got %q", got)
		}
		if s := w.server.Stats(); s.Closed["message too large"] != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestTextThatIsNotUTF8IsClosed(t *testing.T) {
	inWorld(t, signaling.Config{}, func(w *world) {
		for _, bad := range []string{"J: \xff\n", "{\"type\":0,\"id\":0,\"data\":\"\xff\"}"} {
			p := w.connect("p")
			p.sendBinary(bad)
			p.expect(`close 4000 "Invalid message format"`)
		}
	})
}

func TestAFloodIsClosedAndOthersNoticeNothing(t *testing.T) {
	inBoth(t, func(w *world, i int, host, b, c *player) {
		d := dialects[i]
		// 1024 at once are allowed, JOIN among them.
		for range 1023 {
			b.send(d.offer(1, "x"))
		}
		if b.isOver() {
			t.Fatal("closed too early")
		}
		c.send(d.offer(1, "y"))
		b.send(d.offer(1, "x"))
		b.expect(`close 4000 "Too many messages"`)
		got := host.take()
		if len(got) != 1025 || got[1023] != "text: "+d.offer(101, "y") || got[1024] != "text: "+d.gone(100) {
			t.Errorf("the host got %d messages, the last ones %q", len(got), got[max(0, len(got)-2):])
		}
	})
}

func TestASlowReaderIsClosedAndOthersNoticeNothing(t *testing.T) {
	cfg := numbered(signaling.Config{MaxQueuedBytes: 100_000})
	inWorld(t, cfg, func(w *world) {
		host, b := w.connect("host"), w.connect("b")
		host.send("J: \n")
		b.send("J: room1\n")
		slow, err := w.dial("slow", nil) // never reads
		if err != nil {
			t.Fatal(err)
		}
		slow.send("J: room1\n")
		host.take()
		b.take()
		big := strings.Repeat("x", 10_000)
		sent := 0
		for ; !slices.Contains(host.take(), "text: D: 101\n"); sent++ {
			if sent > 11 {
				t.Fatalf("%d messages of 10 kB wait, and it is not closed", sent)
			}
			host.send("O: 101\n" + big)
			host.send("O: 100\n" + fmt.Sprint(sent))
		}
		want := []string{}
		for i := range sent {
			want = append(want, fmt.Sprintf("O: 1\n%d", i))
		}
		got := slices.DeleteFunc(b.take(), func(e string) bool { return e == "text: D: 101\n" })
		if !slices.Equal(got, texts(want...)) {
			t.Errorf("b got %q", got)
		}
		if s := w.server.Stats(); s.Closed["too slow"] != 1 || s.Members != 2 {
			t.Errorf("%+v", s)
		}
		synctest.Wait() // it is cut at once
		if s := w.server.Stats(); s.Connections != 2 {
			t.Errorf("%+v", s)
		}
	})
}

func TestWhoDoesNotAnswerPingsIsClosed(t *testing.T) {
	inWorld(t, numbered(signaling.Config{}), func(w *world) {
		host := w.connect("host")
		host.send("J: \n")
		dead := w.connect("dead")
		dead.mute.Store(true)
		dead.send("J: room1\n")
		host.take()
		dead.take()
		w.pass(39 * time.Second)
		host.expect()
		w.pass(time.Second)
		host.expect(texts("D: 100\n")...)
		dead.expect(`close 4000 "Does not answer pings"`)
		if s := w.server.Stats(); s.Connections != 1 || s.Closed["silent"] != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestWhoseConnectionIsStuckIsClosed(t *testing.T) {
	inWorld(t, numbered(signaling.Config{}), func(w *world) {
		host := w.connect("host")
		host.send("J: \n")
		stuck, err := w.dial("stuck", nil) // never reads
		if err != nil {
			t.Fatal(err)
		}
		stuck.send("J: room1\n")
		host.take()
		w.pass(9 * time.Second)
		host.expect()
		w.pass(time.Minute) // a ping cannot be written
		host.expect(texts("D: 100\n")...)
		if s := w.server.Stats(); s.Connections != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestClientsArePingedEveryTenSeconds(t *testing.T) {
	inWorld(t, signaling.Config{}, func(w *world) {
		p := w.connect("p")
		p.send("J: \n")
		w.pass(time.Minute + time.Second)
		p.mu.Lock()
		defer p.mu.Unlock()
		pings := len(slices.DeleteFunc(p.log, func(e string) bool { return e != "ping" }))
		if pings != 6 {
			t.Errorf("%d pings in a minute", pings)
		}
	})
}

func TestPeersBeyondTheMostAreClosedWithTheReason(t *testing.T) {
	inWorld(t, signaling.Config{MaxPeers: 1}, func(w *world) {
		first := w.connect("first")
		first.send("J: \n")
		first.take()
		for range 5 {
			p := w.connect("next")
			p.expect(`close 4000 "Too many peers connected"`)
		}
		first.leave()
		p := w.connect("last")
		p.send("J: \n")
		if got := p.take(); len(got) != 2 {
			t.Errorf("got %q", got)
		}
	})
}

func TestConnectionsThatLingerAreBounded(t *testing.T) {
	inWorld(t, signaling.Config{MaxPeers: 1}, func(w *world) {
		for i := range 2 { // none reads, so the closing takes its time
			if _, err := w.dial("linger", nil); err != nil {
				t.Fatal(i, err)
			}
			synctest.Wait() // the server knows of it
		}
		if _, err := w.dial("more", nil); err == nil || !strings.Contains(err.Error(), "503") {
			t.Errorf("the error is %v, want one with 503", err)
		}
		if s := w.server.Stats(); s.Connections != 2 || s.Refused != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestOrigins(t *testing.T) {
	for _, test := range []struct {
		origins []string
		origin  string
		may     bool
	}{
		{nil, "https://anything.example", true},
		{nil, "", true},
		{[]string{}, "https://anything.example", false},
		{[]string{}, "", true},
		{[]string{}, "https://p.example", true}, // the server's own host
		{[]string{"*.game.example"}, "https://eu.game.example", true},
		{[]string{"*.game.example"}, "https://EU.Game.example", true},
		{[]string{"*.game.example"}, "https://game.example.evil", false},
		{[]string{"https://game.example"}, "https://game.example", true},
		{[]string{"https://game.example"}, "http://game.example", false},
		{[]string{"*"}, "null", false},
	} {
		inWorld(t, signaling.Config{Origins: test.origins}, func(w *world) {
			header := http.Header{}
			if test.origin != "" {
				header.Set("Origin", test.origin)
			}
			_, err := w.dial("p", header)
			if (err == nil) != test.may {
				t.Errorf("origins %q, a page of %q: %v", test.origins, test.origin, err)
			}
			if err != nil && !strings.Contains(err.Error(), "403") {
				t.Errorf("the error is %v, want one with 403", err)
			}
		})
	}
}

func TestCloseTellsEverybody(t *testing.T) {
	inWorld(t, signaling.Config{}, func(w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.send("J: \n")
		a.take()
		if err := w.server.Close(context.Background()); err != nil {
			t.Error(err)
		}
		a.expect(`close 1001 "Server is shutting down"`)
		b.expect(`close 1001 "Server is shutting down"`)
		if _, err := w.dial("late", nil); err == nil || !strings.Contains(err.Error(), "503") {
			t.Errorf("the error is %v, want one with 503", err)
		}
	})
}

func TestCloseDoesNotWaitForThoseWhoDoNotAnswer(t *testing.T) {
	inWorld(t, signaling.Config{}, func(w *world) {
		if _, err := w.dial("dead", nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		if err := w.server.Close(ctx); err != context.DeadlineExceeded {
			t.Errorf("the error is %v", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestARequestThatIsNoWebSocketIsRefused(t *testing.T) {
	inWorld(t, signaling.Config{}, func(w *world) {
		c := w.network.client()
		resp, err := c.Get("http://p.example/")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		c.CloseIdleConnections()
		if resp.StatusCode != http.StatusUpgradeRequired || w.server.Stats().Refused != 1 {
			t.Errorf("%s, %+v", resp.Status, w.server.Stats())
		}
	})
}

func TestAConnectionThatBreaksIsAMemberThatLeaves(t *testing.T) {
	inBoth(t, func(w *world, i int, host, b, c *player) {
		b.ws.CloseNow()
		host.expect(texts(dialects[i].gone(100))...)
	})
}

func TestMistakesInTheConfigAreNamed(t *testing.T) {
	_, err := signaling.NewServer(signaling.Config{
		MaxPeers: -1, MaxLobbies: -1, MaxMembers: -1, MaxMessageBytes: -1, MaxQueuedBytes: -1, MaxMessageRate: -1,
		JoinTimeout: -1, SealTimeout: -1, Origins: []string{"["}, SessionLobby: "a\nb",
	})
	if err == nil {
		t.Fatal("a server was made")
	}
	for _, name := range []string{"MaxPeers", "MaxLobbies", "MaxMembers", "MaxMessageBytes", "MaxQueuedBytes", "MaxMessageRate",
		"JoinTimeout", "SealTimeout", "Origins", "SessionLobby", "Session is nil"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not in:\n%v", name, err)
		}
	}
}
