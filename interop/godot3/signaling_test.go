package godot3

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"crosspeer/link/rtclink/signaling"
)

// demoClient is a GDScript class that speaks to a signalling server as the
// demo's client does: it joins when the socket opens, writes text frames, and
// takes a message apart at its first line end. It notes what it understands.
const demoClient = `
extends Reference

var heard = []
var _ws = WebSocketClient.new()
var _lobby = ""

func start(url, lobby):
	_lobby = lobby
	_ws.connect("connection_established", self, "_on_open")
	_ws.connect("connection_error", self, "_on_error")
	_ws.connect("connection_closed", self, "_on_closed")
	_ws.connect("server_close_request", self, "_on_close_request")
	_ws.connect("data_received", self, "_on_data")
	return _ws.connect_to_url(url)

func say(letter, id, payload):
	return _say("%s: %d\n%s" % [letter, id, payload])

func candidate(id, mid, index, text):
	return say("C", id, "\n%s\n%d\n%s" % [mid, index, text])

func seal():
	return _say("S: \n")

func leave():
	_ws.disconnect_from_host()

# Polls until there is something to tell, for 15 s.
func next():
	var end = OS.get_ticks_msec() + 15000
	while heard.empty() and OS.get_ticks_msec() < end:
		_ws.poll()
		OS.delay_usec(200)
	if heard.empty():
		return "nothing"
	return heard.pop_front()

func _say(text):
	return _ws.get_peer(1).put_packet(text.to_utf8())

func _on_open(protocol):
	if protocol != "":
		heard.append("sub-protocol " + protocol)
	_ws.get_peer(1).set_write_mode(WebSocketPeer.WRITE_MODE_TEXT)
	_say("J: %s\n" % _lobby)

func _on_error():
	heard.append("error")

func _on_closed(clean):
	heard.append("closed, clean: %s" % clean)

func _on_close_request(code, reason):
	heard.append("close %d %s" % [code, reason])

func _on_data():
	var packet = _ws.get_peer(1).get_packet()
	if not _ws.get_peer(1).was_string_packet():
		heard.append("binary frame")
	var parts = packet.get_string_from_utf8().split("\n", true, 1)
	if parts.size() != 2 or parts[0].length() < 3:
		heard.append("unreadable")
		return
	var letter = parts[0].substr(0, 3)
	var argument = parts[0].substr(3, parts[0].length() - 3)
	match letter:
		"J: ":
			heard.append("joined " + argument)
		"S: ":
			heard.append("sealed")
		_:
			if not argument.is_valid_integer():
				heard.append("no id in " + parts[0])
				return
			match letter:
				"I: ":
					heard.append("id %d" % int(argument))
				"N: ":
					heard.append("peer %d" % int(argument))
				"D: ":
					heard.append("left %d" % int(argument))
				"O: ":
					heard.append("offer from %d: %s" % [int(argument), parts[1]])
				"A: ":
					heard.append("answer from %d: %s" % [int(argument), parts[1]])
				"C: ":
					var ice = parts[1].split("\n", false)
					if ice.size() != 3 or not ice[1].is_valid_integer():
						heard.append("no candidate in " + parts[1])
					else:
						heard.append("candidate from %d: %s %d %s" % [int(argument), ice[0], int(ice[1]), ice[2]])
				_:
					heard.append("unknown " + letter)
`

// signalling is an engine with a demo client.
type signalling struct {
	*Engine
	t testing.TB
}

// meet makes the engine join a lobby, or create one if it is empty.
func meet(t testing.TB, e *Engine, url, lobby string) signalling {
	t.Helper()
	result := e.RunWith([]byte(demoClient), fmt.Sprintf(`
		var script = GDScript.new()
		script.source_code = bytes.get_string_from_utf8()
		script.reload()
		var client = script.new()
		agent.set_meta("client", client)
		return client.start(%q, %q)`, url, lobby)).Int()
	if result != OK {
		t.Fatalf("%s: connect_to_url returned %d", e.name, result)
	}
	return signalling{e, t}
}

