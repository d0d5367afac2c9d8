package godot3

import (
	"os"
	"os/exec"
	"testing"
)

// Program is the headless engine that [Find] looks for.
const Program = "godot3-server"

// RequireVariable names the environment variable that turns a missing engine
// from a skipped test into a failed one. A run that is meant to include these
// tests sets it, so that it cannot pass by leaving them out.
const RequireVariable = "CROSSPEER_REQUIRE_INTEROP"

// Find returns the path of the engine. Without one the test is skipped, or
// fails where [RequireVariable] is set.
func Find(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath(Program)
	if err == nil {
		return path
	}
	const advice = "%s is not installed (%v); this test talks to a stock Godot 3.2 engine, " +
		"which Debian and Ubuntu have as package godot3-server"
	if os.Getenv(RequireVariable) != "" {
		t.Fatalf(advice+"; it is required because %s is set", Program, err, RequireVariable)
	}
	t.Skipf(advice, Program, err)
	return ""
}
