package browser

import (
	"os"
	"os/exec"
	"testing"
)

// Programs are the names under which [Find] looks for the browser.
var Programs = []string{"chromium", "chromium-browser", "google-chrome"}

// RequireVariable names the environment variable that turns a missing browser
// from a skipped test into a failed one.
const RequireVariable = "CROSSPEER_REQUIRE_INTEROP"

// Find returns the path of the browser. Without one the test is skipped, or
// fails where [RequireVariable] is set.
func Find(t testing.TB) string {
	t.Helper()
	for _, name := range Programs {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const advice = "none of %v is installed; this test runs pages in a real Chromium, " +
		"which Debian and Ubuntu have as package chromium"
	if os.Getenv(RequireVariable) != "" {
		t.Fatalf(advice+"; it is required because %s is set", Programs, RequireVariable)
	}
	t.Skipf(advice, Programs)
	return ""
}
