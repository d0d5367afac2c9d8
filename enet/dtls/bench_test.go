package dtls_test

import (
	"runtime"
	"testing"

	"crosspeer/enet"
	"crosspeer/enet/dtls"
	"crosspeer/internal/testcert"
)

// The benchmarks run both ends in one process on loopback sockets. Their
// figures contain the work of the clients too.

// BenchmarkRoundTrip sends a message of 64 bytes there and back.
func BenchmarkRoundTrip(b *testing.B) {
	cert := testcert.Make(b, localhost)
	for _, bb := range []struct {
		name           string
		server, client enet.Security
	}{
		{"plain", nil, nil},
		{"DTLS", dtls.Server(serving(cert)), dtls.Client(dtls.ClientConfig{RootCAs: testcert.Pool(cert)})},
	} {
		b.Run(bb.name, func(b *testing.B) {
			server := listen(b, bb.server)
			peer, err := dial(b, server, bb.client)
			if err != nil {
				b.Fatal(err)
			}
			remote := expect(b, server, enet.EventConnect).Peer
			payload := make([]byte, 64)
			b.ReportAllocs()
			for b.Loop() {
				if err := peer.Send(0, payload, enet.Reliable); err != nil {
					b.Fatal(err)
				}
				expect(b, server, enet.EventReceive).Packet.Release()
				if err := remote.Send(0, payload, enet.Reliable); err != nil {
					b.Fatal(err)
				}
				expect(b, peer.Host(), enet.EventReceive).Packet.Release()
			}
		})
	}
}

// BenchmarkBulk sends packets of 1000 bytes one way.
func BenchmarkBulk(b *testing.B) {
	cert := testcert.Make(b, localhost)
	for _, bb := range []struct {
		name           string
		server, client enet.Security
	}{
		{"plain", nil, nil},
		{"DTLS", dtls.Server(serving(cert)), dtls.Client(dtls.ClientConfig{RootCAs: testcert.Pool(cert)})},
	} {
		b.Run(bb.name, func(b *testing.B) {
			server := listen(b, bb.server)
			peer, err := dial(b, server, bb.client)
			if err != nil {
				b.Fatal(err)
			}
			expect(b, server, enet.EventConnect)
			payload := make([]byte, 1000)
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			sent := 0
			for b.Loop() {
				if err := peer.Send(0, payload, enet.Reliable); err != nil {
					b.Fatal(err)
				}
				if sent++; sent > 256 {
					expect(b, server, enet.EventReceive).Packet.Release()
				}
			}
		})
	}
}

// BenchmarkMemory tells what a connection costs with and without DTLS, both
// ends together.
func BenchmarkMemory(b *testing.B) {
	cert := testcert.Make(b, localhost)
	used := func() (bytes uint64, goroutines int) {
		var m runtime.MemStats
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse, runtime.NumGoroutine()
	}
	for _, bb := range []struct {
		name           string
		server, client enet.Security
	}{
		{"plain", nil, nil},
		{"DTLS", dtls.Server(serving(cert)), dtls.Client(dtls.ClientConfig{RootCAs: testcert.Pool(cert), ServerName: "localhost"})},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				const peers = 400
				server := listen(b, bb.server)
				before, goroutines := used()
				var hosts []*enet.Host
				for range peers {
					h := listen(b, bb.client)
					if _, err := h.Connect(server.LocalAddr(), 2, 0); err != nil {
						b.Fatal(err)
					}
					expect(b, h, enet.EventConnect)
					expect(b, server, enet.EventConnect)
					hosts = append(hosts, h)
				}
				after, more := used()
				b.ReportMetric(float64(after-before)/peers/1024, "KiB/peer")
				b.ReportMetric(float64(more-goroutines)/peers, "goroutines/peer")
				for _, h := range hosts {
					h.Close()
				}
			}
		})
	}
}
