package godot3

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"crosspeer/enet"
)

// sniffer stands between one client and a server and keeps a copy of every
// datagram.
type sniffer struct {
	port int // for the client

	mu   sync.Mutex
	seen []datagram
}

// datagram is what was seen of one: its header, and its commands once they
// are decompressed. ENet protocol, header and commands; numbers are big-endian.
type datagram struct {
	toServer   bool
	compressed bool   // flag 0x4000 of the header
	area       []byte // what is behind the header, as it was on the wire
	plain      []byte // and decompressed
	commands   []command
}

type command struct {
	op      byte // 1 to 12
	flags   byte // 0x80 to be acknowledged, 0x40 unsequenced
	channel byte
	seq     uint16 // reliable sequence number
	body    []byte // the fields behind the common four bytes
	payload []byte
}

// The commands that these tests look at.
const (
	opConnect         = 2
	opVerifyConnect   = 3
	opDisconnect      = 4
	opSendReliable    = 6
	opSendUnreliable  = 7
	opSendFragment    = 8
	opSendUnsequenced = 9
)

// commandSizes are the sizes without payload, by number.
var commandSizes = [...]int{0, 8, 48, 44, 8, 4, 6, 8, 24, 8, 12, 16, 24}

// sniff listens in for a server on loopback, whose datagrams are compressed so.
func sniff(t testing.TB, port int, c Compression) *sniffer {
	t.Helper()
	outer, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	inner, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	s := &sniffer{port: outer.LocalAddr().(*net.UDPAddr).Port}
	var client sync.Map // under the key 0: its address
	var work sync.WaitGroup
	forward := func(toServer bool, read func([]byte) (int, error), write func([]byte)) {
		coder := independent(c)
		buf := make([]byte, 65536)
		for {
			n, err := read(buf)
			if errors.Is(err, syscall.ECONNREFUSED) {
				continue // the server is not there, or not there any more
			}
			if err != nil {
				return
			}
			d, err := parse(buf[:n], coder)
			if err != nil {
				t.Errorf("datagram %x: %v", buf[:n], err)
			}
			d.toServer = toServer
			s.mu.Lock()
			s.seen = append(s.seen, d)
			s.mu.Unlock()
			write(buf[:n])
		}
	}
	work.Go(func() {
		forward(true, func(b []byte) (int, error) {
			n, from, err := outer.ReadFromUDP(b)
			client.Store(0, from)
			return n, err
		}, func(b []byte) { inner.Write(b) })
	})
	work.Go(func() {
		forward(false, inner.Read, func(b []byte) {
			if to, ok := client.Load(0); ok {
				outer.WriteToUDP(b, to.(*net.UDPAddr))
			}
		})
	})
	t.Cleanup(func() {
		outer.Close()
		inner.Close()
		work.Wait()
	})
	return s
}

// parse reads a datagram. It fails where a receiver would have to stop
// reading.
func parse(b []byte, coder enet.Compressor) (d datagram, err error) {
	if len(b) < 2 {
		return d, errors.New("no header")
	}
	flags := binary.BigEndian.Uint16(b)
	head := 2
	if flags&0x8000 != 0 {
		head = 4
	}
	if len(b) < head {
		return d, errors.New("no sent time")
	}
	d.area = slices.Clone(b[head:])
	d.plain = d.area
	if d.compressed = flags&0x4000 != 0; d.compressed {
		d.plain = make([]byte, 4096)
		n := coder.Decompress(d.plain, d.area)
		if n <= len(d.area) {
			return d, fmt.Errorf("%d bytes decompress to %d", len(d.area), n)
		}
		d.plain = d.plain[:n]
	}
	rest := d.plain
	for len(rest) > 0 {
		op := int(rest[0] & 15)
		if d.compressed && len(bytes.Trim(rest, "\x00")) == 0 && len(d.plain) == 16 {
			break // FastLZ fills up to 16 bytes
		}
		if op == 0 || op >= len(commandSizes) || len(rest) < commandSizes[op] {
			return d, fmt.Errorf("command %d with %d bytes", op, len(rest))
		}
		c := command{op: byte(op), flags: rest[0] & 0xC0, channel: rest[1],
			seq: binary.BigEndian.Uint16(rest[2:]), body: rest[4:commandSizes[op]]}
		rest = rest[commandSizes[op]:]
		n := 0
		switch op {
		case opSendReliable:
			n = int(binary.BigEndian.Uint16(c.body))
		case opSendUnreliable, opSendFragment, opSendUnsequenced:
			n = int(binary.BigEndian.Uint16(c.body[2:]))
		}
		if n > len(rest) {
			return d, fmt.Errorf("payload of %d bytes with %d left", n, len(rest))
		}
		c.payload, rest = rest[:n], rest[n:]
		d.commands = append(d.commands, c)
	}
	return d, nil
}

