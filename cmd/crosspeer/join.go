package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"crosspeer"
)

type joinCmd struct {
	URL         string        `arg:"" help:"Server: enet://host:port, ws://host:port/path, rtc+ws://host:port/path; enets, wss and rtc+wss with encryption." placeholder:"URL"`
	Name        string        `help:"Put in front of each line." placeholder:"TEXT"`
	To          int32         `help:"Send to: 0 all, 1 the server, an id, or -id for all but that one." default:"0" placeholder:"ID"`
	Mode        string        `help:"Transfer mode (${enum})." enum:"reliable,ordered,unreliable" default:"reliable"`
	Compression string        `help:"Compression of enet, as the server wants it (${enum})." enum:"none,range,range-coder,fastlz,zlib,zstd" default:"none"`
	CA          string        `help:"PEM file of an authority or certificate to trust for enets, wss and rtc+wss, besides the system's." placeholder:"FILE"`
	Insecure    bool          `help:"Accept any certificate: whoever is on the way can read and change everything."`
	Token       string        `help:"Token that lets this client in: in the URL for ws and rtc+ws, the first packet for enet." placeholder:"TEXT"`
	SendBytes   bool          `help:"Send as MultiplayerAPI.send_bytes does, for games that receive through their SceneTree."`
	Timeout     time.Duration `help:"How long to try to connect." default:"10s"`

	firstPacket bool // the token is sent as one
}

func (c *joinCmd) Run(ctx context.Context, std streams) error {
	if c.Timeout <= 0 {
		return &usageError{fmt.Sprintf("--timeout must be more than 0 but is %v", c.Timeout)}
	}
	dialer, err := c.dialer()
	if err != nil {
		return err
	}
	mode, err := crosspeer.ParseTransferMode(c.Mode)
	if err != nil {
		return err
	}
	dial, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	p, err := crosspeer.Dial(dial, nil, dialer)
	if err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C
		}
		if !strings.Contains(c.URL, "://") || strings.HasPrefix(c.URL, "enet://") {
			return &plainError{err}
		}
		return err
	}
	defer p.Close()
	if c.firstPacket {
		if err := p.Send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: []byte(c.Token)}); err != nil {
			return err
		}
	}
	fmt.Fprintf(std.out, "connected to %s as peer %d\n", c.URL, p.UniqueID())

	typed := make(chan string)
	var unread error // of the input, once typed is closed
	go func() {
		defer close(typed)
		unread = readLines(std.in, typed)
	}()
	events := make(chan crosspeer.Event)
	go func() {
		defer close(events)
		for ev := range p.Events(context.Background()) {
			events <- ev
		}
	}()
	heard := false // of anything that only those hear who were let in
	for {
		select {
		case ev, ok := <-events:
			if !ok {
				return nil
			}
			if err := printEvent(std.out, ev); err != nil {
				if c.firstPacket && !heard {
					err = fmt.Errorf("%w; perhaps it does not take the token, its log says why", err)
				}
				return err
			}
			heard = heard || tellsOfOthers(ev)
		case line, ok := <-typed:
			if !ok {
				return errors.Join(unread, goodbye(p, events, std.out))
			}
			if c.Name != "" {
				line = c.Name + ": " + line
			}
			data := []byte(line)
			if c.SendBytes {
				data = append([]byte{rawCommand}, data...)
			}
			pkt := crosspeer.Packet{To: crosspeer.PeerID(c.To), Mode: mode, Data: data}
			if err := p.Send(pkt); err != nil {
				fmt.Fprintf(std.err, "crosspeer: not sent: %s\n", explain(err))
			}
		case <-ctx.Done():
			return goodbye(p, events, std.out)
		}
	}
}

// maxLine is the longest line that is sent.
const maxLine = 1 << 20

// readLines passes on what is typed until the input ends.
func readLines(in io.Reader, typed chan<- string) error {
	s := bufio.NewScanner(in)
	s.Buffer(nil, maxLine)
	for s.Scan() {
		typed <- s.Text()
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a line of more than %d bytes was not sent, nor what came after it", maxLine)
	}
	return s.Err()
}

// goodbye delivers what was sent, prints what still comes, and leaves.
func goodbye(p *crosspeer.Peer, events <-chan crosspeer.Event, out io.Writer) error {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), farewell)
		defer cancel()
		p.Shutdown(ctx) // an error means that the server did not answer in time
	}()
	for ev := range events {
		printEvent(out, ev)
	}
	return nil
}

// printEvent prints an event in a line. The loss of the server is an error.
func printEvent(out io.Writer, ev crosspeer.Event) error {
	switch ev := ev.(type) {
	case crosspeer.PeerConnected:
		fmt.Fprintf(out, "+ peer %d%s\n", ev.ID, role(ev.ID))
	case crosspeer.PeerDisconnected:
		fmt.Fprintf(out, "- peer %d%s\n", ev.ID, role(ev.ID))
	case crosspeer.PacketReceived:
		fmt.Fprintf(out, "%d (%v): %s\n", ev.From, ev.Mode, readable(ev.Data))
	case crosspeer.ServerDisconnected:
		return errors.New("the server is gone: " + ev.Reason.String())
	}
	return nil
}

// tellsOfOthers says whether an event comes from the session, and not from the
// own connection.
func tellsOfOthers(ev crosspeer.Event) bool {
	switch ev := ev.(type) {
	case crosspeer.PacketReceived:
		return true
	case crosspeer.PeerConnected:
		return ev.ID != crosspeer.TargetServer
	}
	return false
}

func role(id crosspeer.PeerID) string {
	if id == crosspeer.TargetServer {
		return ", the server"
	}
	return ""
}

// rawCommand is the byte in front of what MultiplayerAPI.send_bytes sends.
// Godot 3.2.3, MultiplayerAPI.
const rawCommand = 0x04

// shownBytes is how much of a binary packet is printed.
const shownBytes = 64

// readable is a packet's text, or its bytes in hex.
func readable(b []byte) string {
	if len(b) > 1 && b[0] == rawCommand && printable(b[1:]) {
		return string(b[1:]) + " (send_bytes)"
	}
	if printable(b) {
		return string(b)
	}
	if len(b) > shownBytes {
		return fmt.Sprintf("%d bytes % x ...", len(b), b[:shownBytes])
	}
	return fmt.Sprintf("%d bytes % x", len(b), b)
}

func printable(b []byte) bool {
	return utf8.Valid(b) && strings.IndexFunc(string(b), func(r rune) bool { return r != '\t' && unicode.IsControl(r) }) < 0
}
