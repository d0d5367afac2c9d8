package godot3

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"crosspeer/enet"
)

// duos are a server and one client.
var duos = []struct {
	name string
	make func(*testing.T, ServerOptions, ClientOptions, func(int) int) (Actor, Client)
}{
	{"stock server, stock client", func(t *testing.T, so ServerOptions, co ClientOptions, by func(int) int) (Actor, Client) {
		engines := StartAll(t, "server", "client")
		port := engines[0].Serve(so)
		return engines[0], engines[1].Joining(by(port), co)
	}},
	{"Go server, stock client", func(t *testing.T, so ServerOptions, co ClientOptions, by func(int) int) (Actor, Client) {
		g, port := goServer(t, so)
		return g, Start(t, "client").Joining(by(port), co)
	}},
	{"stock server, Go client", func(t *testing.T, so ServerOptions, co ClientOptions, by func(int) int) (Actor, Client) {
		e := Start(t, "server")
		return e, goClient(t, "Go client", by(e.Serve(so)), co)
	}},
}

// dialogue is what a server and a client do on a line that is listened to.
type dialogue struct {
	name   string
	server ServerOptions
	client ClientOptions
	talk   func(t *testing.T, server Actor, client Client)

	// lines must be in the story, in this order.
	lines []string
}

const connect = "client: CONNECT, flags 0x80, channel 255, MTU 1400, window "

