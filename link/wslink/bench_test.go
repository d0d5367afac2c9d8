package wslink_test

import (
	"fmt"
	"testing"

	"crosspeer"
	"crosspeer/link/wslink"
)

// BenchmarkBroadcast sends 64-byte packets from the server to N clients of the
// same process; a delivery is one packet at one client.
func BenchmarkBroadcast(b *testing.B) {
	for _, n := range []int{8, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ctx := b.Context()
			srv, err := crosspeer.Listen(ctx, nil, wslink.Listen("127.0.0.1:0"))
			if err != nil {
				b.Fatal(err)
			}
			defer srv.Close()
			var clients []*crosspeer.Peer
			for range n {
				cli, err := crosspeer.Dial(ctx, nil, wslink.Dial(srv.Addrs()[0]))
				if err != nil {
					b.Fatal(err)
				}
				defer cli.Close()
				clients = append(clients, cli)
			}
			payload := make([]byte, 64)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := srv.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: payload}); err != nil {
					b.Fatal(err)
				}
				if i%64 == 63 { // all have caught up
					for _, cli := range clients {
						for range 64 {
							if _, err := cli.Receive(ctx); err != nil {
								b.Fatal(err)
							}
						}
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/delivery")
		})
	}
}
