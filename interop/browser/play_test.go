package browser

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"crosspeer"
)

func TestAVisitorSeesThePeersAndExchangesPackets(t *testing.T) {
	every(t, func(t *testing.T, transport string) {
		s := serve(t, nil)
		g := s.join()
		b := browse(t)
		one, two := b.Play(s.base), b.Play(s.base)
		first, second := one.Join(transport), two.Join(transport)
		one.Until("document.querySelectorAll('#peers tr').length === 3")
		two.Until("document.querySelectorAll('#peers tr').length === 3")
		one.Logged(fmt.Sprintf("peer %d is there", second))

		one.Send(crosspeer.TargetBroadcast, crosspeer.Reliable, "to all")
		two.Logged(fmt.Sprintf("%d → all", first), "to all", "reliable")
		one.Logged("you → all", "to all", "6 bytes")
		one.Send(second, crosspeer.Unreliable, "to one")
		two.Logged(fmt.Sprintf("→ %d", second), "to one")
		one.Send(crosspeer.TargetServer, crosspeer.UnreliableOrdered, "to the server")
		one.Send(crosspeer.AllExcept(g.UniqueID()), crosspeer.Reliable, "not to Go")
		two.Logged(fmt.Sprintf("all but %d", g.UniqueID()), "not to Go")
		two.Send(g.UniqueID(), crosspeer.Reliable, "to Go")
		s.Send(first, crosspeer.Reliable, "from the server")
		one.Logged("server →", "from the server")

		if got := texts(g, "to Go"); got != "to all, to Go" {
			t.Errorf("the Go client got %s", got)
		}
		if got := texts(s.goPeer, "not to Go"); got != "to all, to the server, not to Go" {
			t.Errorf("the server got %s", got)
		}
		two.Click("#join-button")
		two.State("idle")
		one.Logged(fmt.Sprintf("peer %d has gone", second))
	})
}

// texts waits until a Go peer has got a text, and gives all but the page's
// questions for round-trip times.
func texts(g *goPeer, last string) string {
	g.t.Helper()
	var all []string
	for n := 1; ; n++ {
		p := g.Packets(n)[n-1]
		if isQuestion(p) {
			continue
		}
		all = append(all, p.Data)
		if p.Data == last {
			return strings.Join(all, ", ")
		}
	}
}

func isQuestion(p Packet) bool { return strings.HasPrefix(p.Data, "\xffplay?") }

func TestAVisitorReadsWhyItFailedAndTriesAgain(t *testing.T) {
	s := serve(t, nil)
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := nobody.Addr().String()
	nobody.Close()
	p := browse(t).Play(s.base)
	own := s.url("websocket")
	for _, tt := range []struct{ address, title, words, hint string }{
		{"ws://" + free + "/ws", "Could not connect", "No WebSocket at ws://" + free + "/ws.", "Check that the server runs at " + free},
		{"enet://" + free, "Could not connect", "no address of a session", "ws://host:8080/ws"},
		{"rtc+ws://" + free + "/rtc", "Could not connect", free, "Check that the server runs"},
	} {
		p.Type("#address", tt.address)
		p.Keys("\r")
		p.State("failed")
		for selector, want := range map[string]string{"#status-title": tt.title, "#status-text": tt.words, "#status-hint": tt.hint} {
			if got := p.Text(selector); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q, want %q in it", tt.address, selector, got, want)
			}
		}
		p.Logged("failed: ")
	}
	p.Type("#address", own)
	p.Keys("\r")
	p.State("connected")
	var transport string
	if p.Eval("document.querySelector('input[name=transport]:checked').value", &transport); transport != "websocket" {
		t.Errorf("the address is WebSocket's and the page shows %s", transport)
	}
	s.Sees(1)
	if err := s.Disconnect(s.Peers()[0], "the game is over"); err != nil {
		t.Fatal(err)
	}
	p.State("ended")
	if got := p.Text("#status-text"); !strings.Contains(got, "he game is over") {
		t.Errorf("the page says %q", got)
	}
	p.Click("#join-button")
	p.State("connected")
}

func TestPagesMeasureEachOtherAndLeaveGamesInPeace(t *testing.T) {
	s := serve(t, nil)
	g := s.join()
	b := browse(t)
	one, two := b.Play(s.base), b.Play(s.base)
	first, second := one.Join("websocket"), two.Join("websocket")
	one.Until("[...document.querySelectorAll('#peers .rtt')].filter((e) => e.innerText.endsWith(' ms')).length === 1")
	two.Until("[...document.querySelectorAll('#peers .rtt')].filter((e) => e.innerText.endsWith(' ms')).length === 1")
	for _, tt := range []struct {
		page *Play
		id   crosspeer.PeerID
		want bool
	}{
		{one, second, true}, {two, first, true}, {one, g.UniqueID(), false}, {one, crosspeer.TargetServer, false},
	} {
		if got := tt.page.RoundTrip(tt.id); strings.HasSuffix(got, " ms") != tt.want || !tt.want && got != "–" {
			t.Errorf("the round trip to %d is shown as %q", tt.id, got)
		}
	}
	one.Send(crosspeer.TargetBroadcast, crosspeer.Reliable, "the end")
	two.Logged("the end")
	for _, p := range []*Play{one, two} {
		if log := p.Text("#log"); strings.Contains(log, "play?") || strings.Contains(log, "hex") {
			t.Errorf("questions are in the log:\n%s", log)
		}
	}
	// Nothing of it goes to the server, which is no page.
	if got := s.Packets(1); len(got) != 1 || got[0].Data != "the end" {
		t.Errorf("the server got %v", got)
	}
	for _, p := range g.Packets(1) {
		if p.Data != "the end" && !isQuestion(p) {
			t.Errorf("the Go client got %q", p.Data)
		}
	}
}