var dialogues = []dialogue{
	{
		name: "17, 38, 47 each mode, both ways",
		talk: func(t *testing.T, server Actor, client Client) {
			for _, mode := range Modes {
				speak(t, client, server, ServerID, mode, []byte("up"))
				speak(t, client, server, Everyone, mode, []byte("all"))
				speak(t, server, client, client.ID(), mode, []byte("down"))
			}
		},
		lines: []string{
			connect + "65536, 3 channels, bandwidths 0 and 0, throttle 5000/2/2, data C",
			"server: VERIFY_CONNECT, flags 0x80, channel 255, MTU 1400, window 65536, 3 channels, bandwidths 0 and 0, throttle 5000/2/2",
			"client: SEND_UNSEQUENCED, flags 0x40, channel 2, C, 1, 7570",
			"client: SEND_UNSEQUENCED, flags 0x40, channel 2, C, 0, 616c6c",
			"server: SEND_UNSEQUENCED, flags 0x40, channel 2, 1, C, 646f776e",
			"client: SEND_UNRELIABLE, flags 0x0, channel 2, C, 1, 7570",
			"server: SEND_UNRELIABLE, flags 0x0, channel 2, 1, C, 646f776e",
			"client: SEND_RELIABLE, flags 0x80, channel 1, C, 1, 7570",
			"server: SEND_RELIABLE, flags 0x80, channel 1, 1, C, 646f776e",
		},
	},
	{
		name:   "48 always ordered",
		server: ServerOptions{AlwaysOrdered: true},
		client: ClientOptions{AlwaysOrdered: true},
		talk: func(t *testing.T, server Actor, client Client) {
			for _, mode := range Modes {
				speak(t, client, server, ServerID, mode, []byte("up"))
				speak(t, server, client, Everyone, mode, []byte("down"))
			}
		},
		lines: []string{
			"client: SEND_UNRELIABLE, flags 0x0, channel 2, C, 1, 7570",
			"server: SEND_UNRELIABLE, flags 0x0, channel 2, 1, 0, 646f776e",
		},
	},
	{
		name: "49 the largest command and the smallest fragments",
		talk: func(t *testing.T, server Actor, client Client) {
			for _, mode := range Modes {
				for _, size := range []int{1364, 1365, 2*1372 - 8, 2*1372 - 7} {
					speak(t, client, server, ServerID, mode, Pattern(size, size))
					speak(t, server, client, Everyone, mode, Pattern(size, size))
				}
			}
		},
		lines: []string{
			"client: SEND_UNSEQUENCED, flags 0x40, channel 2, C, 1, 1364 bytes",
			"client: SEND_FRAGMENT, flags 0x80, channel 2, 0 of 2 at 0 of 1373, 1372 bytes",
			"client: SEND_FRAGMENT, flags 0x80, channel 2, 1 of 2 at 1372 of 1373, 1 bytes",
			"server: SEND_FRAGMENT, flags 0x80, channel 2, 0 of 2 at 0 of 2744, 1372 bytes",
			"server: SEND_FRAGMENT, flags 0x80, channel 2, 2 of 3 at 2744 of 2745, 1 bytes",
			"client: SEND_RELIABLE, flags 0x80, channel 1, C, 1, 1364 bytes",
			"client: SEND_FRAGMENT, flags 0x80, channel 1, 0 of 2 at 0 of 1373, 1372 bytes",
		},
	},
	{
		name:   "51 a transfer channel",
		server: ServerOptions{ChannelCount: 6, TransferChannel: 5},
		client: ClientOptions{ChannelCount: 6, TransferChannel: 5},
		talk: func(t *testing.T, server Actor, client Client) {
			for _, mode := range Modes {
				if client.Put(ServerID, mode, []byte("up")) == OK {
					server.Expect(Packet(client.ID(), []byte("up"), 5))
				}
			}
		},
		lines: []string{
			connect + "65536, 6 channels, bandwidths 0 and 0, throttle 5000/2/2, data C",
			"client: SEND_UNSEQUENCED, flags 0x40, channel 5, C, 1, 7570",
			"client: SEND_UNRELIABLE, flags 0x0, channel 5, C, 1, 7570",
			"client: SEND_RELIABLE, flags 0x80, channel 5, C, 1, 7570",
		},
	},
	{
		name:   "67 bandwidths",
		server: ServerOptions{InBandwidth: 30000, OutBandwidth: 400000},
		client: ClientOptions{InBandwidth: 10000, OutBandwidth: 2000000},
		talk: func(t *testing.T, server Actor, client Client) {
			speak(t, client, server, ServerID, Reliable, []byte("up"))
		},
		lines: []string{
			connect + "65536, 3 channels, bandwidths 10000 and 2000000, throttle 5000/2/2, data C",
			"server: VERIFY_CONNECT, flags 0x80, channel 255, MTU 1400, window 4096, 3 channels, bandwidths 30000 and 400000, throttle 5000/2/2",
		},
	},
	{
		name: "28 the client closes",
		talk: func(t *testing.T, server Actor, client Client) {
			id := client.ID()
			client.Close()
			server.Expect(PeerDisconnected(id))
		},
		lines: []string{"client: DISCONNECT, flags 0x40, channel 255, data C"},
	},
	{
		name: "29 the server closes",
		talk: func(t *testing.T, server Actor, client Client) {
			server.Close()
			client.Expect(ServerDisconnected())
		},
		lines: []string{"server: DISCONNECT, flags 0x40, channel 255, data 1"},
	},
	{
		name: "30 the server disconnects the client when all has arrived",
		talk: func(t *testing.T, server Actor, client Client) {
			server.Put(Everyone, Reliable, []byte("last"))
			server.Disconnect(client.ID(), false)
			// A stock client drops what it has not fetched when it learns that
			// the server is gone, which may be in the same poll.
			client.WaitFor(func(e Event) bool { return e == ServerDisconnected() })
		},
		lines: []string{
			"server: SEND_RELIABLE, flags 0x80, channel 1, 1, 0, 6c617374",
			"server: DISCONNECT, flags 0x80, channel 255, data 0",
		},
	},
	{
		name: "31 the server disconnects the client at once",
		talk: func(t *testing.T, server Actor, client Client) {
			id := client.ID()
			server.Disconnect(id, true)
			server.Expect(PeerDisconnected(id))
			client.Expect(ServerDisconnected())
		},
		lines: []string{"server: DISCONNECT, flags 0x40, channel 255, data 0"},
	},
	{
		name:   "53 more channels than a connection can have",
		server: ServerOptions{ChannelCount: 255},
		client: ClientOptions{ChannelCount: 255},
		talk: func(t *testing.T, server Actor, client Client) {
			speak(t, client, server, ServerID, Reliable, []byte("up"))
		},
		lines: []string{connect + "65536, 255 channels, bandwidths 0 and 0, throttle 5000/2/2, data C"},
	},
}

// mark is the payload of packets that are not part of a story.
var mark = []byte("mark")

// speak sends a packet and waits for it. An unreliable one is sent again when
// ENet's throttle has dropped it, which it does before the wire; what is sent
// again is part of the story once. Two markers are needed: the first one can
// overtake the packet.
func speak(t *testing.T, from, to Actor, target int32, mode Mode, data []byte) {
	t.Helper()
	put := func(mode Mode, data []byte) Event {
		if result := from.Put(target, mode, data); result != OK {
			t.Fatalf("%s: put returned %d", from.Name(), result)
		}
		if mode == Reliable {
			return Packet(from.ID(), data, 1)
		}
		return Packet(from.ID(), data, 2)
	}
	if mode == Reliable {
		to.Expect(put(mode, data))
		return
	}
	for range maxBursts {
		want := put(mode, data)
		got := append(to.Until(put(Reliable, mark)), to.Until(put(Reliable, mark))...)
		if len(got) > 0 {
			if !slices.Equal(got, []Event{want}) {
				t.Fatalf("%s: got %v, want %v", to.Name(), got, want)
			}
			return
		}
	}
	t.Fatalf("%s: got none of %d packets", to.Name(), maxBursts)
}

