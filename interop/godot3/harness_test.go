package godot3

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestPacketsOfEverySizeAreReported(t *testing.T) {
	engines := StartAll(t, "server", "client")
	server, client := engines[0], engines[1].Joining(engines[0].Serve(ServerOptions{}), ClientOptions{})
	(&Session{Server: server}).Join(t, client)
	for _, size := range []int{1, 1364, 1365, InlineLimit, InlineLimit + 1, 256 << 10} {
		t.Run(fmt.Sprintf("%d bytes", size), func(t *testing.T) {
			server.Within(t)
			client.Within(t)
			data := Pattern(size, size)
			client.Put(ServerID, Reliable, data)
			server.Expect(Packet(client.ID(), data, 1))
			server.PutPattern(client.ID(), Reliable, size, size)
			client.Expect(Packet(ServerID, data, 1))
		})
	}
	t.Run("empty packets are not sent", func(t *testing.T) {
		server.Within(t)
		client.Within(t)
		if result := client.Put(ServerID, Reliable, nil); result != OK {
			t.Errorf("put returned %d", result)
		}
		server.Quiet()
	})
}

func TestPatternIsTheSameInTheEngine(t *testing.T) {
	e := Start(t, "engine")
	for _, length := range []int{0, 1, 1021, 5000} {
		if got := e.Run(fmt.Sprintf("return agent.pattern(%d, 9)", length)).Text(); got != fmt.Sprintf("%x", Pattern(length, 9)) {
			t.Errorf("%d bytes differ", length)
		}
	}
	if bytes.Equal(Pattern(100, 1), Pattern(100, 2)) {
		t.Error("the pattern does not depend on the seed")
	}
}

func TestQueueCanBeLookedAtWhenNotDrained(t *testing.T) {
	engines := StartAll(t, "server", "client")
	server, client := engines[0], engines[1].Joining(engines[0].Serve(ServerOptions{}), ClientOptions{})
	(&Session{Server: server}).Join(t, client)

	server.Drain(false)
	client.Put(ServerID, Reliable, []byte("one"))
	client.Put(ServerID, Reliable, []byte("two"))
	var head []int
	for end := time.Now().Add(DefaultPatience); ; {
		server.Barrier()
		server.Run("return [peer.get_available_packet_count(), peer.get_packet_peer(), peer.get_packet_channel()]").Into(&head)
		if head[0] == 2 || time.Now().After(end) {
			break
		}
	}
	if want := []int{2, int(client.ID()), 1}; !slices.Equal(head, want) {
		t.Errorf("number of packets, source and channel of the first: %v, want %v", head, want)
	}
	server.Quiet()
	server.Drain(true)
	server.Expect(Packet(client.ID(), []byte("one"), 1), Packet(client.ID(), []byte("two"), 1))
}

func TestPausedEngineCatchesUp(t *testing.T) {
	engines := StartAll(t, "server", "client")
	server, client := engines[0], engines[1].Joining(engines[0].Serve(ServerOptions{}), ClientOptions{})
	(&Session{Server: server}).Join(t, client)

	client.Pause()
	server.Put(Everyone, Reliable, []byte("while you slept"))
	server.Barrier()
	if unread := client.Unread(); len(unread) > 0 {
		t.Errorf("a paused engine reported %v", unread)
	}
	client.Resume()
	client.Expect(Packet(ServerID, []byte("while you slept"), 1))
	client.Pause()
	client.Resume()
	client.Barrier()
}

func TestSecondCreateUsesTheSamePeer(t *testing.T) {
	e := Start(t, "engine")
	port := e.Serve(ServerOptions{})
	if result := e.CreateServer(port, ServerOptions{}); result != ErrAlreadyInUse {
		t.Errorf("second create_server returned %d, want %d", result, ErrAlreadyInUse)
	}
	e.Close()
	if result := e.CreateClient("127.0.0.1", 65536, ClientOptions{}); result != ErrInvalidParameter {
		t.Errorf("create_client with a bad port returned %d, want %d", result, ErrInvalidParameter)
	}
	if result := e.CreateClient("127.0.0.1", port, ClientOptions{}); result != OK {
		t.Errorf("create_client after that returned %d", result)
	}
	if status := e.Status(); status != Connecting {
		t.Errorf("status is %d, want %d", status, Connecting)
	}
}
