package wslink_test

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"crosspeer"
	"crosspeer/link/wslink"
)

func TestOneOf64ThatReadsNothingIsDisconnectedAlone(t *testing.T) {
	const others, most, size = 63, 256 << 10, 32 << 10
	ctx := testContext(t)
	srv := serve(t, wslink.Config{MaxQueuedBytes: most})
	r := join(t, srv)
	if err := r.conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	clients := make([]*crosspeer.Peer, others)
	for i := range clients {
		clients[i] = watcher(t, srv)
	}
	gone := make(chan crosspeer.Reason, 1)
	go func() { gone <- left(t, srv, r.id) }()
	for n := 0; ; n++ {
		text := fmt.Sprintf("%08d", n) + strings.Repeat(".", size-8)
		if err := srv.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: []byte(text)}); err != nil {
			t.Fatal(err)
		}
		var got sync.WaitGroup
		for _, c := range clients {
			got.Go(func() {
				if pkt, err := c.Receive(ctx); err != nil || string(pkt.Data) != text {
					t.Errorf("client %d got %.8s, %v, want %.8s", c.UniqueID(), pkt.Data, err, text)
				}
			})
		}
		got.Wait()
		if t.Failed() {
			return
		}
		for _, p := range srv.Peers() {
			if info, err := srv.PeerInfo(p); err == nil && info.QueuedBytes > most+size {
				t.Fatalf("%d bytes wait for %d, the limit is %d", info.QueuedBytes, p, most)
			}
		}
		select {
		case why := <-gone:
			if why.Code != crosspeer.ReasonSlow || why.By != crosspeer.ByPolicy || why.Text == "" {
				t.Errorf("the reason is %+v", why)
			}
			if n := len(srv.Peers()); n != others {
				t.Errorf("%d peers are there, want %d", n, others)
			}
			return
		default:
		}
	}
}
