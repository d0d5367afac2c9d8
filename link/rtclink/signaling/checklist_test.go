package signaling_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"crosspeer/link/rtclink/signaling"

	"github.com/coder/websocket"
)

// The tests of this file are a checklist of what the demo's clients and servers
// do, by number.

// numbered gives ids 100, 101, … and lobbies room1, room2, …
func numbered(cfg signaling.Config) signaling.Config {
	id, room := int32(99), 0
	return cfg.Drawing(
		func() int32 { id++; return id },
		func() string { room++; return fmt.Sprintf("room%d", room) })
}

// dialects are the two forms in which a stock client says things.
var dialects = []struct {
	name                     string
	create, join, seal, none string
	offer                    func(id int32, data string) string
	candidate                func(id int32, data string) string
	id, connect, gone        func(id int32) string
	joined                   string
	sealed                   string
}{
	{
		name:   "json",
		create: `{"data":"","id":0,"type":0}`, join: `{"data":"room1","id":0,"type":0}`,
		seal: `{"data":"","id":0,"type":7}`, none: `{"data":"nowhere","id":0,"type":0}`,
		offer:     func(id int32, data string) string { return fmt.Sprintf(`{"data":%q,"id":%d,"type":4}`, data, id) },
		candidate: func(id int32, data string) string { return fmt.Sprintf(`{"data":%q,"id":%d,"type":6}`, data, id) },
		id:        func(id int32) string { return fmt.Sprintf(`{"data":"true","id":%d,"type":1}`, id) },
		connect:   func(id int32) string { return fmt.Sprintf(`{"data":"","id":%d,"type":2}`, id) },
		gone:      func(id int32) string { return fmt.Sprintf(`{"data":"","id":%d,"type":3}`, id) },
		joined:    `{"data":"room1","id":0,"type":0}`,
		sealed:    `{"data":"","id":0,"type":7}`,
	},
	{
		name:   "text",
		create: "J: \n", join: "J: room1\n", seal: "S: \n", none: "J: nowhere\n",
		offer:     func(id int32, data string) string { return fmt.Sprintf("O: %d\n%s", id, data) },
		candidate: func(id int32, data string) string { return fmt.Sprintf("C: %d\n%s", id, data) },
		id:        func(id int32) string { return fmt.Sprintf("I: %d\n", id) },
		connect:   func(id int32) string { return fmt.Sprintf("N: %d\n", id) },
		gone:      func(id int32) string { return fmt.Sprintf("D: %d\n", id) },
		joined:    "J: room1\n",
		sealed:    "S: \n",
	},
}

// inBoth runs a test in a world of its own for each dialect, with a lobby of
// host, b (100) and c (101) whose greetings were read.
func inBoth(t *testing.T, f func(w *world, d int, host, b, c *player)) {
	for i, d := range dialects {
		t.Run(d.name, func(t *testing.T) {
			inWorld(t, numbered(signaling.Config{}), func(w *world) {
				host, b, c := w.connect("host"), w.connect("b"), w.connect("c")
				host.send(d.create)
				b.send(d.join)
				c.send(d.join)
				for _, p := range []*player{host, b, c} {
					p.take()
				}
				f(w, i, host, b, c)
			})
		})
	}
}

func TestChecklist01ClientsSendJoinAtOnceWithoutSubProtocolAndOnAnyPath(t *testing.T) {
	for _, path := range []string{"", "/", "/some/where?x=1"} {
		requests := make(chan *http.Request, 1)
		first := make(chan string, 1)
		url := serve(t, func(ws *websocket.Conn, r *http.Request) {
			requests <- r
			_, b, _ := ws.Read(context.Background())
			first <- string(b)
		})
		c, err := signaling.Dial(t.Context(), url+path, signaling.Options{Lobby: "abc"})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		r := <-requests
		if r.Header["Sec-Websocket-Protocol"] != nil || r.Header["Sec-Websocket-Extensions"] != nil {
			t.Errorf("the client asks for %v", r.Header)
		}
		if got := <-first; got != `{"data":"abc","id":0,"type":0}` {
			t.Errorf("the first message is %q", got)
		}
	}
	// The server takes all of these: players connect to a path of their own.
	inWorld(t, signaling.Config{}, func(w *world) {
		p := w.connect("a")
		p.send("J: \n")
		if got := p.take(); len(got) != 2 {
			t.Errorf("got %q", got)
		}
	})
}

