// Unixsocket is a transport of one's own: a session over a Unix socket, for
// programs on one machine.
//
//	go run ./examples/unixsocket serve /tmp/game.sock
//	go run ./examples/unixsocket join /tmp/game.sock hello
//
// The transport is the type socket and the two functions below it; everything
// else is the game's.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"

	"crosspeer"
	"crosspeer/link/connlink"
)

// maxMessage bounds what is read, so that nobody can make this program
// allocate more.
const maxMessage = 1 << 20

// socket carries messages over a stream, each behind its length.
type socket struct{ net.Conn }

func (s socket) ReadMessage() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(s, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	b := make([]byte, n)
	_, err := io.ReadFull(s, b)
	return b, err
}

func (s socket) WriteMessage(b []byte) error {
	_, err := s.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

// acceptor gives the sockets of those who connect.
type acceptor struct{ net.Listener }

func (a acceptor) Accept() (connlink.Conn, error) {
	c, err := a.Listener.Accept()
	return socket{c}, err
}

func (a acceptor) Addr() string { return "unix://" + a.Listener.Addr().String() }

var config = connlink.Config{Name: "unix", MaxPacketBytes: maxMessage - connlink.HeaderBytes}

func listen(path string) crosspeer.Listener {
	return connlink.ListenFunc(func(ctx context.Context) (connlink.Acceptor, error) {
		l, err := new(net.ListenConfig).Listen(ctx, "unix", path)
		return acceptor{l}, err
	}, config)
}

func dial(path string) crosspeer.Dialer {
	return connlink.Dial(func(ctx context.Context) (connlink.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "unix", path)
		return socket{c}, err
	}, config)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	args := os.Args[1:]
	switch {
	case len(args) == 2 && args[0] == "serve":
		serve(ctx, args[1])
	case len(args) == 3 && args[0] == "join":
		join(ctx, args[1], args[2])
	default:
		log.Fatal("usage: unixsocket serve PATH, or unixsocket join PATH TEXT")
	}
}

// serve answers every packet.
func serve(ctx context.Context, path string) {
	srv, err := crosspeer.Listen(ctx, nil, listen(path))
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	fmt.Println(srv.Addrs()[0])
	for ev := range srv.Events(ctx) {
		if pkt, ok := ev.(crosspeer.PacketReceived); ok {
			srv.Send(crosspeer.Packet{To: pkt.From, Mode: pkt.Mode, Data: append([]byte("you said "), pkt.Data...)})
		}
	}
}

// join says something and prints the answer.
func join(ctx context.Context, path, text string) {
	cli, err := crosspeer.Dial(ctx, nil, dial(path))
	if err != nil {
		log.Fatal(err)
	}
	defer cli.Close()
	if err := cli.Send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: []byte(text)}); err != nil {
		log.Fatal(err)
	}
	answer, err := cli.Receive(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(answer.Data))
}
