package cenet

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Require is the environment variable that turns a missing compiler or library
// from a skipped test into a failed one.
const Require = "CROSSPEER_REQUIRE_INTEROP"

//go:embed c/peer.c
var source []byte

// Find skips the test, with a notice, when there is no C compiler or no
// libenet. With [Require] set it fails the test instead.
func Find(t testing.TB) {
	t.Helper()
	err := toolchain()
	switch {
	case err == nil:
	case os.Getenv(Require) != "":
		t.Fatalf("%s is set, but %v", Require, err)
	default:
		t.Skipf("no test against C ENet: %v (install gcc and libenet-dev)", err)
	}
}

// toolchain says what is missing. The answer cannot change during a test run.
var toolchain = sync.OnceValue(func() error {
	const probe = "#include <enet/enet.h>\nint main(void) { return enet_initialize(); }\n"
	return compile(os.DevNull, []byte(probe))
})

// program is the compiled peer. It is kept in memory, because the directory it
// is built in goes with the test that needs it first.
var program struct {
	once sync.Once
	bits []byte
	err  error
}

// build returns the path of an executable that lasts as long as the test.
func build(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "peer")
	program.once.Do(func() {
		if program.err = compile(path, source); program.err == nil {
			program.bits, program.err = os.ReadFile(path)
		}
	})
	if program.err != nil {
		t.Fatal(program.err)
	}
	// A process forked meanwhile would inherit the open file, and an executable
	// that is open for writing does not start.
	syscall.ForkLock.RLock()
	err := os.WriteFile(path, program.bits, 0o700)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// compile builds a program from its text. A newer compiler may warn of more, and
// that is no reason to fail the tests of others.
func compile(output string, program []byte, flags ...string) error {
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "gcc"
	}
	args := append([]string{"-std=gnu11", "-O2", "-o", output}, flags...)
	cmd := exec.Command(compiler, append(args, "-x", "c", "-", "-lenet")...)
	cmd.Stdin = bytes.NewReader(program)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", compiler, err, strings.TrimSpace(string(out)))
	}
	return nil
}
