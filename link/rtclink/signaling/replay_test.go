package signaling_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"crosspeer/link/rtclink/signaling"
)

// recording is what a server of the demo said to hand-written clients.
type recording struct {
	Server  string
	Dialect string
	Steps   []*step
}

type step struct {
	Step     string
	Messages []*message
}

// message is one in either direction, a close, or the end of TCP.
type message struct {
	Client string
	Dir    string
	Opcode int
	Text   *string
	Close  int
	Reason string
	TCP    string
	Ping   bool
}

func (m *message) toServer() bool { return m.Dir == "c2s" }

func (m *message) entry() string {
	switch {
	case m.Text == nil:
		return fmt.Sprintf("close %d %q", m.Close, m.Reason)
	case m.Opcode == 1:
		return "text: " + *m.Text
	}
	return "binary: " + *m.Text
}

func recordings(t testing.TB) []*recording {
	t.Helper()
	b, err := os.ReadFile("testdata/webrtc-signaling-sessions.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Servers []*recording }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	return file.Servers
}

// Who is who among the demo's servers.
const (
	gd4   = "GDScript (Godot 4 demo)"
	node4 = "Node.js (Godot 4 demo)"
	gd3   = "GDScript (Godot 3 demo)"
	node3 = "Node.js (Godot 3 demo)"
)

// deviation is something that this server does in another way than a server of
// the demo: it makes of the recording what is expected instead. They are
// applied in order, and each must change something.
type deviation struct {
	name    string
	servers []string
	edit    func(r *recording)
}

var deviations = []deviation{
	{"pings come every 10 s of the connection, not of the server", []string{node3, node4}, func(r *recording) {
		r.drop(func(_ *step, m *message) bool { return m.Ping })
	}},
	{"the end of TCP is not looked at", []string{gd4}, func(r *recording) {
		r.drop(func(_ *step, m *message) bool { return m.TCP != "" })
	}},
	{"answers are text frames", []string{gd3}, func(r *recording) {
		for m := range r.answers() {
			m.Opcode = 1
		}
	}},
	{"keys are sorted, as the GDScript server's are", []string{node4}, func(r *recording) {
		for m := range r.answers() {
			m.Text = sorted(*m.Text)
		}
	}},
	{"closing has a code and a reason", []string{gd4, gd3}, func(r *recording) {
		for _, s := range r.Steps {
			for _, m := range s.Messages {
				if m.Close == 1000 {
					m.Close, m.Reason = 4000, reasons[s.Step]
				}
				if s.Step == "after seal 10s" {
					m.Close = 1000
				}
			}
		}
	}},
	{"JOIN without data creates a lobby, as on the Node.js server", []string{gd4}, func(r *recording) {
		r.step("missing data").answer("d", `{"data":"true","id":1,"type":1}`, `{"data":"withoutdata","id":0,"type":0}`)
	}},
	{"binary frames are taken, as by the GDScript servers", []string{node4}, func(r *recording) {
		r.step("binary").answer("d", `{"data":"true","id":1,"type":1}`, `{"data":"binary","id":0,"type":0}`)
	}},
	{"binary frames are taken, as by the GDScript servers", []string{node3}, func(r *recording) {
		r.step("binary").answer("d", "I: 1\n", "J: binary\n")
	}},
	{"a second JOIN is refused, as by the GDScript server", []string{node4}, func(r *recording) {
		s := r.step("double join")
		second := 0
		s.Messages = slices.DeleteFunc(s.Messages, func(m *message) bool {
			if m.Client == "d" && m.toServer() {
				second++
			}
			return second == 2 && !m.toServer()
		})
		s.close("d", 4000, reasons["double join"])
	}},
	{"an unknown letter closes, as on the Node.js server", []string{gd3}, func(r *recording) {
		r.step("unknown").close("d", 4000, reasons["unknown"])
	}},
	{"joining a sealed lobby is refused, as by the Node.js servers", []string{gd4, gd3}, func(r *recording) {
		s := r.step("join sealed")
		s.answer("d")
		s.close("d", 4000, "Lobby is sealed")
	}},
	{"a sealed lobby ends, as on the other servers", []string{gd4}, func(r *recording) {
		s := r.step("after seal 10s")
		s.close("host", 1000, "Seal complete")
		s.close("b", 1000, "Seal complete")
	}},
	{"without mesh only pairs with the host hear of each other, as on the GDScript server", []string{node4}, func(r *recording) {
		r.drop(func(s *step, m *message) bool {
			about, is := peerConnect(m)
			return s.Step == "host leaves, non mesh" && !m.toServer() && is && m.Client != "host2" && about != 1
		})
	}},
	{"who is closed for an offence has left at once, and that is announced", []string{gd4, node4, gd3, node3}, leaveAtOnce},
}

var reasons = map[string]string{
	"bad lobby":             "Lobby does not exists",
	"bad json":              "Invalid message format",
	"no newline":            "Invalid message format",
	"offer outside lobby":   "Invalid message when not in a lobby",
	"seal by non host":      "Only host can seal the lobby",
	"bad dest":              "Invalid destination",
	"double join":           "Already in a lobby",
	"unknown type":          "Invalid command",
	"unknown":               "Invalid command",
	"no join in 1s":         "Have not joined lobby yet",
	"after seal 10s":        "Seal complete",
	"host leaves":           "Room host has disconnected",
	"host leaves, non mesh": "Room host has disconnected",
}

// leaveAtOnce removes what others hear of a closed client in later steps, and
// adds that it has left to the step that closed it. The demo's servers wait for
// the connection's end.
func leaveAtOnce(r *recording) {
	for i, s := range r.Steps {
		id, closed := int64(0), false
		for _, m := range s.Messages {
			if m.Client == "d" && !m.toServer() {
				if n, is := number(m, `"type":1}`, "I: "); is {
					id = n
				}
				closed = closed || m.Close != 0
			}
		}
		if id <= 1 || !closed {
			continue
		}
		for _, later := range r.Steps[i+1:] {
			later.Messages = slices.DeleteFunc(later.Messages, func(m *message) bool {
				came, is := peerConnect(m)
				went, was := number(m, `"type":3}`, "D: ")
				return !m.toServer() && (is && came == id || was && went == id)
			})
		}
		left := fmt.Sprintf("D: %d\n", id)
		if r.Dialect == "json" {
			left = fmt.Sprintf(`{"data":"","id":%d,"type":3}`, id)
		}
		for _, member := range []string{"host", "b"} {
			s.Messages = append(s.Messages, &message{Client: member, Dir: "s2c", Opcode: 1, Text: &left})
		}
	}
}

func peerConnect(m *message) (int64, bool) { return number(m, `"type":2}`, "N: ") }

// number gives the id in a server's message of a type.
func number(m *message, jsonEnd, textStart string) (int64, bool) {
	if m.Text == nil {
		return 0, false
	}
	s, ok := strings.CutPrefix(*m.Text, textStart)
	if strings.HasSuffix(*m.Text, jsonEnd) {
		_, s, ok = strings.Cut(*m.Text, `"id":`)
		s, _, _ = strings.Cut(s, ",")
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return n, ok && err == nil
}

// sorted writes a Node.js server's message with its keys sorted.
func sorted(text string) *string {
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		panic(err)
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	s := string(b)
	return &s
}

func (r *recording) drop(f func(*step, *message) bool) {
	for _, s := range r.Steps {
		s.Messages = slices.DeleteFunc(s.Messages, func(m *message) bool { return f(s, m) })
	}
}

// answers are the messages of the server that have a text.
func (r *recording) answers() func(yield func(*message) bool) {
	return func(yield func(*message) bool) {
		for _, s := range r.Steps {
			for _, m := range s.Messages {
				if !m.toServer() && m.Text != nil && !yield(m) {
					return
				}
			}
		}
	}
}

func (r *recording) step(name string) *step {
	i := slices.IndexFunc(r.Steps, func(s *step) bool { return s.Step == name })
	return r.Steps[i]
}

// answer replaces what a client hears in a step.
func (s *step) answer(client string, messages ...string) {
	s.Messages = slices.DeleteFunc(s.Messages, func(m *message) bool { return m.Client == client && !m.toServer() })
	for _, m := range messages {
		s.Messages = append(s.Messages, &message{Client: client, Dir: "s2c", Opcode: 1, Text: &m})
	}
}

func (s *step) close(client string, code int, reason string) {
	s.Messages = append(s.Messages, &message{Client: client, Dir: "s2c", Close: code, Reason: reason})
}

// apply makes the recording what is expected of this server.
func (r *recording) apply(t *testing.T) {
	for _, d := range deviations {
		if !slices.Contains(d.servers, r.Server) {
			continue
		}
		before, _ := json.Marshal(r)
		d.edit(r)
		if after, _ := json.Marshal(r); string(before) == string(after) {
			t.Errorf("nothing in the recording of %s deviates: %s", r.Server, d.name)
		}
	}
}

// draws gives the ids and names that the recorded server drew.
func (r *recording) draws() (ids []int32, names []string) {
	hosts := map[string]bool{}
	for m := range r.answers() {
		if id, is := number(m, `"type":1}`, "I: "); is {
			if hosts[m.Client] = id == 1; id != 1 {
				ids = append(ids, int32(id))
			}
		}
		name, is := strings.CutPrefix(*m.Text, "J: ")
		if strings.HasSuffix(*m.Text, `"type":0}`) {
			_, name, is = strings.Cut(*m.Text, `"data":"`)
			name, _, _ = strings.Cut(name, `"`)
		}
		if is && hosts[m.Client] {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return ids, names
}

func TestTheDemosSessionsByteForByte(t *testing.T) {
	all := recordings(t)
	if len(all) != 4 {
		t.Fatalf("%d recordings, want those of four servers", len(all))
	}
	for _, r := range all {
		t.Run(r.Server, func(t *testing.T) {
			r.apply(t)
			ids, names := r.draws()
			cfg := signaling.Config{}.Drawing(
				func() int32 { id := ids[0]; ids = ids[1:]; return id },
				func() string { name := names[0]; names = names[1:]; return name })
			inWorld(t, cfg, func(w *world) { r.replay(w) })
			if len(ids)+len(names) > 0 {
				t.Errorf("not drawn: ids %d, names %q", ids, names)
			}
		})
	}
}

func (r *recording) replay(w *world) {
	players := map[string]*player{}
	for _, s := range r.Steps {
		if d := players["d"]; d != nil {
			d.leave()
			delete(players, "d")
		}
		for _, m := range s.Messages {
			p := players[m.Client]
			if p == nil {
				p = w.connect(m.Client)
				players[m.Client] = p
			}
			switch {
			case !m.toServer():
			case s.Step == "binary":
				p.sendBinary(*m.Text)
			default:
				p.send(*m.Text)
			}
		}
		switch s.Step {
		case "c leaves":
			players["c"].leave()
			players["c"].take()
		case "no join in 1s":
			w.pass(time.Second)
		case "after seal 10s":
			w.pass(10 * time.Second)
		case "host leaves", "host leaves, non mesh":
			players["host2"].leave()
			want := s.of("host2")
			players["host2"].expect(append(want, `close 1000 ""`)...)
			delete(players, "host2")
		}
		for name, p := range players {
			if got, want := p.take(), s.of(name); !slices.Equal(got, want) {
				w.t.Errorf("step %q: %s got\n\t%q\nwant\n\t%q", s.Step, name, got, want)
			}
		}
	}
}

// of is what a client hears in a step.
func (s *step) of(client string) []string {
	var entries []string
	for _, m := range s.Messages {
		if m.Client == client && !m.toServer() {
			entries = append(entries, m.entry())
		}
	}
	return entries
}
