package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asCommand makes the test binary be the command: its tests start real
// processes, with real signals and exit codes.
const asCommand = "CROSSPEER_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process is a running command.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *output
	err   *output
	ended chan struct{}
	code  int
}

// patience bounds every wait for a process.
const patience = 20 * time.Second

// start runs the command with arguments; env is added to the environment.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], args...), ended: make(chan struct{})}
	p.cmd.Env = append(append(os.Environ(), asCommand+"=1"), env...)
	p.out, p.err = newOutput(), newOutput()
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.err
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.cmd.Wait()
		p.code = p.cmd.ProcessState.ExitCode()
		p.out.close()
		p.err.close()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("%v\nstandard output:\n%s\nstandard error:\n%s", args, p.out.all(), p.err.all())
		}
	})
	return p
}

// wait waits for the end and gives the exit code.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.code
	case <-time.After(patience):
		p.t.Fatalf("%v is still running", p.cmd.Args[1:])
		return 0
	}
}

// says waits for a line of standard output that matches and gives its first
// group, or the whole match.
func (p *process) says(pattern string) string {
	p.t.Helper()
	return p.match(p.out, "standard output", pattern)
}

// logs is says for standard error.
func (p *process) logs(pattern string) string {
	p.t.Helper()
	return p.match(p.err, "standard error", pattern)
}

func (p *process) match(o *output, name, pattern string) string {
	p.t.Helper()
	m, ok := o.wait(regexp.MustCompile(pattern), patience)
	if !ok {
		p.t.Fatalf("%v: no line of %s matches %q", p.cmd.Args[1:], name, pattern)
	}
	return m
}

// types writes a line to standard input.
func (p *process) types(line string) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.stdin, line); err != nil {
		p.t.Fatal(err)
	}
}

// stop makes the process stand still, and returns when it does: the signal
// alone takes its time.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGSTOP)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		if err != nil {
			return // no Linux
		}
		// The state stands behind the name, which is in parentheses.
		if _, after, ok := bytes.Cut(stat, []byte(") ")); ok && after[0] == 'T' {
			return
		}
	}
	p.t.Fatalf("%v does not stop", p.cmd.Args[1:])
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// output collects lines and lets a test wait for them.
type output struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	read    int // lines already matched
	closed  bool
	changed chan struct{}
}

func newOutput() *output { return &output{changed: make(chan struct{})} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf.Write(b)
	close(o.changed)
	o.changed = make(chan struct{})
	return len(b), nil
}

func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	close(o.changed)
	o.changed = make(chan struct{})
}

func (o *output) all() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// wait finds the next line that matches, after the last one found.
func (o *output) wait(re *regexp.Regexp, most time.Duration) (string, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	for {
		o.mu.Lock()
		s := bufio.NewScanner(strings.NewReader(o.buf.String()))
		for n := 0; s.Scan(); n++ {
			if n < o.read {
				continue
			}
			if m := re.FindStringSubmatch(s.Text()); m != nil {
				o.read = n + 1
				o.mu.Unlock()
				return m[len(m)-1], true
			}
		}
		closed, changed := o.closed, o.changed
		o.mu.Unlock()
		if closed {
			return "", false
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", false
		}
	}
}
