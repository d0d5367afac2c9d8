package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A point is one of the 105 behaviours that an implementation of the ENet
// protocol must have. The tests of a theme stand in a file of their own,
// checklist_*_test.go; a test's name begins with the point's number.
type point struct {
	number int
	name   string
	test   func(*testing.T)
}

const lastPoint = 105

// checklist holds all points that are tested in this package.
var checklist = [][]point{
	headerPoints, connectPoints, acceptPoints, parsePoints, reliablePoints, unreliablePoints,
	fragmentPoints, timePoints, disconnectPoints, robustPoints,
}

// elsewhere are the tests of other packages that a point needs besides, or
// instead: a socket, the range coder, the C library.
var elsewhere = map[int][]string{
	15:  {"crosspeer/enet/internal/rangecoder TestCompressVectors", "crosspeer/enet/internal/rangecoder TestDecompressVectors"},
	99:  {"crosspeer/internal/udpbatch TestAnErrorConcernsOneDatagram"},
	105: {"crosspeer/interop/cenet TestConnect"},
}

func runPoints(t *testing.T, points []point) {
	for _, p := range points {
		t.Run(fmt.Sprintf("%d %s", p.number, p.name), p.test)
	}
}

func TestChecklistHeader(t *testing.T)     { runPoints(t, headerPoints) }
func TestChecklistConnect(t *testing.T)    { runPoints(t, connectPoints) }
func TestChecklistAccept(t *testing.T)     { runPoints(t, acceptPoints) }
func TestChecklistParse(t *testing.T)      { runPoints(t, parsePoints) }
func TestChecklistReliable(t *testing.T)   { runPoints(t, reliablePoints) }
func TestChecklistUnreliable(t *testing.T) { runPoints(t, unreliablePoints) }
func TestChecklistFragments(t *testing.T)  { runPoints(t, fragmentPoints) }
func TestChecklistTime(t *testing.T)       { runPoints(t, timePoints) }
func TestChecklistDisconnect(t *testing.T) { runPoints(t, disconnectPoints) }
func TestChecklistRobustness(t *testing.T) { runPoints(t, robustPoints) }

func TestEveryPointHasATest(t *testing.T) {
	tests := map[int]int{}
	for _, points := range checklist {
		for _, p := range points {
			tests[p.number]++
		}
	}
	for n := 1; n <= lastPoint; n++ {
		if tests[n] > 1 {
			t.Errorf("point %d has %d tests of its number", n, tests[n])
		}
		if tests[n] == 0 && len(elsewhere[n]) == 0 {
			t.Errorf("point %d has no test", n)
		}
		delete(tests, n)
	}
	for n := range tests {
		t.Errorf("there is no point %d", n)
	}
}

func TestTestsElsewhereExist(t *testing.T) {
	for n, names := range elsewhere {
		for _, name := range names {
			pkg, test, _ := strings.Cut(name, " ")
			dir := filepath.Join("..", "..", "..", filepath.FromSlash(strings.TrimPrefix(pkg, "crosspeer/")))
			files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, f := range files {
				b, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				found = found || strings.Contains(string(b), "\nfunc "+test+"(")
			}
			if !found {
				t.Errorf("point %d: package %s has no test %s", n, pkg, test)
			}
		}
	}
}

// policies runs a test under both policies.
func policies(t *testing.T, test func(t *testing.T, cfg Config)) {
	t.Run("modern", func(t *testing.T) { test(t, Config{}) })
	t.Run("libenet", func(t *testing.T) { test(t, Config{Libenet: true}) })
}

var recordings = struct {
	behaviour func() behaviourFile
	sessions  func() sessionFile
}{
	sync.OnceValue(func() (f behaviourFile) { mustReadJSON("testdata/enet-behaviour.json", &f); return f }),
	sync.OnceValue(func() (f sessionFile) { mustReadJSON("testdata/enet-handshake.json", &f); return f }),
}

// recorded replays the recorded scenarios of libenet whose names begin with
// one of the prefixes.
func recorded(t *testing.T, prefixes ...string) {
	for _, prefix := range prefixes {
		found := false
		for _, sc := range recordings.behaviour().Scenarios {
			if strings.HasPrefix(sc.Name, prefix) {
				found = true
				t.Run(sc.Name, sc.replay)
			}
		}
		if !found {
			t.Errorf("no scenario is called %q", prefix)
		}
	}
}

// recordedSession replays recorded sessions between two libenet hosts.
func recordedSession(t *testing.T, names ...string) {
	for _, name := range names {
		found := false
		for _, s := range recordings.sessions().Sessions {
			if s.Name == name {
				found = true
				t.Run(name, func(t *testing.T) { newReplay(t, s).run() })
			}
		}
		if !found {
			t.Errorf("no session is called %q", name)
		}
	}
}
