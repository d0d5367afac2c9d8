package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// inPage is what the tests have in every page: until and member.
//
//go:embed page.js
var inPage string

// stockGame is what plays a stock Godot game in a page: stock.
//
//go:embed stock.js
var stockGame string

// Tab is a page in a browser.
type Tab struct {
	t    testing.TB
	ctx  context.Context
	Kill context.CancelFunc // closes the tab without asking the page

	mu     sync.Mutex
	faults []string
}

// Open opens a tab and goes to a URL. At the end of the test the tab must be
// without faults.
func (b *Browser) Open(url string) *Tab {
	b.t.Helper()
	tab := &Tab{t: b.t}
	tab.ctx, tab.Kill = chromedp.NewContext(b.ctx, chromedp.WithListener(tab.watch))
	b.t.Cleanup(tab.Kill)
	b.t.Cleanup(func() {
		if faults := tab.Faults(); len(faults) > 0 {
			b.t.Errorf("in the page at %s: %s", url, strings.Join(faults, "\n"))
		}
	})
	// The tab lives as long as the context of its first action: no time-out.
	err := chromedp.Do(tab.ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		script := page.AddScriptToEvaluateOnNewDocumentParams{Source: inPage + stockGame}
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, script)
		return err
	}))
	if err != nil {
		b.t.Fatalf("opening a tab: %v", err)
	}
	tab.Go(url)
	return tab
}

// watch notes exceptions that nobody caught, and breaches of the page's
// policy.
func (tab *Tab) watch(ev any) {
	var fault string
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		fault = (&chromedp.ExceptionError{ExceptionDetails: ev.ExceptionDetails}).Error()
	case *cdplog.EventEntryAdded:
		if e := ev.Entry; e.Source == cdplog.EntrySourceSecurity || strings.Contains(e.Text, "Content Security Policy") {
			fault = e.Text
		}
	}
	if fault != "" {
		tab.mu.Lock()
		tab.faults = append(tab.faults, fault)
		tab.mu.Unlock()
	}
}

// Faults are what has gone wrong in the page so far.
func (tab *Tab) Faults() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.faults)
}

// Go goes to a URL and waits until it is loaded.
func (tab *Tab) Go(url string) {
	tab.t.Helper()
	run(tab, "going to "+url, chromedp.Navigate(url))
}

// Reload loads the page again.
func (tab *Tab) Reload() {
	tab.t.Helper()
	run(tab, "reloading", chromedp.Reload())
}

// run does something in a tab and gives what comes of it.
func run[T any](tab *Tab, what string, action chromedp.Action[T]) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, action)
	if err != nil {
		tab.t.Fatalf("%s: %v; the page's faults: %q", what, err, tab.Faults())
	}
	return got
}

// Eval gives what an expression is, or what its promise gives, into out,
// unless that is nil.
func (tab *Tab) Eval(expression string, out any) {
	tab.t.Helper()
	got := run(tab, expression, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise))
	if out == nil {
		return
	}
	if err := json.Unmarshal(got, out); err != nil {
		tab.t.Fatalf("%s is %s: %v", expression, got, err)
	}
}

// Until waits until an expression is true in the page.
func (tab *Tab) Until(expression string) {
	tab.t.Helper()
	tab.Eval(fmt.Sprintf("until(%s, () => %s)", literal(expression), expression), nil)
}

// literal is a value as JavaScript.
func literal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the tests only have plain values
	}
	return string(b)
}
