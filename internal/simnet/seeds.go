package simnet

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Seeds yields the seeds of a test that runs once per seed: 1 to n, for a loop
// in the test function. The environment changes that:
//
//   - SIM_SEED=s yields only s.
//   - SIM_SEEDS=m yields 1 to m where m is above n.
//
// When the body fails or panics under a seed, Seeds logs one line with the
// command that repeats that seed alone, and the loop ends: later failures could
// not be told apart. A test that has failed before the loop gets no seeds.
//
// A body that starts a parallel sub-test is over before the sub-test fails;
// call [Repeat] in the sub-test then.
func Seeds(t testing.TB, n int) iter.Seq[uint64] {
	t.Helper()
	first, count := uint64(1), uint64(max(n, 0))
	if s, ok := number(t, "SIM_SEED"); ok {
		first, count = s, 1
	} else if m, ok := number(t, "SIM_SEEDS"); ok {
		count = max(count, m)
	}
	return func(yield func(uint64) bool) {
		for i := range count {
			if t.Failed() || !try(t, first+i, yield) {
				return
			}
		}
	}
}

// Repeat logs, when the test has failed in the end, the line with the command
// that repeats it with this seed. It is for a test that is not in a loop over
// [Seeds] itself but gets its seed from one. The name of a sub-test must not
// depend on the seeds before it: "seed=12" does not, "run" does, because the
// second of that name becomes "run#01".
func Repeat(t testing.TB, seed uint64) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(repeatLine(t, seed))
		}
	})
}

// try runs the body of a loop for one seed. The body may end with
// runtime.Goexit (t.FailNow) or a panic, so the line is logged in a defer.
func try(t testing.TB, seed uint64, yield func(uint64) bool) (more bool) {
	returned := false
	defer func() {
		if t.Failed() || !returned && !t.Skipped() {
			t.Log(repeatLine(t, seed))
		}
	}()
	more = yield(seed)
	returned = true
	return more
}

func number(t testing.TB, name string) (uint64, bool) {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return 0, false
	}
	v, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		t.Fatalf("%s = %q, want a number, 0 or more", name, s)
	}
	return v, true
}

// repeatLine returns the command for a POSIX shell in the root of the module.
func repeatLine(t testing.TB, seed uint64) string {
	hours, limit := os.Getenv("SIM_HOURS"), "" // of package sim
	if hours != "" {
		hours, limit = " SIM_HOURS="+quote(hours), " -timeout 24h"
	}
	return fmt.Sprintf("repeat: SIM_SEED=%d%s go test%s %s -run %s", seed, hours, limit, testPackage, quote(runPattern(t.Name())))
}

// runPattern returns the pattern of go test -run for exactly one test.
func runPattern(name string) string {
	levels := strings.Split(name, "/")
	for i, l := range levels {
		levels[i] = "^" + regexp.QuoteMeta(l) + "$"
	}
	return strings.Join(levels, "/")
}

func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// testPackage is the package under test, relative to the root of the module.
// go test starts a test in the directory of its package; the value is taken
// before a test can change that.
var testPackage = packageAt(os.Getwd())

func packageAt(dir string, err error) string {
	if err != nil {
		return "."
	}
	for root := dir; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			rel, err := filepath.Rel(root, dir)
			if err != nil || rel == "." {
				return "."
			}
			return "./" + filepath.ToSlash(rel)
		}
		if root == filepath.Dir(root) {
			return "."
		}
	}
}
