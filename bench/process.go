package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a child that runs until it is told to end.
type process struct {
	name   string
	cmd    *exec.Cmd
	stderr tail
	ended  chan struct{}
	err    error // of the end; read it after ended is closed
}

// startProcess starts a command. The child ends with the context, too.
func startProcess(ctx context.Context, name string, command []string) (*process, error) {
	p := &process{name: name, cmd: exec.CommandContext(ctx, command[0], command[1:]...), ended: make(chan struct{})}
	p.cmd.Stderr = &p.stderr
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 5 * time.Second // then it is killed
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// waitForPort returns once some process has the UDP port open.
func (p *process) waitForPort(port int, patience time.Duration) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for {
		open, err := udpPortOpen(port)
		if err != nil {
			return err
		}
		if open {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended before it listened: %w: %s", p.name, p.err, p.stderr.lastLine())
		case <-deadline.C:
			return fmt.Errorf("%s does not listen on UDP port %d after %v", p.name, port, patience)
		case <-look.C:
		}
	}
}

// stop ends the process and returns the last line that it wrote to standard
// error. A process that had ended before is an error.
func (p *process) stop() (string, error) {
	select {
	case <-p.ended:
		return "", fmt.Errorf("%s ended by itself: %w: %s", p.name, p.err, p.stderr.lastLine())
	default:
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(p.cmd.WaitDelay):
		_ = p.cmd.Process.Kill()
		<-p.ended
		return "", fmt.Errorf("%s did not end within %v of SIGTERM", p.name, p.cmd.WaitDelay)
	}
	return p.stderr.lastLine(), nil
}

// udpPortOpen looks for the port among the sockets of the system, because a
// datagram to a port that is not open yet would go unanswered.
func udpPortOpen(port int) (bool, error) {
	suffix := fmt.Sprintf(":%04X", port)
	for _, table := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		text, err := os.ReadFile(table)
		if os.IsNotExist(err) && table == "/proc/net/udp6" {
			continue // a system without IPv6
		}
		if err != nil {
			return false, err
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 1 && strings.HasSuffix(f[1], suffix) {
				return true, nil
			}
		}
	}
	return false, nil
}

// freePort returns a UDP port of 127.0.0.1 that nobody uses at the moment.
func freePort() (int, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port, nil
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(b []byte) (int, error) {
	const keep = 8 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if extra := len(t.text) - keep; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(b), nil
}

func (t *tail) lastLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := bytes.TrimSpace(t.text)
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}
