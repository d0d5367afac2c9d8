package godot3

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// control is the connection to the agent: one request at a time, and events
// in between.
type control struct {
	conn    net.Conn
	lines   *json.Decoder // of the reading goroutine, after the greeting
	answers chan message
	stopped chan struct{} // closed by the owner: nobody wants answers any more
	ended   chan struct{} // closed when the reading goroutine has returned

	asking sync.Mutex
	serial int
}

type request struct {
	ID     int    `json:"id"`
	Source string `json:"source"`
	Bytes  []byte `json:"bytes,omitempty"`
}

// message is any line that the agent sends; which fields are set says what
// it is.
type message struct {
	Ready string `json:"ready"`

	ID     *int            `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  string          `json:"error"`

	Event   Kind   `json:"event"`
	Peer    int32  `json:"peer"`
	Channel int    `json:"channel"`
	Size    int    `json:"size"`
	Hex     string `json:"hex"`
	Sum     string `json:"sha256"`
	Text    string `json:"text"`
}

func newControl(conn net.Conn) *control {
	return &control{
		conn:    conn,
		lines:   json.NewDecoder(conn),
		answers: make(chan message),
		stopped: make(chan struct{}),
		ended:   make(chan struct{}),
	}
}

// greeting reads the first line, in which the agent names the engine's
// version.
func (c *control) greeting(patience time.Duration) (version string, err error) {
	var first message
	c.conn.SetReadDeadline(time.Now().Add(patience))
	if err := c.lines.Decode(&first); err != nil {
		return "", err
	}
	if first.Ready == "" {
		return "", errors.New("the first line is not the agent's greeting")
	}
	c.conn.SetReadDeadline(time.Time{})
	return first.Ready, nil
}

// start reads the lines after the greeting in a goroutine. Every event goes to
// add; why the lines ended goes to atEnd.
func (c *control) start(add func(Event), atEnd func(error)) {
	go func() {
		defer close(c.ended)
		atEnd(c.read(add))
	}()
}

func (c *control) read(add func(Event)) error {
	for {
		var m message
		if err := c.lines.Decode(&m); err != nil {
			return fmt.Errorf("control connection: %w", err)
		}
		if m.ID != nil {
			select {
			case c.answers <- m:
			case <-c.stopped:
				return net.ErrClosed
			}
			continue
		}
		data, err := hex.DecodeString(m.Hex)
		if err != nil {
			return fmt.Errorf("packet event: %w", err)
		}
		add(Event{Kind: m.Event, Peer: m.Peer, Channel: m.Channel, Size: m.Size, Data: string(data) + m.Text, Sum: m.Sum})
	}
}

// ask runs a script and returns its result.
func (c *control) ask(source string, bytes []byte, patience time.Duration) (json.RawMessage, error) {
	c.asking.Lock()
	defer c.asking.Unlock()
	c.serial++
	line, err := json.Marshal(request{ID: c.serial, Source: source, Bytes: bytes})
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	c.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := c.conn.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	for {
		select {
		case m := <-c.answers:
			switch {
			case *m.ID != c.serial:
				// The late answer to a question that was given up.
				continue
			case m.Error != "":
				return nil, errors.New(m.Error)
			}
			return m.Result, nil
		case <-c.ended:
			return nil, errors.New("the engine has ended")
		case <-timer.C:
			return nil, fmt.Errorf("no answer within %v", patience)
		}
	}
}

// stop closes the connection and returns when nothing reads from it.
func (c *control) stop() {
	close(c.stopped)
	c.conn.Close()
	<-c.ended
}
