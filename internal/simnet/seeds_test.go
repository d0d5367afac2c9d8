package simnet

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// fakeTB records what the helpers do to a test.
type fakeTB struct {
	testing.TB
	name            string
	failed, skipped bool
	logged          []string
	cleanups        []func()
}

func (f *fakeTB) Name() string     { return f.name }
func (f *fakeTB) Helper()          {}
func (f *fakeTB) Failed() bool     { return f.failed }
func (f *fakeTB) Skipped() bool    { return f.skipped }
func (f *fakeTB) Log(args ...any)  { f.logged = append(f.logged, fmt.Sprint(args...)) }
func (f *fakeTB) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }
func (f *fakeTB) Fatalf(format string, args ...any) {
	f.logged = append(f.logged, fmt.Sprintf(format, args...))
	f.failed = true
	runtime.Goexit()
}

// alone runs f in a goroutine that f may end, by Goexit or a panic.
func alone(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		f()
	}()
	<-done
}

func TestSeedsFollowTheArgumentAndTheEnvironment(t *testing.T) {
	tests := []struct {
		name        string
		n           int
		seed, seeds string
		want        []uint64
		log         string
	}{
		{"from one to n", 3, "", "", []uint64{1, 2, 3}, ""},
		{"none", 0, "", "", nil, ""},
		{"none for a negative count", -1, "", "", nil, ""},
		{"more by SIM_SEEDS", 2, "", "4", []uint64{1, 2, 3, 4}, ""},
		{"but not fewer", 3, "", "1", []uint64{1, 2, 3}, ""},
		{"one by SIM_SEED", 3, "12345", "", []uint64{12345}, ""},
		{"one by SIM_SEED although SIM_SEEDS is set", 3, "18446744073709551615", "9", []uint64{1<<64 - 1}, ""},
		{"a SIM_SEED in hexadecimal", 3, "0xff", "", []uint64{255}, ""},
		{"no SIM_SEED that is no number", 3, "abc", "", nil, `SIM_SEED = "abc", want a number, 0 or more`},
		{"no SIM_SEEDS below zero", 3, "", "-1", nil, `SIM_SEEDS = "-1", want a number, 0 or more`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("SIM_SEED", tt.seed)
			t.Setenv("SIM_SEEDS", tt.seeds)
			f := &fakeTB{name: "TestX"}
			var got []uint64
			alone(func() { got = slices.Collect(Seeds(f, tt.n)) })
			if !slices.Equal(got, tt.want) || strings.Join(f.logged, "\n") != tt.log {
				t.Errorf("seeds %v, log %q, want %v and %q", got, f.logged, tt.want, tt.log)
			}
		})
	}
}

func TestAFailureUnderASeedIsLoggedOnceAndEndsTheLoop(t *testing.T) {
	const line = "repeat: SIM_SEED=2 go test ./internal/simnet -run '^TestX$'"
	tests := []struct {
		name string
		body func(f *fakeTB, seed uint64) bool // false is break
		log  string
		last uint64
	}{
		{"no failure", func(*fakeTB, uint64) bool { return true }, "", 4},
		{"an error", func(f *fakeTB, s uint64) bool { f.failed = f.failed || s == 2; return true }, line, 2},
		{"an error and a break", func(f *fakeTB, s uint64) bool { f.failed = s == 2; return s < 2 }, line, 2},
		{"a fatal error", func(f *fakeTB, s uint64) bool {
			if s == 2 {
				f.failed = true
				runtime.Goexit()
			}
			return true
		}, line, 2},
		{"a panic", func(_ *fakeTB, s uint64) bool {
			if s == 2 {
				panic("broken")
			}
			return true
		}, line, 2},
		{"a skip is no failure", func(f *fakeTB, s uint64) bool {
			if s == 3 {
				f.skipped = true
				runtime.Goexit()
			}
			return true
		}, "", 3},
		{"a break is no failure", func(_ *fakeTB, s uint64) bool { return s < 3 }, "", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("SIM_SEED", "")
			t.Setenv("SIM_SEEDS", "")
			f, last := &fakeTB{name: "TestX"}, uint64(0)
			alone(func() {
				for seed := range Seeds(f, 4) {
					last = seed
					if !tt.body(f, seed) {
						break
					}
				}
			})
			if got := strings.Join(f.logged, "\n"); got != tt.log || last != tt.last {
				t.Errorf("log %q, last seed %d, want %q and %d", got, last, tt.log, tt.last)
			}
		})
	}
}

func TestATestThatHasFailedGetsNoSeeds(t *testing.T) {
	f := &fakeTB{name: "TestX", failed: true}
	for seed := range Seeds(f, 4) {
		t.Errorf("seed %d", seed)
	}
	if len(f.logged) != 0 {
		t.Errorf("log %q", f.logged)
	}
}

