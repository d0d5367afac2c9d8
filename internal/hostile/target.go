package hostile

import (
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

const (
	// MaxAllocation is the most bytes that parsing an input of at most
	// SmallInput bytes may allocate, whatever the input claims.
	MaxAllocation = 64 << 10
	SmallInput    = 2 << 10

	// damaged is how many damaged seeds an ordinary run measures.
	damaged = 2000

	// batch is how many inputs are measured at once while they stay under the
	// bound together.
	batch = 8

	// longest is the longest damaged input of a counted run.
	longest = 4 << 10
)

// Fuzz runs a fuzz target in the way that was asked for: as go test -fuzz, as
// an ordinary test, or counted. The seeds are valid inputs, recorded ones where
// there are recordings. parse only parses, and what it allocates is bounded by
// MaxAllocation, but for the race detector, under which the compiler's own
// allocations are others; it is nil where another target measures the same parser.
// check parses too, and says what does not hold.
func Fuzz(f *testing.F, seeds [][]byte, parse func(b []byte), check func(t testing.TB, b []byte)) {
	if s := os.Getenv("FUZZ_EXECS"); s != "" {
		execs, err := strconv.Atoi(s)
		if err != nil {
			f.Fatalf("FUZZ_EXECS=%s is no number", s)
		}
		count(f, seeds, check, execs)
	}
	for _, b := range seeds {
		f.Add(b)
	}
	if parse != nil && !raceDetector && flag.Lookup("test.fuzz").Value.String() == "" {
		allocations(f, seeds, parse)
	}
	f.Fuzz(func(t *testing.T, b []byte) { check(t, b) })
}

// count runs damaged seeds through the target. An input that fails is kept
// among the target's inputs, so that every later run tries it.
func count(f *testing.F, seeds [][]byte, check func(testing.TB, []byte), execs int) {
	seed := uint64(1)
	if s := os.Getenv("FUZZ_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			f.Fatalf("FUZZ_SEED=%s is no number", s)
		}
	}
	d := NewDamager(seed, longest, seeds)
	begin := time.Now()
	report := begin
	for i := range execs {
		guarded(f, check, d.Next())
		if i%1024 == 1023 && time.Since(report) > time.Minute {
			report = time.Now()
			fmt.Printf("%s: %d executions after %v\n", f.Name(), i+1, time.Since(begin).Round(time.Second))
		}
	}
	fmt.Printf("%s: %d executions in %v, seed %d\n", f.Name(), execs, time.Since(begin).Round(time.Second), seed)
}

// guarded runs a check and keeps the input if it fails or panics.
func guarded(f *testing.F, check func(testing.TB, []byte), b []byte) {
	done := false
	defer func() {
		if !done || f.Failed() {
			keep(f, b)
			if done {
				f.FailNow()
			}
		}
	}()
	check(f, b)
	done = true
}

// keep writes an input to where go test looks for a target's inputs.
func keep(f *testing.F, b []byte) {
	h := fnv.New64a()
	h.Write(b)
	dir := filepath.Join("testdata", "fuzz", f.Name())
	path := filepath.Join(dir, fmt.Sprintf("%016x", h.Sum64()))
	text := fmt.Sprintf("go test fuzz v1\n[]byte(%q)\n", b)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		f.Logf("%v; the input is %x", err, b)
	} else if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		f.Logf("%v; the input is %x", err, b)
	}
	f.Logf("go test -run '^%s$/^%s$' repeats it", f.Name(), filepath.Base(path))
}

// allocations holds parse to its bound with the seeds and damaged copies.
func allocations(f *testing.F, seeds [][]byte, parse func([]byte)) {
	var small [][]byte
	for _, b := range seeds {
		if len(b) <= SmallInput {
			small = append(small, b)
		}
	}
	if len(small) == 0 {
		f.Fatal("no seed is small")
	}
	inputs := append([][]byte(nil), small...)
	for d := NewDamager(1, SmallInput, small); len(inputs) < len(small)+damaged; {
		inputs = append(inputs, append([]byte(nil), d.Next()...))
	}
	parse(small[0]) // what is made once is not counted
	for len(inputs) > 0 {
		some := inputs[:min(batch, len(inputs))]
		inputs = inputs[len(some):]
		if allocated(parse, some...) <= MaxAllocation {
			continue
		}
		for _, b := range some {
			if n := allocated(parse, b); n > MaxAllocation {
				f.Fatalf("%d bytes are allocated for an input of %d: %x", n, len(b), b)
			}
		}
	}
}

// allocated is how many bytes parsing inputs allocates. Others may allocate at
// the same time, so the least of a few attempts counts.
func allocated(parse func([]byte), inputs ...[]byte) uint64 {
	least := ^uint64(0)
	var before, after runtime.MemStats
	for range 3 {
		runtime.ReadMemStats(&before)
		for _, b := range inputs {
			parse(b)
		}
		runtime.ReadMemStats(&after)
		if least = min(least, after.TotalAlloc-before.TotalAlloc); least <= MaxAllocation {
			break
		}
	}
	return least
}
