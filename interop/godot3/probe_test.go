package godot3

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// probe stands in for a test that is meant to fail, so that a test can look at
// the failure.
type probe struct {
	testing.TB // for what is not replaced below, such as TempDir

	failed, skipped bool
	messages        []string
	cleanups        []func()
}

// tryOut runs a test body as the testing package would, clean-up included.
func tryOut(t *testing.T, body func(testing.TB)) *probe {
	t.Helper()
	p := &probe{TB: t}
	inGoroutine := func(f func()) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			f()
		}()
		<-done
	}
	inGoroutine(func() { body(p) })
	for _, f := range slices.Backward(p.cleanups) {
		inGoroutine(f)
	}
	return p
}

// said returns everything that was reported.
func (p *probe) said() string { return strings.Join(p.messages, "\n") }

// mustFail checks that the body failed and that what it said has all parts.
func (p *probe) mustFail(t *testing.T, parts ...string) {
	t.Helper()
	if !p.failed {
		t.Errorf("the test passed")
	}
	for _, part := range parts {
		if !strings.Contains(p.said(), part) {
			t.Errorf("the failure does not say %q:\n%s", part, p.said())
		}
	}
}

func (p *probe) Helper()          {}
func (p *probe) Failed() bool     { return p.failed }
func (p *probe) Cleanup(f func()) { p.cleanups = append(p.cleanups, f) }

func (p *probe) Logf(format string, args ...any) {
	p.messages = append(p.messages, fmt.Sprintf(format, args...))
}

func (p *probe) Errorf(format string, args ...any) {
	p.failed = true
	p.Logf(format, args...)
}

func (p *probe) Fatalf(format string, args ...any) {
	p.Errorf(format, args...)
	runtime.Goexit()
}

func (p *probe) Fatal(args ...any) { p.Fatalf("%s", fmt.Sprint(args...)) }

func (p *probe) Skipf(format string, args ...any) {
	p.skipped = true
	p.Logf(format, args...)
	runtime.Goexit()
}
