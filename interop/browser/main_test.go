package browser

import (
	"context"
	"os"
	"sync"
	"testing"
)

// shared is the browser of all tests, which takes its time to start.
var shared struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.stop != nil {
		shared.stop()
	}
	os.Exit(code)
}

// browse gives a test the browser. Its tabs are closed with the test.
func browse(t *testing.T) *Browser {
	t.Helper()
	path := Find(t)
	shared.once.Do(func() { shared.ctx, shared.stop, shared.err = Launch(path) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return &Browser{t, shared.ctx}
}
