package wslink_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/link/wslink"
)

// recording is a session of stock Godot 3.2.3 engines: a server and clients
// that come and go.
type recording struct {
	Name    string
	Packets bool // events tell of packets too, not only of peers
	IDs     map[string]int32
	Steps   []struct {
		Do     string
		Events map[string][]string // of each engine; S is the server
		Wire   []row
	}
}

// row is a frame, or the head of a request or answer, between the server and
// a client, complete at this point of the session.
type row struct {
	Client, By  string
	HTTP, Frame string
}

func recordings(t *testing.T) (list []recording) {
	t.Helper()
	b, err := os.ReadFile("testdata/godot3-sessions.json")
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil || len(list) != 2 {
		t.Fatalf("%d recordings, %v", len(list), err)
	}
	return list
}

// parsed is the frame of a row, unmasked.
func (r row) parsed(t *testing.T) (ws.Header, []byte) {
	t.Helper()
	b, err := hex.DecodeString(r.Frame)
	if err != nil {
		t.Fatal(err)
	}
	src := bytes.NewReader(b)
	h, err := ws.ReadHeader(src)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := io.ReadAll(src)
	if h.Masked {
		ws.Cipher(payload, h.Mask, 0)
	}
	return h, payload
}

// fields are source, target and the bytes of a packet, ok if it is one.
func fields(h ws.Header, payload []byte) (from, to int32, data []byte, ok bool) {
	if h.OpCode != ws.OpBinary || payload[0] != 0 {
		return 0, 0, nil, false
	}
	return int32(binary.LittleEndian.Uint32(payload[1:])), int32(binary.LittleEndian.Uint32(payload[5:])), payload[9:], true
}

// TestTheServerSaysWhatAStockServerSaid plays the clients of recorded sessions
// against a Go server. Ids are the server's choice, and are put in the place
// of those recorded.
func TestTheServerSaysWhatAStockServerSaid(t *testing.T) {
	for _, rec := range recordings(t) {
		t.Run(rec.Name, func(t *testing.T) {
			p := &serverReplay{t: t, srv: serve(t, wslink.Config{}), rec: rec, clients: map[string]*raw{}}
			for _, step := range rec.Steps {
				p.step(step.Do, step.Wire, step.Events["S"])
				if t.Failed() {
					t.Fatalf("in the step %q", step.Do)
				}
			}
		})
	}
}

type serverReplay struct {
	t       *testing.T
	srv     *crosspeer.Peer
	rec     recording
	clients map[string]*raw
}

func (p *serverReplay) step(do string, rows []row, events []string) {
	p.t.Helper()
	said := map[string]bool{} // what the server has said in this step
	packets := slices.DeleteFunc(slices.Clone(events), func(ev string) bool { return !strings.HasPrefix(ev, "packet ") })
	answers := false
	for _, r := range rows {
		c := p.clients[r.Client]
		switch {
		case r.HTTP != "" && r.By == "client":
			c = open(p.t, p.srv)
			p.clients[r.Client] = c
			c.write([]byte(r.HTTP))
		case r.HTTP != "":
			p.head(c, r.HTTP)
		case r.By == "client":
			h, b := r.parsed(p.t)
			if _, to, _, ok := fields(h, b); ok && to == -1 {
				packets = nil // 91: a departure, -1 leaves the server out
			}
			if b = p.local(h, b); h.OpCode == ws.OpClose && answers {
				h.Length, b = 2, []byte{0x03, 0xE8} // an answer, to the code that is sent here
			}
			c.frame(h, b)
		default:
			h, b := r.parsed(p.t)
			answers = h.OpCode == ws.OpClose
			p.prompt(do, r, h, b, said)
			p.compare(c, h, b)
		}
	}
	for _, want := range packets {
		pkt, err := p.srv.Receive(testContext(p.t))
		got := fmt.Sprintf("packet from %d: %x", p.recorded(int32(pkt.From)), pkt.Data)
		if err != nil || got != want {
			p.t.Errorf("the server got %s, %v, want %s", got, err, want)
		}
	}
}

