// Package examples runs the example programs.
package examples

import (
	"bufio"
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
)

// example builds and starts a program, and gives its first line of output.
// The program is interrupted at the end of the test and must end well.
func example(t *testing.T, name string, args ...string) (first string) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", bin, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(bin, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := bufio.NewScanner(out)
	s.Scan()
	first = s.Text()
	rest := make(chan struct{})
	go func() {
		defer close(rest)
		for s.Scan() {
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		<-rest
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	return first
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestTheBotAnswers(t *testing.T) {
	ctx := testContext(t)
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	line := example(t, "bot", strings.TrimPrefix(srv.Addrs()[0], "enet://"))
	if !strings.HasPrefix(line, "I am peer ") {
		t.Fatalf("the bot says %q", line)
	}
	ev, err := srv.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	bot := ev.(crosspeer.PeerConnected).ID
	if err := srv.Send(crosspeer.Packet{To: bot, Mode: crosspeer.Reliable, Data: []byte("hello")}); err != nil {
		t.Fatal(err)
	}
	if got, err := srv.Receive(ctx); err != nil || string(got.Data) != "hello" || got.From != bot {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestTheTickServerMovesPlayers(t *testing.T) {
	ctx := testContext(t)
	line := example(t, "tickserver", "127.0.0.1:0")
	p, err := crosspeer.Dial(ctx, nil, enetlink.Dial(strings.TrimPrefix(line, "listening on enet://")))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, step := range []byte{5, 0xFE} { // 5 forward, 2 back
		if err := p.Send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: []byte{step}}); err != nil {
			t.Fatal(err)
		}
	}
	for {
		got, err := p.Receive(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got.Mode != crosspeer.UnreliableOrdered || len(got.Data) != 8 {
			t.Fatalf("snapshot %+v", got)
		}
		if id := binary.LittleEndian.Uint32(got.Data); crosspeer.PeerID(id) != p.UniqueID() {
			t.Fatalf("snapshot of %d", id)
		}
		if binary.LittleEndian.Uint32(got.Data[4:]) == 3 {
			return
		}
	}
}

func TestATransportOfOnesOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "game.sock")
	if got := example(t, "unixsocket", "serve", path); got != "unix://"+path {
		t.Fatalf("serve says %q", got)
	}
	if got := example(t, "unixsocket", "join", path, "hello"); got != "you said hello" {
		t.Fatalf("join says %q", got)
	}
}
