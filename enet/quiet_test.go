package enet_test

import (
	"fmt"
	"runtime"
	"testing"

	"crosspeer/enet"
)

// A host goes on while its socket changes under it: what comes in is answered,
// what the program sends leaves, and the goodbye arrives.
func TestAHostWithAQuietSocket(t *testing.T) {
	quiet, was := false, false
	joined := make(chan *enet.Peer, 1)
	var server *enet.Host
	opened := make(chan struct{})
	server = listen(t, &enet.Config{Handler: func(ev enet.Event) {
		<-opened
		switch ev.Type {
		case enet.EventConnect:
			joined <- ev.Peer
		case enet.EventReceive:
			ev.Peer.SendPacket(ev.Channel, ev.Packet, ev.Flags)
			ev.Packet.Release()
			quiet = enet.Quiet(server, !quiet)
			was = was || quiet
		}
	}})
	close(opened)
	client := listen(t, nil)
	p := connect(t, client, server.LocalAddr())
	expect(t, client, enet.EventConnect)
	s := await(t, joined, "the client to join")
	for i := range 51 {
		message := fmt.Sprint("message ", i)
		send(t, p, message)
		expectData(t, client, message)
		send(t, s, "from the program")
		expectData(t, client, "from the program")
	}
	server.Close()
	if runtime.GOOS == "linux" && (runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64") && !was {
		t.Error("the socket was never quiet")
	}
	expectEnd(t, client, enet.ReasonRemote, 0)
}
