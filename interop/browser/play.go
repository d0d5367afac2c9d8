package browser

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"

	"crosspeer"
)

// Play is a tab that shows the play page.
type Play struct{ *Tab }

// Play opens the play page of the server at base.
func (b *Browser) Play(base string) *Play {
	b.t.Helper()
	p := &Play{b.Open(base + "/play/")}
	p.State("idle")
	return p
}

// State waits until the page's connection is in a state: idle, connecting,
// connected, ended or failed.
func (p *Play) State(want string) {
	p.t.Helper()
	p.Until(fmt.Sprintf("document.body?.dataset.state === %s && document.readyState === 'complete'", literal(want)))
}

// Join chooses a transport, connects, and gives the id that the page shows.
func (p *Play) Join(transport string) (id crosspeer.PeerID) {
	p.t.Helper()
	p.Click(fmt.Sprintf("input[name=transport][value=%s]", transport))
	p.Click("#join-button")
	p.State("connected")
	words := p.Text("#status-text")
	if _, err := fmt.Sscanf(words, "You are peer %d", &id); err != nil {
		p.t.Fatalf("the page says %q", words)
	}
	return id
}

// Click clicks what a selector finds.
func (p *Play) Click(selector string) {
	p.t.Helper()
	p.Eval(fmt.Sprintf("document.querySelector(%s).click()", literal(selector)), nil)
}

// Type replaces the text of a field, as somebody at the keyboard would.
func (p *Play) Type(selector, text string) {
	p.t.Helper()
	p.Eval(fmt.Sprintf("(() => { const f = document.querySelector(%s); f.focus(); f.select(); })()", literal(selector)), nil)
	p.Keys(text)
}

// Keys presses keys.
func (p *Play) Keys(keys string) {
	p.t.Helper()
	run(p.Tab, "typing", chromedp.KeyEvent(keys))
}

// Send sends text with the page's form.
func (p *Play) Send(to crosspeer.PeerID, mode crosspeer.TransferMode, text string) {
	p.t.Helper()
	p.Eval(fmt.Sprintf("(() => { const s = document.querySelector('#target'); s.value = '%d'; s.dispatchEvent(new Event('change', {bubbles: true})); })()", to), nil)
	p.Click("input[name=mode][value=" + mode.String() + "]")
	p.Type("#text", text)
	p.Keys("\r")
}

// Text is the visible text of what a selector finds.
func (p *Play) Text(selector string) (text string) {
	p.t.Helper()
	p.Eval(fmt.Sprintf("document.querySelector(%s).innerText", literal(selector)), &text)
	return strings.TrimSpace(text)
}

// Logged waits until a line of the log has all of some words, and gives the
// line.
func (p *Play) Logged(words ...string) (line string) {
	p.t.Helper()
	find := fmt.Sprintf("[...document.querySelectorAll('#log .entry')].map((e) => e.innerText).find((t) => %s.every((w) => t.includes(w)))", literal(words))
	p.Until(find)
	p.Eval(find, &line)
	return line
}

// RoundTrip is what the table of peers shows for one.
func (p *Play) RoundTrip(id crosspeer.PeerID) string {
	p.t.Helper()
	return p.Text(fmt.Sprintf("#peers tr:has([aria-label=%s]) .rtt", literal("Send to "+name(id))))
}

func name(id crosspeer.PeerID) string {
	if id == crosspeer.TargetServer {
		return "the server"
	}
	return id.String()
}
