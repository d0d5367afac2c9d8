package dtls_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer/enet"
	"crosspeer/enet/dtls"
	"crosspeer/internal/simnet"
	"crosspeer/internal/testcert"
)

// hello catches a client's first ClientHello.
func hello(w *world) []byte {
	w.t.Helper()
	nobody := netip.MustParseAddrPort("10.0.0.7:7")
	conn := w.socket(nobody)
	h := w.host(w.socket(netip.MustParseAddrPort("10.0.0.8:8")), dtls.Client(dtls.ClientConfig{Insecure: true}))
	if _, err := h.Connect(nobody, 1, 0); err != nil {
		w.t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, _, err := conn.ReadFrom(b)
	if err != nil {
		w.t.Fatal(err)
	}
	h.Close()
	return b[:n]
}

// record makes a record without protection.
func record(typ byte, epoch uint16, seq uint64, content []byte) []byte {
	b := []byte{typ, 0xfe, 0xfd}
	b = binary.BigEndian.AppendUint16(b, epoch)
	b = append(b, binary.BigEndian.AppendUint64(nil, seq)[2:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(content)))
	return append(b, content...)
}

func TestAStrangerGetsNoMoreThanItSends(t *testing.T) {
	cert := testcert.Make(t, testcert.Kind{Name: "localhost", RSA: true}) // the larger one
	virtually(t, simnet.Conditions{}, dtls.Server(serving(cert)), func(t *testing.T, w *world) {
		first := hello(w)
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range 2000 {
			from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, byte(i >> 8), byte(i)}), uint16(1+i))
			for range 1 + i%4 {
				b := slices.Clone(first)
				switch i % 8 {
				case 1: // damaged
					b[rng.IntN(len(b))] ^= byte(1 + rng.IntN(255))
				case 2: // cut off
					b = b[:rng.IntN(len(b))]
				case 3: // with a cookie of its own making
					binary.BigEndian.PutUint16(b[17:], 1)
				case 4: // alerts and others
					b = record(byte(20+rng.IntN(6)), uint16(rng.IntN(2)), rng.Uint64()>>32, []byte{2, 40})
				}
				w.forge(from, b)
			}
			synctest.Wait()
			got, sent, last := w.tap.with(from)
			if sent > got {
				t.Fatalf("stranger %d: %d bytes are answered with %d, the last % x", i, got, sent, last)
			}
			elapse(time.Millisecond) // no faster than handshakes may begin
			if i == 0 && sent == 0 {
				t.Fatal("no answer at all")
			}
		}
		// What strangers have begun is over some seconds later, without
		// another word to them.
		elapse(time.Minute)
		for i := range 2000 {
			from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, byte(i >> 8), byte(i)}), uint16(1+i))
			if got, sent, _ := w.tap.with(from); sent > got {
				t.Fatalf("stranger %d: %d bytes are answered with %d in the end", i, got, sent)
			}
		}
	})
}

func TestStrangersCannotMakeAServerKeepMuch(t *testing.T) {
	cert := testcert.Make(t, localhost)
	cfg := serving(cert)
	cfg.MaxWaiting = 64
	virtually(t, simnet.Conditions{Delay: 10 * time.Millisecond}, dtls.Server(cfg), func(t *testing.T, w *world) {
		first := hello(w)
		bounded := func(when string, most int) {
			t.Helper()
			if n := dtls.Associations(w.guard); n > most {
				t.Errorf("%s: %d associations, want %d at most", when, n, most)
			}
		}
		from := func(n int) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, byte(n >> 8), byte(n), 1}), 9)
		}
		for i := range 2000 {
			w.forge(from(i), first)
		}
		synctest.Wait()
		bounded("all at once", 16)
		for i := range 2000 {
			w.forge(from(2000+i), first)
			elapse(2 * time.Millisecond)
			bounded("one after the other", 64)
		}
		elapse(6 * time.Second)
		bounded("some seconds later", 0)
		for i := range 200 {
			w.forge(netip.AddrPortFrom(netip.AddrFrom4([4]byte{172, 16, 0, byte(i)}), 9), first)
			elapse(20 * time.Millisecond)
		}
		bounded("one network", 8)
		// Somebody honest comes in the middle of it.
		over := make(chan struct{})
		go func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				case <-time.After(30 * time.Millisecond):
					w.forge(from(i), first)
				}
			}
		}()
		w.connect(clientAddr, dtls.Client(dtls.ClientConfig{Insecure: true}))
		close(over)
		elapse(time.Second)
	})
}