// datagrams gives those seen so far.
func (s *sniffer) datagrams() []datagram {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// story tells the commands that matter to a session, one a line: who connects
// with which wishes, what is sent how, and who says goodbye. What belongs to
// ENet's own housekeeping is left out: acknowledgements, pings, bandwidth
// notices, numbers. The client is called C.
func (s *sniffer) story(client int32) []string {
	var lines []string
	told := make(map[string]bool) // reliable commands that were sent again
	for _, d := range s.datagrams() {
		from := "server"
		if d.toServer {
			from = "client"
		}
		for _, c := range d.commands {
			line := c.tell(client)
			if line == "" {
				continue
			}
			line = from + ": " + line
			again := fmt.Sprintf("%s, number %d", line, c.seq)
			if c.flags == 0x80 && told[again] {
				continue
			}
			told[again] = true
			lines = append(lines, line)
		}
	}
	return lines
}

func (c command) tell(client int32) string {
	u32 := func(at int) uint32 { return binary.BigEndian.Uint32(c.body[at:]) }
	name := map[byte]string{
		opConnect: "CONNECT", opVerifyConnect: "VERIFY_CONNECT", opDisconnect: "DISCONNECT", opSendReliable: "SEND_RELIABLE",
		opSendUnreliable: "SEND_UNRELIABLE", opSendFragment: "SEND_FRAGMENT", opSendUnsequenced: "SEND_UNSEQUENCED",
	}[c.op]
	line := fmt.Sprintf("%s, flags %#x, channel %d", name, c.flags, c.channel)
	switch c.op {
	case opConnect, opVerifyConnect:
		line += fmt.Sprintf(", MTU %d, window %d, %d channels, bandwidths %d and %d, throttle %d/%d/%d",
			u32(4), u32(8), u32(12), u32(16), u32(20), u32(24), u32(28), u32(32))
		if c.op == opConnect {
			line += ", data " + whose(u32(40), client)
		}
	case opDisconnect:
		line += ", data " + whose(u32(0), client)
	case opSendFragment:
		line += fmt.Sprintf(", %d of %d at %d of %d, %d bytes", u32(8), u32(4), u32(16), u32(12), len(c.payload))
	case opSendReliable, opSendUnreliable, opSendUnsequenced:
		p := c.payload
		if len(p) < 8 {
			return line + fmt.Sprintf(", %x", p)
		}
		line += fmt.Sprintf(", %s, %s, ", whose(binary.LittleEndian.Uint32(p), client), whose(binary.LittleEndian.Uint32(p[4:]), client))
		if bytes.Equal(p[8:], mark) {
			return ""
		}
		if len(p) > 40 {
			line += fmt.Sprintf("%d bytes", len(p)-8)
		} else {
			line += fmt.Sprintf("%x", p[8:])
		}
	default:
		return ""
	}
	return line
}

// whose names the client's id, which differs from run to run.
func whose(n uint32, client int32) string {
	switch int32(n) {
	case client:
		return "C"
	case -client:
		return "-C"
	}
	return fmt.Sprint(int32(n))
}

// compare shows where two stories part.
func compare(t *testing.T, who string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		line := func(s []string) string {
			if i < len(s) {
				return s[i]
			}
			return "(nothing)"
		}
		if line(got) != line(want) {
			t.Errorf("%s, line %d:\n  %s\nwhere stock peers have\n  %s\nall of it:\n  %s", who, i+1, line(got), line(want), strings.Join(got, "\n  "))
			return
		}
	}
}
