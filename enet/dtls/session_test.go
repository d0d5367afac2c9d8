package dtls_test

import (
	"bytes"
	"testing"

	"crosspeer/enet"
	"crosspeer/enet/dtls"
	"crosspeer/internal/testcert"
)

func TestAClientAndAServerTalk(t *testing.T) {
	for _, rsa := range []bool{false, true} {
		cert := testcert.Make(t, testcert.Kind{Name: "localhost", RSA: rsa})
		server := listen(t, dtls.Server(serving(cert)))
		peer, err := dial(t, server, dtls.Client(dtls.ClientConfig{RootCAs: testcert.Pool(cert)}))
		if err != nil {
			t.Fatal(err)
		}
		remote := expect(t, server, enet.EventConnect).Peer
		if remote.ConnectData() != 7 {
			t.Errorf("data %d", remote.ConnectData())
		}
		say(t, peer, server, "question")
		say(t, remote, peer.Host(), "answer")
		for _, p := range []*enet.Peer{peer, remote} {
			s := p.Security()
			if s.Version != "DTLS 1.2" || s.ServerName != "localhost" || s.String() == "none" {
				t.Errorf("state %+v", s)
			}
			t.Log(s)
		}
		large := bytes.Repeat([]byte("0123456789abcdef"), 20_000)
		if err := remote.Send(1, large, enet.Reliable); err != nil {
			t.Fatal(err)
		}
		if ev := expect(t, peer.Host(), enet.EventReceive); !bytes.Equal(ev.Data(), large) {
			t.Error("a large packet arrives changed")
		}
		peer.Host().Close()
		if ev := expect(t, server, enet.EventDisconnect); ev.Reason != enet.ReasonRemote {
			t.Errorf("ended with %v", ev.Err())
		}
	}
}