func TestAStrangerCostsLittleMemory(t *testing.T) {
	cert := testcert.Make(t, localhost)
	virtually(t, simnet.Conditions{}, dtls.Server(serving(cert)), func(t *testing.T, w *world) {
		first := hello(w)
		synctest.Wait()
		use := func() (n uint64) {
			var m runtime.MemStats
			for range 3 { // a pool keeps its content for two collections
				runtime.GC()
			}
			runtime.ReadMemStats(&m)
			return m.HeapAlloc + m.StackInuse
		}
		const strangers, most = 1000, 64 << 10
		before := use()
		for i := range strangers {
			w.forge(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, byte(i >> 8), byte(i), 1}), 9), first)
			elapse(time.Millisecond)
		}
		if n := dtls.Associations(w.guard); n != strangers {
			t.Fatalf("%d have begun", n)
		}
		if each := (use() - before) / strangers; each > most {
			t.Errorf("%d bytes each, want %d at most", each, most)
		} else {
			t.Logf("%d KiB each", each>>10)
		}
	})
}

// TestForgedRecordsDoNotDisturbAConnection sends what anybody can make from
// the client's own address.
func TestForgedRecordsDoNotDisturbAConnection(t *testing.T) {
	for _, mode := range []dtls.Mode{dtls.Require, dtls.Allow} {
		t.Run(mode.String(), func(t *testing.T) {
			cert := testcert.Make(t, timeless)
			cfg := serving(cert)
			cfg.Mode = mode
			virtually(t, simnet.Conditions{Delay: time.Millisecond}, dtls.Server(cfg), func(t *testing.T, w *world) {
				first := hello(w)
				client, theirs, ours := w.connect(clientAddr, dtls.Client(dtls.ClientConfig{ServerName: "localhost", RootCAs: testcert.Pool(cert)}))
				forgeries := [][]byte{
					record(21, 0, 9, []byte{2, 40}), record(21, 0, 10, []byte{1, 0}), record(21, 1, 11, []byte{2, 40}), record(21, 0, 12, []byte{2}),
					record(23, 0, 13, []byte("in the clear")), record(23, 1, 14, make([]byte, 40)), record(23, 2, 15, make([]byte, 40)),
					record(20, 0, 16, []byte{1}), record(20, 0, 17, []byte{7, 7}), record(20, 0, 18, nil), record(20, 1, 19, []byte{1}),
					record(22, 0, 20, make([]byte, 12)), record(22, 0, 21, []byte{16, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 1, 0}), record(22, 1, 22, make([]byte, 60)),
					record(24, 0, 23, []byte{1}), record(25, 1, 24, []byte{1}), record(22, 0, 25, nil),
					append(record(23, 1, 26, make([]byte, 40)), record(23, 0, 27, []byte("behind"))...),
					first, first[:40],
					// ENet: DISCONNECT to any slot, and CONNECT.
					{0x0f, 0xff, 5, 0xff, 0, 1, 0, 0, 0, 0}, {0, 0, 5, 0xff, 0, 1, 0, 0, 0, 0}, make([]byte, 52), {},
				}
				rng := rand.New(rand.NewPCG(3, 4))
				rounds := 20
				if testing.Short() {
					rounds = 3
				}
				for n := range rounds {
					for _, b := range forgeries {
						w.forge(clientAddr, b)
						w.forge(clientAddr, damaged(rng, b))
					}
					if n%3 == 0 {
						elapse(700 * time.Millisecond)
					}
					say(t, theirs, w.server, "still here")
					say(t, ours, client, "still here")
				}
				if s := ours.Security(); s.Version == "" {
					t.Error("the connection is not encrypted any more")
				}
			})
		})
	}
}

func damaged(rng *rand.Rand, b []byte) []byte {
	b = slices.Clone(b)
	for range min(len(b), 1+rng.IntN(4)) {
		b[rng.IntN(len(b))] = byte(rng.Uint32())
	}
	return b
}

func TestAClientThatBeginsAnewTakesThePlaceOfTheOld(t *testing.T) {
	cert := testcert.Make(t, localhost)
	security := dtls.Client(dtls.ClientConfig{Insecure: true})
	virtually(t, simnet.Conditions{Delay: time.Millisecond}, dtls.Server(serving(cert)), func(t *testing.T, w *world) {
		client, _, ours := w.connect(clientAddr, security)
		// Its program dies: nobody says goodbye.
		w.wire.SetPath(clientAddr, serverAddr, simnet.Conditions{Loss: 1})
		client.Close()
		w.wire.SetPath(clientAddr, serverAddr, simnet.Conditions{Delay: time.Millisecond})

		again := w.host(w.socket(clientAddr), security)
		p, err := again.Connect(serverAddr, 2, 0)
		if err != nil {
			t.Fatal(err)
		}
		ev := expect(t, w.server, enet.EventDisconnect)
		if ev.Peer != ours || ev.Reason != enet.ReasonSecurity || ev.Cause != dtls.ErrReplaced {
			t.Errorf("the old connection ended with %v", ev.Err())
		}
		expect(t, w.server, enet.EventConnect)
		expect(t, again, enet.EventConnect)
		say(t, p, w.server, "it is me again")
	})
}