// head compares the answer to a request, and learns the client's id.
func (p *serverReplay) head(c *raw, recorded string) {
	p.t.Helper()
	want, err := http.ReadResponse(bufio.NewReader(strings.NewReader(recorded)), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	got, err := http.ReadResponse(c.src, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if fmt.Sprint(got.StatusCode, got.Header) != fmt.Sprint(want.StatusCode, want.Header) {
		p.t.Errorf("answered %d %v, want %d %v", got.StatusCode, got.Header, want.StatusCode, want.Header)
	}
	first, err := c.src.Peek(2 + 13) // the client's id, which others may hear of first
	if err != nil {
		p.t.Fatal(err)
	}
	c.id = int32(binary.LittleEndian.Uint32(first[11:]))
}

// prompt makes the server say what it said of its own accord.
func (p *serverReplay) prompt(do string, r row, h ws.Header, b []byte, said map[string]bool) {
	p.t.Helper()
	from, to, data, ok := fields(h, b)
	key := fmt.Sprintf("%d %x", to, data)
	switch {
	case ok && from == 1 && !said[key]:
		said[key] = true
		if err := p.srv.Send(crosspeer.Packet{To: crosspeer.PeerID(p.assigned(to)), Mode: crosspeer.Reliable, Data: data}); err != nil {
			p.t.Fatal(err)
		}
	case h.OpCode == ws.OpClose && strings.HasPrefix(do, "server disconnects"):
		text := strings.TrimSuffix(string(b[2:]), "\x00")
		if err := p.srv.Disconnect(crosspeer.PeerID(p.clients[r.Client].id), text); err != nil {
			p.t.Fatal(err)
		}
	case h.OpCode == ws.OpClose && strings.HasPrefix(do, "server stops") && !said["stop"]:
		said["stop"] = true
		closed := make(chan struct{})
		go func() { defer close(closed); p.srv.Close() }()
		p.t.Cleanup(func() { <-closed })
	}
}

// compare reads what the server says to a client.
func (p *serverReplay) compare(c *raw, want ws.Header, payload []byte) {
	p.t.Helper()
	h, b := c.next()
	payload = p.local(want, payload)
	if want.OpCode == ws.OpClose {
		payload[0], payload[1] = 0x03, 0xE8 // Disconnect has no code of the program's
	}
	if h != want || !bytes.Equal(b, payload) {
		p.t.Errorf("the server said %+v %x, want %+v %x", h, b, want, payload)
	}
}

// local is a payload with this session's ids in it.
func (p *serverReplay) local(h ws.Header, payload []byte) []byte {
	b := slices.Clone(payload)
	if h.OpCode != ws.OpBinary {
		return b
	}
	places := []int{1, 5}
	if b[0] != 0 {
		places = []int{9}
	}
	for _, at := range places {
		id := int32(binary.LittleEndian.Uint32(b[at:]))
		binary.LittleEndian.PutUint32(b[at:], uint32(p.assigned(id)))
	}
	return b
}

// assigned is the id of this session for one of the recording; a negative one
// stays negative.
func (p *serverReplay) assigned(id int32) int32 {
	for name, was := range p.rec.IDs {
		if p.clients[name] == nil {
			continue
		}
		switch id {
		case was:
			return p.clients[name].id
		case -was:
			return -p.clients[name].id
		}
	}
	return id
}

// recorded is the opposite of assigned.
func (p *serverReplay) recorded(id int32) int32 {
	for name, c := range p.clients {
		if c.id == id {
			return p.rec.IDs[name]
		}
	}
	return id
}

// TestTheClientSaysWhatAStockClientSaid plays the server of recorded sessions
// to each of its clients.
func TestTheClientSaysWhatAStockClientSaid(t *testing.T) {
	for _, rec := range recordings(t) {
		for name := range rec.IDs {
			t.Run(rec.Name+" "+name, func(t *testing.T) { replayClient(t, rec, name) })
		}
	}
}

func replayClient(t *testing.T, rec recording, name string) {
	s := newImpostor(t)
	cli, err := crosspeer.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	dialled := make(chan error, 1)
	var r *raw
	for _, step := range rec.Steps {
		joins, leaves, told := false, false, false
		for _, row := range step.Wire {
			if row.Client != name {
				continue
			}
			if row.HTTP != "" {
				if row.By == "client" {
					joins = true
					go func() { dialled <- cli.Dial(testContext(t), wslink.Dial(s.url())) }()
					r = s.answer(granted + "\r\n")
				}
				continue
			}
			h, b := row.parsed(t)
			if row.By == "server" {
				told = h.OpCode == ws.OpClose
				r.frame(h, b)
				continue
			}
			if _, to, data, ok := fields(h, b); ok {
				if err := cli.Send(crosspeer.Packet{To: crosspeer.PeerID(to), Data: data}); err != nil {
					t.Fatalf("in the step %q: %v", step.Do, err)
				}
			} else if !told {
				leaves = true
				closed := make(chan struct{})
				go func() { defer close(closed); cli.Close() }()
				defer func() { <-closed }()
			}
			got, said := r.next()
			ws.Cipher(said, got.Mask, 0)
			got.Mask = h.Mask // it is drawn
			if got != h || !bytes.Equal(said, b) {
				t.Fatalf("in the step %q the client said %+v %x, want %+v %x", step.Do, got, said, h, b)
			}
		}
		if joins {
			if err := <-dialled; err != nil {
				t.Fatal(err)
			}
			if cli.UniqueID() != crosspeer.PeerID(rec.IDs[name]) {
				t.Errorf("the client's id is %d, want %d", cli.UniqueID(), rec.IDs[name])
			}
		}
		if leaves {
			return // nothing is reported of one's own goodbye
		}
		for _, want := range step.Events[name] {
			if strings.HasPrefix(want, "server_close_request") {
				continue // the next one has its reason
			}
			if got := reported(t, cli, rec.Packets); got != want {
				t.Fatalf("in the step %q the client reported %q, want %q", step.Do, got, want)
			}
		}
		if told {
			return
		}
	}
	t.Error("the recording does not tell of the client's end")
}

// reported is the next event of a client in the recording's words.
func reported(t *testing.T, cli *crosspeer.Peer, packets bool) string {
	t.Helper()
	for {
		ev, err := cli.Next(testContext(t))
		switch ev := ev.(type) {
		case crosspeer.PeerConnected:
			return fmt.Sprint("peer_connected ", ev.ID)
		case crosspeer.PeerDisconnected:
			return fmt.Sprint("peer_disconnected ", ev.ID)
		case crosspeer.ConnectionSucceeded:
			return "connection_succeeded"
		case crosspeer.ServerDisconnected:
			return "connection_failed" // 98: the engine has no better word for it
		case crosspeer.PacketReceived:
			if packets {
				return fmt.Sprintf("packet from %d: %x", ev.From, ev.Data)
			}
		default:
			t.Fatalf("event %v, %v", ev, err)
		}
	}
}
