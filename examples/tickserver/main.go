// Command tickserver is a server with a fixed tick. Every player moves a
// number by sending its change as one byte, reliably; 20 times a second each
// player gets all positions, unreliably and in order.
//
//	go run ./examples/tickserver :4242
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
)

const tick = time.Second / 20

func main() {
	addr := ":4242"
	if len(os.Args) > 1 {
		addr = os.Args[1]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, addr); err != nil {
		fmt.Fprintln(os.Stderr, "tickserver:", err)
		os.Exit(1)
	}
}

// world is the state of the game.
type world map[crosspeer.PeerID]int32

func run(ctx context.Context, addr string) error {
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen(addr))
	if err != nil {
		return err
	}
	defer srv.Close()
	fmt.Println("listening on", srv.Addrs()[0])

	w := world{}
	next := time.Now().Add(tick)
	for ctx.Err() == nil {
		wait, cancel := context.WithDeadline(ctx, next)
		ev, err := srv.Next(wait)
		cancel()
		if err == nil {
			w.take(ev)
			continue
		}
		next = next.Add(tick)
		srv.Send(crosspeer.Packet{Mode: crosspeer.UnreliableOrdered, Data: w.snapshot()})
	}
	return nil
}

// take changes the world by an event.
func (w world) take(ev crosspeer.Event) {
	switch ev := ev.(type) {
	case crosspeer.PeerConnected:
		w[ev.ID] = 0
	case crosspeer.PeerDisconnected:
		delete(w, ev.ID)
	case crosspeer.PacketReceived:
		if _, ok := w[ev.From]; ok && len(ev.Data) == 1 {
			w[ev.From] += int32(int8(ev.Data[0]))
		}
	}
}

// snapshot is what players are sent: id and position of each, as 32-bit
// little-endian numbers, in ascending order of ids. In GDScript they are read
// with StreamPeerBuffer.get_32.
func (w world) snapshot() []byte {
	ids := make([]crosspeer.PeerID, 0, len(w))
	for id := range w {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var b []byte
	for _, id := range ids {
		b = binary.LittleEndian.AppendUint32(b, uint32(id))
		b = binary.LittleEndian.AppendUint32(b, uint32(w[id]))
	}
	return b
}
