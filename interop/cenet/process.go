package cenet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// process is the C program and the two ends of the pipes to it.
type process struct {
	cmd     *exec.Cmd
	input   io.WriteCloser
	stderr  bytes.Buffer // read it after ended is closed
	answers chan string
	ended   chan struct{} // closed when the process is gone and all it wrote is read
	err     error         // of its end; read it after ended is closed

	mu     sync.Mutex
	events []Event
	fault  error         // the first line that makes no sense or is an error of ENet
	news   chan struct{} // has an element when events or fault may have changed
	log    []string
}

func startProcess(path string) (*process, error) {
	p := &process{
		cmd:     exec.Command(path),
		answers: make(chan string, 1),
		ended:   make(chan struct{}),
		news:    make(chan struct{}, 1),
	}
	p.cmd.Stderr = &p.stderr
	var err error
	if p.input, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.read(output)
	return p, nil
}

// read takes in all that the process says. It never waits for the test, so the
// process never waits for its pipe.
func (p *process) read(output io.Reader) {
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		p.take(lines.Text())
	}
	p.err = p.cmd.Wait()
	close(p.ended)
}

func (p *process) take(line string) {
	p.note("< " + line)
	if strings.HasPrefix(line, "=") || strings.HasPrefix(line, "!") {
		select {
		case p.answers <- line:
		default:
			p.report(Event{}, fmt.Errorf("answer %q without a command", line))
		}
		return
	}
	event, err := parseEvent(line)
	p.report(event, err)
}

func (p *process) report(event Event, err error) {
	p.mu.Lock()
	if err == nil {
		p.events = append(p.events, event)
	} else if p.fault == nil {
		p.fault = err
	}
	p.mu.Unlock()
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// call gives a command and returns the values of its answer.
func (p *process) call(command string, patience time.Duration) (string, error) {
	p.note("> " + command)
	if _, err := io.WriteString(p.input, command+"\n"); err != nil {
		return "", fmt.Errorf("%s: %w", name(command), p.explain(err))
	}
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case answer := <-p.answers:
		if reason, refused := strings.CutPrefix(answer, "! "); refused {
			return "", refusedError{name(command), reason}
		}
		return strings.TrimSpace(strings.TrimPrefix(answer, "=")), nil
	case <-p.ended:
		return "", fmt.Errorf("%s: %w", name(command), p.explain(p.err))
	case <-timeout.C:
		return "", fmt.Errorf("%s: no answer within %v", name(command), patience)
	}
}

// refusedError is the answer of a peer that does not do what it is told.
type refusedError struct{ command, reason string }

func (e refusedError) Error() string { return e.command + ": " + e.reason }

// name is the first word of a command, which may be long.
func name(command string) string {
	word, _, _ := strings.Cut(command, " ")
	return word
}

// next takes the oldest event, if there is one.
func (p *process) next() (Event, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault != nil {
		return Event{}, false, p.fault
	}
	if len(p.events) == 0 {
		return Event{}, false, nil
	}
	e := p.events[0]
	p.events = p.events[1:]
	return e, true, nil
}

// kill ends the process and waits for it. Killing again is harmless.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// exit returns how the process ended. It must have.
func (p *process) exit() error {
	if p.err == nil {
		return nil
	}
	return p.explain(p.err)
}

// explain adds what the process wrote to standard error, if it is gone.
func (p *process) explain(err error) error {
	select {
	case <-p.ended:
		return fmt.Errorf("the process has ended: %w %s", errors.Join(err, p.err), bytes.TrimSpace(p.stderr.Bytes()))
	default:
		return err
	}
}

// keptLines bounds the transcript.
const keptLines = 200

func (p *process) note(line string) {
	const width = 160
	if len(line) > width {
		line = line[:width] + "..."
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, line)
	if len(p.log) > 2*keptLines {
		p.log = append(p.log[:0], p.log[keptLines:]...)
	}
}

// transcript returns the end of what was said to and by the process.
func (p *process) transcript() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.log[max(0, len(p.log)-keptLines):], "\n")
}