func TestChecklist02TheCreatorGetsID1AndThenTheName(t *testing.T) {
	name := regexp.MustCompile(`^text: (?:J: ([A-Za-z0-9]{16})\n|\{"data":"([A-Za-z0-9]{16})","id":0,"type":0\})$`)
	for _, d := range dialects {
		inWorld(t, signaling.Config{}, func(w *world) {
			p := w.connect("host")
			p.send(d.create)
			got := p.take()
			if len(got) != 2 || got[0] != "text: "+d.id(1) || !name.MatchString(got[1]) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestChecklist03JoinersAndMembersHearOfEachOtherInOrder(t *testing.T) {
	for _, d := range dialects {
		inWorld(t, numbered(signaling.Config{}), func(w *world) {
			host, b, c := w.connect("host"), w.connect("b"), w.connect("c")
			host.send(d.create)
			b.send(d.join)
			c.send(d.join)
			host.expect(texts(d.id(1), d.joined, d.connect(100), d.connect(101))...)
			b.expect(texts(d.id(100), d.connect(1), d.joined, d.connect(101))...)
			c.expect(texts(d.id(101), d.connect(1), d.connect(100), d.joined)...)
		})
	}
}

func TestChecklist04WithoutMeshJoinersSeeOnlyTheHost(t *testing.T) {
	inWorld(t, numbered(signaling.Config{}), func(w *world) {
		host, b, c := w.connect("host"), w.connect("b"), w.connect("c")
		host.send(`{"type":0,"id":1,"data":""}`)
		b.send(`{"type":0,"id":1,"data":"room1"}`)
		c.send(`{"type":0,"id":0,"data":"room1"}`) // the id of later JOINs is ignored
		host.expect(texts(`{"data":"","id":1,"type":1}`, `{"data":"room1","id":0,"type":0}`,
			`{"data":"","id":100,"type":2}`, `{"data":"","id":101,"type":2}`)...)
		b.expect(texts(`{"data":"","id":100,"type":1}`, `{"data":"","id":1,"type":2}`, `{"data":"room1","id":0,"type":0}`)...)
		c.expect(texts(`{"data":"","id":101,"type":1}`, `{"data":"","id":1,"type":2}`, `{"data":"room1","id":0,"type":0}`)...)
	})
}

func TestChecklist05OffersCarryTheSendersID(t *testing.T) {
	inBoth(t, func(w *world, i int, host, b, c *player) {
		d := dialects[i]
		b.send(d.offer(1, "v=0"))
		host.send(d.offer(101, "v=1"))
		c.send(d.offer(100, ""))
		host.expect(texts(d.offer(100, "v=0"))...)
		c.expect(texts(d.offer(1, "v=1"))...)
		b.expect(texts(d.offer(101, ""))...)
	})
}

func TestChecklist06CandidatesAreForwardedUnchanged(t *testing.T) {
	inBoth(t, func(w *world, i int, host, b, _ *player) {
		d := dialects[i]
		for _, data := range []string{"\ndata\n0\ncandidate:1 1 UDP", "data\n0\nx", "\n\n\n", "/ä€ <>&\n"} {
			b.send(d.candidate(1, data))
			host.expect(texts(d.candidate(100, data))...)
		}
	})
}

func TestChecklist07LeavingIsAnnouncedAndTheHostEndsTheLobby(t *testing.T) {
	inBoth(t, func(w *world, i int, host, b, c *player) {
		d := dialects[i]
		b.leave()
		host.expect(texts(d.gone(100))...)
		c.expect(texts(d.gone(100))...)
		host.leave()
		c.expect(`close 4000 "Room host has disconnected"`)
		late := w.connect("late")
		late.send(d.join)
		late.expect(`close 4000 "Lobby does not exists"`)
	})
}

func TestChecklist08TheHostSealsAndTenSecondsLaterAllAreClosed(t *testing.T) {
	inBoth(t, func(w *world, i int, host, b, c *player) {
		d := dialects[i]
		c.send(d.seal)
		c.expect(`close 4000 "Only host can seal the lobby"`)
		host.expect(texts(d.gone(101))...)
		b.expect(texts(d.gone(101))...)
		host.send(d.seal)
		host.expect(texts(d.sealed)...)
		b.expect(texts(d.sealed)...)
		late := w.connect("late")
		late.send(d.join)
		late.expect(`close 4000 "Lobby is sealed"`)
		w.pass(9999 * time.Millisecond)
		host.expect()
		w.pass(time.Millisecond)
		host.expect(`close 1000 "Seal complete"`)
		b.expect(`close 1000 "Seal complete"`)
	})
}

func TestChecklist09WhoDoesNotJoinIsClosedAfterASecond(t *testing.T) {
	inWorld(t, signaling.Config{}, func(w *world) {
		p := w.connect("idle")
		w.pass(999 * time.Millisecond)
		p.expect()
		w.pass(time.Millisecond)
		p.expect(`close 4000 "Have not joined lobby yet"`)
	})
}

func TestChecklist10ErrorsCloseWithTheDemosWords(t *testing.T) {
	inBoth(t, func(w *world, i int, host, b, c *player) {
		d := dialects[i]
		unknown := map[string]string{"json": `{"type":9,"id":1,"data":""}`, "text": "Z: 1\nx"}[d.name]
		for _, test := range []struct {
			first, second string
			want          string
		}{
			{d.none, "", "Lobby does not exists"},
			{d.join, d.offer(99, "x"), "Invalid destination"},
			{d.join, unknown, "Invalid command"},
			{d.join, "garbage", "Invalid message format"},
			{"garbage", "", "Invalid message format"},
			{d.offer(1, "x"), "", "Invalid message when not in a lobby"},
			{d.join, d.join, "Already in a lobby"},
			{d.join, d.create, "Already in a lobby"},
		} {
			p := w.connect("p")
			p.send(test.first)
			if test.second != "" {
				p.take()
				p.send(test.second)
			}
			p.expect(fmt.Sprintf("close 4000 %q", test.want))
		}
		if s := w.server.Stats(); s.Members != 3 || s.Closed["bad format"] != 2 || s.Closed["bad destination"] != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestChecklist11JSONIsWrittenPlainlyAndReadInEveryForm(t *testing.T) {
	// What this server writes: integers, and data always.
	plain := regexp.MustCompile(`"id":\d+[,}]`)
	inBoth(t, func(w *world, i int, host, b, c *player) {
		d := dialects[i]
		if d.name != "json" {
			return
		}
		b.send(`{"more":[],"type": 4.0 ,"id":1.0,"data":"x"}`)
		c.leave()
		host.send(d.seal)
		for _, entry := range host.take() {
			text := strings.TrimPrefix(entry, "text: ")
			var m struct{ Data *string }
			if err := json.Unmarshal([]byte(text), &m); err != nil || m.Data == nil || !plain.MatchString(text) {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
	// What the client reads.
	got := clientHears(t, signaling.JSON, websocket.MessageText,
		`{"id":5,"data":"true","type":1}`, ` { "type" : 2 , "id" : 7 , "data" : "" } `, `{"type":2.0,"id":8.0,"data":"","more":{}}`,
		`[]`, `null`, `garbage`, `{"type":2,"id":9,"data":5}`, `{"data":"done","id":0,"type":0}`)
	want := []signaling.Event{signaling.Welcome{ID: 5, Mesh: true}, signaling.PeerConnect{ID: 7}, signaling.PeerConnect{ID: 8}, signaling.Joined{Lobby: "done"}}
	same(t, got, want)
}

func TestChecklist12TextNeedsTheNewlineAndTheSpace(t *testing.T) {
	for _, bad := range []string{"J: ", "J:\n", "J:room1\n", "J\n"} {
		inWorld(t, signaling.Config{}, func(w *world) {
			p := w.connect("p")
			p.send(bad)
			p.expect(`close 4000 "Invalid message format"`)
		})
	}
	got := clientHears(t, signaling.Text, websocket.MessageText,
		"I: 5\n", "N: 6", "N:7\n", "N: x\n", "Z: 8\n", "N: 9\n", "O: 9\na\nb", "J: done\n")
	want := []signaling.Event{signaling.Welcome{ID: 5, Mesh: true}, signaling.PeerConnect{ID: 9}, signaling.Offer{From: 9, SDP: "a\nb"}, signaling.Joined{Lobby: "done"}}
	same(t, got, want)
}

func TestChecklist13BinaryFramesAreTaken(t *testing.T) {
	same(t, clientHears(t, signaling.Text, websocket.MessageBinary, "I: 1\n", "J: done\n"),
		[]signaling.Event{signaling.Welcome{ID: 1, Mesh: true}, signaling.Joined{Lobby: "done"}})
	same(t, clientHears(t, signaling.JSON, websocket.MessageBinary, `{"data":"","id":1,"type":1}`, `{"data":"done","id":0,"type":0}`),
		[]signaling.Event{signaling.Welcome{ID: 1}, signaling.Joined{Lobby: "done"}})
	inBoth(t, func(w *world, i int, host, b, _ *player) {
		d := dialects[i]
		b.sendBinary(d.offer(1, "x"))
		host.expect(texts(d.offer(100, "x"))...) // as text
		p := w.connect("p")
		p.sendBinary(d.create)
		if got := p.take(); len(got) != 2 {
			t.Errorf("got %q", got)
		}
	})
}

func TestChecklist14TheCloseCodeAndReasonReachTheProgram(t *testing.T) {
	url := serve(t, func(ws *websocket.Conn, _ *http.Request) {
		ws.Read(context.Background())
		ws.Close(4000, "Lobby does not exists")
	})
	c, err := signaling.Dial(t.Context(), url, signaling.Options{Lobby: "abc"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	same(t, slices.Collect(c.Events(t.Context())), []signaling.Event{signaling.Closed{Code: 4000, Reason: "Lobby does not exists"}})
}

func TestChecklist15WhoOffers(t *testing.T) {
	for _, test := range []struct {
		dialect    signaling.Dialect
		own, other int32
		offers     bool
	}{
		{signaling.JSON, 2, 1, true},
		{signaling.JSON, 1, 2, false},
		{signaling.JSON, 9, 8, true},
		{signaling.Text, 1, 2, true},
		{signaling.Text, 2, 1, false},
		{signaling.Text, 8, 9, true},
	} {
		if got := signaling.Offers(test.dialect, test.own, test.other); got != test.offers {
			t.Errorf("%v: %d offers to %d: %v", test.dialect, test.own, test.other, got)
		}
	}
}

// serve runs a WebSocket server of the test's own on loopback.
func serve(t *testing.T, f func(ws *websocket.Conn, r *http.Request)) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow()
		f(ws, r)
	}))
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

// clientHears gives the events that a Client makes of a server's messages up
// to Joined.
func clientHears(t *testing.T, d signaling.Dialect, typ websocket.MessageType, messages ...string) []signaling.Event {
	t.Helper()
	url := serve(t, func(ws *websocket.Conn, _ *http.Request) {
		for _, m := range messages {
			if err := ws.Write(context.Background(), typ, []byte(m)); err != nil {
				t.Error(err)
			}
		}
		for {
			if _, _, err := ws.Read(context.Background()); err != nil {
				return
			}
		}
	})
	c, err := signaling.Dial(t.Context(), url, signaling.Options{Dialect: d})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var events []signaling.Event
	for ev := range c.Events(t.Context()) {
		events = append(events, ev)
		if _, ok := ev.(signaling.Joined); ok {
			break
		}
	}
	return events
}

func same(t *testing.T, got, want []signaling.Event) {
	t.Helper()
	if g, w := fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", want); g != w {
		t.Errorf("got\n\t%s\nwant\n\t%s", g, w)
	}
}

func TestTheAnswerToTheUpgradeIsWhatStockClientsAccept(t *testing.T) {
	srv, err := signaling.NewServer(signaling.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(srv)
	defer h.Close()
	defer srv.Close(t.Context())
	conn, err := net.Dial("tcp", h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprint(conn, "GET /x HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Protocol: godot,binary\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
	r := bufio.NewReader(conn)
	var lines []string
	size := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		size += len(line)
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			break
		}
		lines = append(lines, line)
	}
	if lines[0] != "HTTP/1.1 101 Switching Protocols" || len(lines) < 4 || size > 4096 {
		t.Errorf("%q", lines)
	}
	for _, want := range []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="} {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.EqualFold(l, want) }) {
			t.Errorf("%q is not in %q", want, lines)
		}
	}
	for _, l := range lines[1:] {
		name, value, ok := strings.Cut(l, ":")
		if !ok || strings.TrimSpace(value) == "" || strings.EqualFold(name, "Sec-WebSocket-Protocol") || strings.EqualFold(name, "Sec-WebSocket-Extensions") {
			t.Errorf("the header has %q", l)
		}
	}
	// A masked text frame "J: \n", and an unmasked text frame back.
	conn.Write([]byte{0x81, 0x84, 0, 0, 0, 0, 'J', ':', ' ', '\n'})
	frame := make([]byte, 7)
	if _, err := io.ReadFull(r, frame); err != nil || string(frame) != "\x81\x05I: 1\n" {
		t.Errorf("the answer is %q, %v", frame, err)
	}
}