func TestRepeatLogsOnlyWhenTheTestHasFailed(t *testing.T) {
	for _, failed := range []bool{false, true} {
		f := &fakeTB{name: "TestX/a sub-test"}
		Repeat(f, 99)
		f.failed = failed
		for _, c := range f.cleanups {
			c()
		}
		var want []string
		if failed {
			want = []string{"repeat: SIM_SEED=99 go test ./internal/simnet -run '^TestX$/^a sub-test$'"}
		}
		if !slices.Equal(f.logged, want) {
			t.Errorf("failed %v: log %q, want %q", failed, f.logged, want)
		}
	}
}

func TestTheRunPatternIsQuoted(t *testing.T) {
	tests := []struct{ name, want string }{
		{"TestX", `'^TestX$'`},
		{"TestX/20%_loss_(both)", `'^TestX$/^20%_loss_\(both\)$'`},
		{"TestX/a/b#01", `'^TestX$/^a$/^b#01$'`},
		{"TestX/it's", `'^TestX$/^it'\''s$'`},
	}
	for _, tt := range tests {
		if got := quote(runPattern(tt.name)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestThePackageIsFoundFromTheDirectory(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := packageAt(deep, nil); got != "." && !strings.HasPrefix(got, "./") {
		t.Errorf("without go.mod: %q", got)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{root: ".", deep: "./a/b", filepath.Dir(deep): "./a"} {
		if got := packageAt(dir, nil); got != want {
			t.Errorf("in %s: %q, want %q", dir, got, want)
		}
	}
	if got := packageAt("", os.ErrNotExist); got != "." {
		t.Errorf("with an error: %q", got)
	}
}

// TestVictim fails on purpose, when the test below runs it in a process.
func TestVictim(t *testing.T) {
	how := os.Getenv("SIM_VICTIM")
	if how == "" {
		t.Skip("part of TestTheLoggedLineRepeatsTheCase")
	}
	fails := func(seed uint64) bool { return seed%7 == 5 }
	for _, name := range []string{"plain", "it's (20% loss)/deep"} {
		t.Run(name, func(t *testing.T) {
			for seed := range Seeds(t, 20) {
				t.Logf("seed %d", seed)
				switch {
				case !fails(seed):
				case how == "error":
					t.Error("victim")
				case how == "fatal":
					t.Fatal("victim")
				case how == "panic":
					panic("victim")
				case how == "sub-test":
					t.Run("inner", func(t *testing.T) { t.Fatal("victim") })
				case how == "bubble":
					synctest.Test(t, func(t *testing.T) { t.Fatal("victim") })
				case how == "parallel":
					t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { t.Parallel(); Repeat(t, seed); t.Fatal("victim") })
				}
			}
		})
	}
}

func TestTheLoggedLineSaysHowLongTheRunWas(t *testing.T) {
	t.Setenv("SIM_HOURS", "0.5")
	const want = "repeat: SIM_SEED=7 SIM_HOURS='0.5' go test -timeout 24h ./internal/simnet -run '^TestTheLoggedLineSaysHowLongTheRunWas$'"
	if got := repeatLine(t, 7); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTheLoggedLineRepeatsTheCase(t *testing.T) {
	line := regexp.MustCompile(`repeat: SIM_SEED=(\d+) go test (\S+) -run '(.*)'\n`)
	run := func(how, seed, pattern string) string {
		cmd := exec.Command(os.Args[0], "-test.v", "-test.run", pattern)
		cmd.Env = append(os.Environ(), "SIM_VICTIM="+how, "SIM_SEED="+seed, "SIM_SEEDS=")
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Fatalf("the victim of %s passed with -run %s:\n%s", how, pattern, out)
		}
		return string(out)
	}
	for _, how := range []string{"error", "fatal", "panic", "sub-test", "bubble", "parallel"} {
		t.Run(how, func(t *testing.T) {
			out := run(how, "", "^TestVictim$/^it's_/deep")
			lines := line.FindAllStringSubmatch(out, -1)
			want := 1
			if how == "parallel" {
				want = 3 // none of them ends the loop: 5, 12 and 19
			}
			if len(lines) != want {
				t.Fatalf("%d lines to repeat, want %d:\n%s", len(lines), want, out)
			}
			seed, pkg, pattern := lines[0][1], lines[0][2], strings.ReplaceAll(lines[0][3], `'\''`, "'")
			if pkg != "./internal/simnet" || (how != "parallel" && seed != "5") {
				t.Errorf("seed %s of package %s, want 5 of ./internal/simnet", seed, pkg)
			}
			again := run(how, seed, pattern)
			if got := strings.Count(again, "seed "); got != 1 || !strings.Contains(again, "seed "+seed+"\n") {
				t.Errorf("the repetition ran %d seeds, want only %s:\n%s", got, seed, again)
			}
			if strings.Contains(again, "TestVictim/plain") {
				t.Errorf("the repetition ran another sub-test:\n%s", again)
			}
		})
	}
}