// What stock peers say to each other is what each of them hears from a Go
// peer, command by command.
func TestGoPeersAreStockPeersOnTheWire(t *testing.T) {
	for _, d := range dialogues {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			var reference []string
			for _, duo := range duos {
				var s *sniffer
				server, client := duo.make(t, d.server, d.client, func(port int) int {
					s = sniff(t, port, d.server.Compression)
					return s.port
				})
				if result := client.Join(); result != OK {
					t.Fatalf("%s: joining returned %d", duo.name, result)
				}
				client.Expect(PeerConnected(ServerID), Succeeded())
				id := client.ID()
				server.Expect(PeerConnected(id))
				d.talk(t, server, client)
				story := s.story(id)
				if reference == nil {
					reference = story
					mustHave(t, story, d.lines)
				} else {
					compare(t, duo.name, story, reference)
				}
				client.Close()
				server.Close()
			}
		})
	}
}

// mustHave checks that lines are in a story, in their order.
func mustHave(t *testing.T, story, lines []string) {
	t.Helper()
	rest := story
	for _, line := range lines {
		at := slices.Index(rest, line)
		if at < 0 {
			t.Fatalf("stock peers do not say\n  %s\nbut\n  %s", line, strings.Join(story, "\n  "))
		}
		rest = rest[at+1:]
	}
}

func TestCompressionOnTheWire(t *testing.T) {
	for _, c := range Compressions {
		t.Run(fmt.Sprintf("68, 69, 70, 71, 72 %v compresses what shrinks, behind a plain header", c), func(t *testing.T) {
			t.Parallel()
			for _, duo := range duos {
				var s *sniffer
				server, client := duo.make(t, ServerOptions{Compression: c}, ClientOptions{Compression: c}, func(port int) int {
					s = sniff(t, port, c)
					return s.port
				})
				client.Join()
				client.Expect(PeerConnected(ServerID), Succeeded())
				server.Expect(PeerConnected(client.ID()))
				counting := make([]byte, 64) // does not shrink
				for i := range counting {
					counting[i] = byte(i)
				}
				for _, data := range [][]byte{{1, 2, 3}, counting, slices.Repeat([]byte("A"), 100), slices.Repeat([]byte("A"), 5000)} {
					speak(t, client, server, ServerID, Reliable, data)
					speak(t, server, client, Everyone, Reliable, data)
				}
				mustCompress(t, duo.name, s, c)
				client.Close()
				server.Close()
			}
		})
	}
}

// mustCompress checks each datagram. By the range coder it is compressed if that
// makes it shorter, and then to the same bytes, whoever sent it. In the other
// formats encoders differ; that what is compressed is shorter has been seen when it
// was read. What is far from shrinking is not compressed, and what shrinks well is.
func mustCompress(t *testing.T, who string, s *sniffer, c Compression) {
	t.Helper()
	coder := enet.RangeCoder.New()
	seen := s.datagrams()
	shrunk := map[bool]int{}
	for i, d := range seen {
		squeezed := make([]byte, len(d.plain))
		n := coder.Compress(squeezed, d.plain)
		shrinks := n > 0 && n < len(d.plain)
		wrong := false
		switch {
		case c == RangeCoder:
			wrong = d.compressed != shrinks || shrinks && !bytes.Equal(d.area, squeezed[:n])
		case c == None:
			wrong = d.compressed
		case len(d.plain) > 64 && n > 0 && n < len(d.plain)/4:
			wrong = !d.compressed
		}
		if wrong {
			t.Errorf("%s, datagram %d: %x became %x, compressed %t", who, i, d.plain, d.area, d.compressed)
		}
		shrunk[d.compressed]++
	}
	if c != None && (shrunk[true] < 6 || shrunk[false] < 2) || c == None && shrunk[true] > 0 {
		t.Errorf("%s: %d datagrams are compressed and %d are not", who, shrunk[true], shrunk[false])
	}
	// A CONNECT has 48 bytes of which Zstandard cannot save any.
	if seen[0].compressed != (c != None && c != Zstd) {
		t.Errorf("%s: the first CONNECT is compressed: %t", who, seen[0].compressed)
	}
}
