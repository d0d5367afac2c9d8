package godot3

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Pong builds and starts the example and gives its lines but the first,
// and the two addresses in that one.
func Pong(t testing.TB) (lines <-chan string, enet, page string) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "pong")
	if out, err := exec.Command("go", "build", "-o", bin, "../../examples/pong").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(bin, "-enet", "127.0.0.1:0", "-http", "127.0.0.1:0", "-points", "3", "-speed", "4")
	cmd.Stderr = os.Stderr
	lines, done := start(t, cmd)
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		if err := <-done; err != nil {
			t.Errorf("pong: %v", err)
		}
	})
	first := ReadLine(t, lines)
	if _, err := fmt.Sscanf(first, "playing on %s and %s", &enet, &page); err != nil {
		t.Fatalf("%q: %v", first, err)
	}
	return lines, enet, page
}

// start starts a program and gives its lines and its end.
func start(t testing.TB, cmd *exec.Cmd) (<-chan string, <-chan error) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, done := make(chan string, 1000), make(chan error, 1)
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
		close(lines)
		done <- cmd.Wait()
	}()
	return lines, done
}

// ReadLine gives a program's next line.
func ReadLine(t testing.TB, lines <-chan string) string {
	t.Helper()
	select {
	case line, ok := <-lines:
		if !ok {
			t.Fatal("nothing more is printed")
		}
		return line
	case <-time.After(time.Minute):
		t.Fatal("nothing is printed")
	}
	return ""
}

// PongPlayer runs the example's Godot project, unchanged, until its bot has
// seen the end of a round.
func PongPlayer(t testing.TB, url, bot string) (<-chan string, <-chan error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples/pong/godot")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(Find(t), "--path", dir, "--join="+url, "--bot="+bot)
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8", "LANG=en_US.UTF-8")
	lines, done := start(t, cmd)
	t.Cleanup(func() { cmd.Process.Kill() })
	return lines, done
}