// call calls a method of the demo client.
func (s signalling) call(source string) Value {
	s.t.Helper()
	return s.Run(`return agent.get_meta("client").` + source)
}

func (s signalling) hear(want ...string) {
	s.t.Helper()
	for _, w := range want {
		if got := s.call("next()").Text(); got != w {
			s.t.Fatalf("%s heard %q, want %q", s.name, got, w)
		}
	}
}

func (s signalling) do(source string) {
	s.t.Helper()
	if result := s.call(source).Int(); result != OK {
		s.t.Fatalf("%s: %s returned %d", s.name, source, result)
	}
}

// signallingServer serves on loopback. Engines may be busy, so nobody is
// hurried.
func signallingServer(t testing.TB) (url string) {
	t.Helper()
	srv, err := signaling.NewServer(signaling.Config{SealTimeout: time.Second, JoinTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &http.Server{Handler: srv}
	done := make(chan struct{})
	go func() { defer close(done); h.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), DefaultPatience)
		defer cancel()
		srv.Close(ctx)
		h.Close()
		<-done
	})
	return "ws://" + l.Addr().String() + "/signaling"
}

func TestEnginesMeetAtTheSignallingServer(t *testing.T) {
	Find(t)
	url := signallingServer(t)
	engines := StartAll(t, "host", "ann", "bob")

	host := meet(t, engines[0], url, "")
	host.hear("id 1")
	lobby := strings.TrimPrefix(host.call("next()").Text(), "joined ")

	ann := meet(t, engines[1], url, lobby)
	annID := number(t, ann, "id ")
	ann.hear("peer 1", "joined "+lobby)
	host.hear(fmt.Sprintf("peer %d", annID))

	bob := meet(t, engines[2], url, lobby)
	bobID := number(t, bob, "id ")
	bob.hear("peer 1", fmt.Sprintf("peer %d", annID), "joined "+lobby)
	host.hear(fmt.Sprintf("peer %d", bobID))
	ann.hear(fmt.Sprintf("peer %d", bobID))

	// The smaller id offers, so the host does.
	host.do(fmt.Sprintf(`say("O", %d, "v=0\r\no=- ä\r\n")`, annID))
	ann.hear("offer from 1: v=0\r\no=- ä\r\n")
	ann.do(`say("A", 1, "v=0\nanswer")`)
	host.hear(fmt.Sprintf("answer from %d: v=0\nanswer", annID))
	ann.do(`candidate(1, "data", 0, "candidate:1 1 UDP 1 192.0.2.1 9 typ host")`)
	host.hear(fmt.Sprintf("candidate from %d: data 0 candidate:1 1 UDP 1 192.0.2.1 9 typ host", annID))
	ann.do(fmt.Sprintf(`say("O", %d, "from member to member")`, bobID))
	bob.hear(fmt.Sprintf("offer from %d: from member to member", annID))

	bob.call("leave()")
	bob.hear("closed, clean: False") // as the engine calls it where a close begins
	host.hear(fmt.Sprintf("left %d", bobID))
	ann.hear(fmt.Sprintf("left %d", bobID))

	host.do("seal()")
	for _, s := range []signalling{host, ann} {
		s.hear("sealed", "close 1000 Seal complete", "closed, clean: True")
	}

	// Code and reason of an error reach the game.
	bob = meet(t, engines[2], url, "nowhere")
	bob.hear("close 4000 Lobby does not exists", "closed, clean: True")
}

func number(t testing.TB, s signalling, prefix string) int {
	t.Helper()
	text := s.call("next()").Text()
	var n int
	if _, err := fmt.Sscanf(text, prefix+"%d", &n); err != nil || n < 2 {
		t.Fatalf("%s heard %q, want %q and a number", s.name, text, prefix)
	}
	return n
}
