package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	neturl "net/url"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/internal/hostile"
	"crosspeer/link/enetlink"
	"crosspeer/link/wslink"
)

// TestHonestPlayersUnderFire starts a whole server with players over ENet and
// WebSocket, who talk to each other while strangers send it damaged datagrams,
// requests, frames and signalling messages, and stop in the middle of them. The
// players' packets arrive all and in order; nothing panics, not even where
// net/http would hide it; and in the end only the players are left.
//
// FIRE_CONNECTIONS=n makes more of it than 4000 connections; FIRE_SEED=s repeats
// a run's damage, though not its timing.
func TestHonestPlayersUnderFire(t *testing.T) {
	connections, seed := number(t, "FIRE_CONNECTIONS", 4000), number(t, "FIRE_SEED", 1)
	if testing.Short() {
		connections = min(connections, 200)
	}
	t.Logf("repeat: FIRE_SEED=%d FIRE_CONNECTIONS=%d go test ./server -run TestHonestPlayersUnderFire", seed, connections)
	var log panics
	s := start(t, Config{ENet: "127.0.0.1:0", HTTP: "127.0.0.1:0", RTC: "127.0.0.1:0", Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	var running sync.WaitGroup
	running.Go(s.Run)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	one, err := crosspeer.Dial(ctx, nil, enetlink.Dial(strings.TrimPrefix(url(t, s, "enet"), "enet://")))
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	two, err := crosspeer.Dial(ctx, nil, wslink.Dial(url(t, s, "ws")))
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	before := measure(0, 300*time.Millisecond)

	fire := &fire{t: t, host: host(t, s), enet: strings.TrimPrefix(url(t, s, "enet"), "enet://"), messages: recordedMessages(t)}
	over := make(chan struct{})
	var talking, firing sync.WaitGroup
	for _, way := range [][2]*crosspeer.Peer{{one, two}, {two, one}} {
		talking.Go(func() { talk(t, ctx, way[0], way[1], over) })
	}
	for i := range 4 {
		firing.Go(func() { fire.run(rand.New(rand.NewPCG(uint64(seed), uint64(i))), connections/4) })
	}
	firing.Wait()
	close(over)
	talking.Wait()

	for srv := s.Peer(); srv.Stats().Peers > 2; { // who was let in, and is gone
		select {
		case <-ctx.Done():
			t.Fatalf("%d peers are left, want 2", srv.Stats().Peers)
		default:
			runtime.Gosched()
		}
	}
	after := measure(before.goroutines, 20*time.Second)
	t.Logf("%d connections, %d of them WebSockets, and %d datagrams; before %+v, after %+v",
		connections, fire.upgraded.Load(), fire.datagrams.Load(), before, after)
	if fire.upgraded.Load() < int64(connections)/2 {
		t.Error("hardly any of the connections became a WebSocket")
	}
	if after.goroutines > before.goroutines {
		t.Errorf("%d goroutines became %d", before.goroutines, after.goroutines)
	}
	if after.heap > before.heap+8<<20 {
		t.Errorf("%d bytes of heap became %d", before.heap, after.heap)
	}
	if text := log.found(); text != "" {
		t.Errorf("a panic was hidden: %s", text)
	}
	s.Shutdown(ctx)
	running.Wait()
}

func number(t *testing.T, name string, otherwise int) int {
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s=%s is no number", name, v)
	}
	return n
}

// talk sends numbered packets from one player to the other until it is over,
// and then takes the rest of them.
func talk(t *testing.T, ctx context.Context, from, to *crosspeer.Peer, over <-chan struct{}) {
	got := make(chan int, 1)
	go func() {
		want := uint32(0)
		for {
			pkt, err := to.Receive(ctx)
			if err != nil {
				t.Errorf("%d stops receiving after %d packets: %v", to.UniqueID(), want, err)
				break
			}
			if pkt.From != from.UniqueID() {
				continue
			}
			if len(pkt.Data) == 0 {
				break
			}
			if n := binary.BigEndian.Uint32(pkt.Data); n != want || len(pkt.Data) != 4+int(n%1500) {
				t.Errorf("packet %d of %d bytes arrived, want number %d", n, len(pkt.Data), want)
				break
			}
			want++
		}
		got <- int(want)
	}()
	send := func(b []byte) bool {
		err := from.Send(crosspeer.Packet{To: to.UniqueID(), Mode: crosspeer.Reliable, Data: b})
		if err != nil {
			t.Errorf("%d cannot send: %v", from.UniqueID(), err)
		}
		return err == nil
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	sent := 0
	for ok := true; ok; {
		select {
		case <-tick.C:
			ok = send(append(binary.BigEndian.AppendUint32(nil, uint32(sent)), make([]byte, sent%1500)...))
			sent++
		case <-over:
			ok = false
			send(nil)
		}
	}
	if n := <-got; n != sent || sent == 0 {
		t.Errorf("%d of %d packets from %d to %d arrived", n, sent, from.UniqueID(), to.UniqueID())
	}
}

// fire is what strangers do to a server.
type fire struct {
	t          *testing.T
	host, enet string
	messages   recorded

	datagrams, upgraded atomic.Int64
}

// run makes connections, one after the other, and sends datagrams with each.
func (f *fire) run(rnd *rand.Rand, connections int) {
	udp, err := net.Dial("udp", f.enet)
	if err != nil {
		f.t.Error(err)
		return
	}
	defer udp.Close()
	damage := func(valid [][]byte) *hostile.Damager { return hostile.NewDamager(rnd.Uint64(), 1<<16, valid) }
	datagrams, frames, requests, texts := damage(f.messages.datagrams), damage(f.messages.frames), damage(f.messages.requests), damage(f.messages.texts)
	for range connections {
		for range 50 {
			udp.Write(datagrams.Next())
		}
		f.datagrams.Add(50)
		path, stream := "/ws", func() []byte { return frames.Next() }
		if rnd.IntN(2) == 0 {
			path, stream = "/rtc", func() []byte { return masked(texts.Next()) }
			if rnd.IntN(4) == 0 { // the framing is damaged too
				stream = func() []byte { return requests.Damage(masked(f.messages.texts[rnd.IntN(len(f.messages.texts))])) }
			}
		}
		d := net.Dialer{Timeout: 20 * time.Second}
		if runtime.GOOS == "linux" { // all of 127.0.0.0/8 is there, and one address has not ports enough
			d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, byte(1+rnd.IntN(200)), byte(rnd.IntN(256)), 1)}
		}
		conn, err := d.Dial("tcp", f.host)
		if err != nil {
			f.t.Error(err)
			return
		}
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		head := []byte("GET " + path + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
		if rnd.IntN(4) == 0 {
			conn.Write(requests.Damage(head))
			conn.(*net.TCPConn).CloseWrite() // it is cut off there
		} else {
			conn.Write(head)
		}
		if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil && resp.StatusCode == 101 {
			f.upgraded.Add(1)
			for range rnd.IntN(30) {
				if _, err := conn.Write(stream()); err != nil {
					break
				}
			}
		}
		conn.Close()
	}
}

// masked is a text frame of a client.
func masked(text []byte) []byte {
	b := []byte{0x81, 0xFE, byte(len(text) >> 8), byte(len(text)), 1, 2, 3, 4}
	if len(text) < 126 {
		b = []byte{0x81, 0x80 | byte(len(text)), 1, 2, 3, 4}
	}
	for i, c := range text {
		b = append(b, c^byte(1+i%4))
	}
	return b
}

// recorded are messages of valid sessions.
type recorded struct{ datagrams, frames, requests, texts [][]byte }

func recordedMessages(t *testing.T) (r recorded) {
	t.Helper()
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, m := range regexp.MustCompile(`"receive_hex": ?"([0-9a-f]+)"`).FindAllSubmatch(read("../enet/internal/engine/testdata/enet-behaviour.json"), -1) {
		r.datagrams = append(r.datagrams, unhex(string(m[1])))
	}
	var sessions []struct {
		Steps []struct {
			Wire []struct{ By, HTTP, Frame string }
		}
	}
	if err := json.Unmarshal(read("../link/wslink/testdata/godot3-sessions.json"), &sessions); err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		for _, step := range s.Steps {
			for _, row := range step.Wire {
				if row.By == "client" && row.Frame != "" {
					r.frames = append(r.frames, unhex(row.Frame))
				} else if row.By == "client" {
					r.requests = append(r.requests, []byte(row.HTTP))
				}
			}
		}
	}
	for _, m := range regexp.MustCompile(`"text": ?("(?:[^"\\]|\\.)*")`).FindAllSubmatch(read("../link/rtclink/signaling/testdata/webrtc-signaling-sessions.json"), -1) {
		var text string
		if err := json.Unmarshal(m[1], &text); err != nil {
			t.Fatal(err)
		}
		r.texts = append(r.texts, []byte(text))
	}
	r.texts = append(r.texts, []byte("J: session\n"), []byte(`{"type":0,"id":0,"data":"session"}`))
	if len(r.datagrams) < 20 || len(r.frames) < 5 || len(r.requests) == 0 || len(r.texts) < 20 {
		t.Fatalf("recorded are %d datagrams, %d frames, %d requests, %d texts", len(r.datagrams), len(r.frames), len(r.requests), len(r.texts))
	}
	return r
}

// host is where a server's HTTP is.
func host(t *testing.T, s *Server) string {
	t.Helper()
	u, err := neturl.Parse(url(t, s, "ws"))
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// panics keeps what a log says of panics.
type panics struct {
	mu   sync.Mutex
	text string
}

func (p *panics) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("panic")) {
		p.mu.Lock()
		p.text += string(b)
		p.mu.Unlock()
	}
	return len(b), nil
}

func (p *panics) found() string { p.mu.Lock(); defer p.mu.Unlock(); return p.text }
