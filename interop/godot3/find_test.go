package godot3

import (
	"strings"
	"testing"
)

func TestFindWithoutAnEngine(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv(RequireVariable, "")
	if p := tryOut(t, func(t testing.TB) { Find(t) }); !p.skipped || !strings.Contains(p.said(), "godot3-server is not installed") {
		t.Errorf("the test was not skipped with a notice, it said: %s", p.said())
	}
	t.Setenv(RequireVariable, "1")
	tryOut(t, func(t testing.TB) { Find(t) }).mustFail(t, "godot3-server is not installed", RequireVariable)
}