func TestOverWebRTCThePageShowsTheServersRoundTripToo(t *testing.T) {
	s := serve(t, nil)
	p := browse(t).Play(s.base)
	p.Join("webrtc")
	p.Until("document.querySelector('#peers .rtt').innerText.endsWith(' ms')")
	if got := p.Text("#send-note"); got != "Arrives once and in order." {
		t.Errorf("the page says %q of reliable packets", got)
	}
	p.Click("input[name=mode][value=unreliable]")
	if got := p.Text("#send-note"); got != "May be lost or arrive out of order." {
		t.Errorf("the page says %q of unreliable packets", got)
	}
}

func TestWhatPeersSendIsShownAndNeverRun(t *testing.T) {
	s := serve(t, nil)
	p := browse(t).Play(s.base)
	id := p.Join("websocket")
	const evil = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`
	s.Send(id, crosspeer.Reliable, evil)
	p.Logged(evil)
	s.Send(id, crosspeer.Reliable, "\x00\x01\xff")
	p.Logged("00 01 ff", "hex")
	s.Send(id, crosspeer.Reliable, "\x04raw")
	p.Logged("raw", "send_bytes")
	s.Send(id, crosspeer.Reliable, "")
	p.Logged("no bytes")
	for i := range 3000 {
		s.Send(id, crosspeer.Reliable, fmt.Sprint("number ", i))
	}
	p.Logged("number 2999")
	var entries int
	if p.Eval("document.querySelectorAll('#log .entry').length", &entries); entries != 500 {
		t.Errorf("the log has %d entries, want 500", entries)
	}
	var title string
	if p.Eval("document.title", &title); title != "Crosspeer – play" {
		t.Errorf("the title is %q", title)
	}
}

func TestEverythingIsReachedWithTheKeyboard(t *testing.T) {
	s := serve(t, nil)
	p := browse(t).Play(s.base)
	p.Eval("document.body.focus()", nil)
	// Connect by keyboard alone: to the address, and Enter.
	p.Keys("\t\t\r")
	p.State("connected")
	var controls, unnamed []string
	p.Eval(`[...document.querySelectorAll("input, select, button")].filter((e) => !e.labels?.length && !e.innerText && !e.ariaLabel).map((e) => e.outerHTML)`, &unnamed)
	if len(unnamed) > 0 {
		t.Errorf("without a name: %q", unnamed)
	}
	p.Eval(`[...document.querySelectorAll("input, select, button, [tabindex]")].filter((e) => e.type !== "radio" && !e.disabled).map((e) => e.id || e.ariaLabel || e.className || e.innerText).concat("transport", "mode")`, &controls)
	p.Eval(`(() => { globalThis.reached = new Set(); document.addEventListener("focusin", (e) => {
		const f = e.target;
		reached.add(f.type === "radio" ? f.name : f.id || f.ariaLabel || f.className || f.innerText);
		const shown = f.type === "radio" ? f.nextElementSibling : f;
		if (getComputedStyle(shown).outlineStyle === "none") reached.add("not visible: " + f.outerHTML);
	}); })()`, nil)
	p.Keys(strings.Repeat("\t", len(controls)+4))
	var reached []string
	p.Eval("[...reached]", &reached)
	for _, c := range controls {
		if c != "transport" && !slices.Contains(reached, c) { // its choices are disabled while connected
			t.Errorf("%q is not reached; reached are %q", c, reached)
		}
	}
	for _, r := range reached {
		if strings.HasPrefix(r, "not visible") {
			t.Error(r)
		}
	}
}

func TestThePageFitsItsWindowAndNothingMoves(t *testing.T) {
	s := serve(t, nil)
	for _, size := range []struct{ width, height int64 }{{360, 740}, {768, 1024}, {1280, 800}, {1920, 1080}} {
		t.Run(fmt.Sprint(size.width), func(t *testing.T) {
			p := browse(t).Play(s.base)
			run(p.Tab, "resizing", chromedp.EmulateViewport(size.width, size.height))
			tops := func() (at [5]float64) {
				t.Helper()
				p.Eval(`["#status", "#peers-panel", "#log-panel", ".log-box", "#send"].map((s) => document.querySelector(s).getBoundingClientRect().top + scrollY)`, &at)
				var over float64
				if p.Eval("document.documentElement.scrollWidth - innerWidth", &over); over > 0 {
					t.Errorf("%v pixels too wide", over)
				}
				return at
			}
			idle := tops()
			p.Type("#address", "ws://"+strings.TrimPrefix(s.base, "http://")+"/none")
			p.Keys("\r")
			p.State("failed")
			if failed := tops(); failed != idle {
				t.Errorf("panels move from %v to %v with a failure", idle, failed)
			}
			p.Type("#address", s.url("websocket"))
			p.Join("websocket")
			p.Send(crosspeer.TargetServer, crosspeer.Reliable, strings.Repeat("long words ", 20))
			p.Logged("long words")
			if connected := tops(); connected != idle {
				t.Errorf("panels move from %v to %v with a connection", idle, connected)
			}
		})
	}
}
