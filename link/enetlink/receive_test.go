package enetlink_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

func TestWhatWaitsForTheProgram(t *testing.T) {
	small := crosspeer.Config{MaxInboxPackets: 4}
	virtually(t, "reliable packets wait with their sender and arrive in order", func(t *testing.T, w *world) {
		server := w.serve(small, enetlink.Config{})
		raw := w.rawIn(5)
		server.saw()
		var want []string
		for i := range 300 {
			raw.put(1, enet.Reliable, framed(5, 1, fmt.Sprintf("%1000d", i)))
			want = append(want, fmt.Sprintf(`"%1000d" from 5 to 1, reliable, channel 1`, i))
		}
		w.wait(time.Second)
		if n := server.Stats().InboxPackets; n != 4 {
			t.Errorf("%d packets wait for the program, want 4", n)
		}
		if n := raw.Stats().QueuedPackets; n < 200 {
			t.Errorf("%d of 300 packets wait with their sender", n)
		}
		var got []string
		for len(got) < len(want) {
			got = append(got, server.next())
		}
		expect(t, got, want)
	})
	virtually(t, "unreliable packets that find no room are dropped and counted", func(t *testing.T, w *world) {
		server := w.serve(small, enetlink.Config{})
		raw := w.rawIn(5)
		server.saw()
		for i := range 6 {
			raw.put(2, enet.Unsequenced, framed(5, 1, strconv.Itoa(i)))
		}
		w.settle()
		if s := server.Stats(); s.InboxPackets != 4 || s.InboxDropped != 2 {
			t.Errorf("%d packets wait and %d were dropped, want 4 and 2", s.InboxPackets, s.InboxDropped)
		}
	})
	virtually(t, "one who waits does not keep others waiting", func(t *testing.T, w *world) {
		server := w.serve(small, enetlink.Config{})
		a, b, c := w.rawIn(5), w.rawIn(6), w.rawIn(7)
		for range 20 {
			a.put(1, enet.Reliable, framed(5, 1, "to the server"))
		}
		w.settle()
		for _, r := range []*rawPeer{a, b, c} {
			r.saw()
		}
		b.put(1, enet.Reliable, framed(6, 7, "to a client"))
		w.settle()
		c.expect(received(1, enet.Reliable, framed(6, 7, "to a client")))
		if n := server.Stats().InboxPackets; n != 4 {
			t.Errorf("%d packets wait for the program, want 4", n)
		}
	})
	virtually(t, "what came before the end of a connection is told before the end", func(t *testing.T, w *world) {
		server := w.serve(small, enetlink.Config{})
		raw, other := w.rawIn(5), w.rawIn(6)
		raw.saw()
		server.saw()
		var want []string
		for i := range 20 { // fewer than one datagram holds
			raw.put(1, enet.Reliable, framed(5, 1, strconv.Itoa(i)))
			want = append(want, fmt.Sprintf(`"%d" from 5 to 1, reliable, channel 1`, i))
		}
		w.settle()
		raw.DisconnectNow(0)
		w.settle()
		other.expect()
		// When the puts were faster than the sender's goroutine, they travelled
		// in a few datagrams, of which the last may have come to a closed door.
		var got []string
		for len(got) == 0 || got[len(got)-1] != "peer_disconnected 5" {
			got = append(got, server.next())
		}
		if n := len(got) - 1; n <= 4 || n > len(want) {
			t.Fatalf("%d packets were told", n)
		}
		expect(t, got, append(want[:len(got)-1], "peer_disconnected 5"))
		w.settle()
		other.expect(removed(5))
	})
	virtually(t, "clients that have left without being noticed count as clients", func(t *testing.T, w *world) {
		server := w.serve(small, enetlink.Config{MaxClients: 2, AnswerWhenFull: true})
		for _, id := range []uint32{5, 6} {
			raw := w.rawIn(id)
			for range 10 {
				raw.put(1, enet.Reliable, framed(int32(id), 1, "x"))
			}
			w.settle()
			raw.DisconnectNow(0)
			w.settle()
		}
		mustBeRefused(t, w)
		for left := 0; left < 2; { // what came before is told first
			if strings.HasPrefix(server.next(), "peer_disconnected") {
				left++
			}
		}
		w.rawIn(7)
	})
	virtually(t, "whom this end disconnects is not waited for", func(t *testing.T, w *world) {
		server := w.serve(small, enetlink.Config{})
		raw, other := w.rawIn(5), w.rawIn(6)
		raw.saw()
		server.saw()
		for range 20 {
			raw.put(1, enet.Reliable, framed(5, 1, "x"))
		}
		w.settle()
		if err := server.Disconnect(5, "enough"); err != nil {
			t.Fatal(err)
		}
		w.settle()
		other.expect(removed(5))
	})
}

// The program takes packets while they arrive, so that it catches up at every
// possible moment.
func TestPacketsFlowWhileTheProgramCatchesUp(t *testing.T) {
	const count = 10000
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	srv, err := crosspeer.Listen(ctx, &crosspeer.Config{MaxInboxPackets: 1}, enetlink.Listen("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	cli, err := crosspeer.Dial(ctx, nil, enetlink.Dial(address(srv)))
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	sent := make(chan error, 1)
	go func() {
		for i := 0; i < count; {
			err := cli.Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Data: strconv.AppendInt(nil, int64(i), 10)})
			switch {
			case errors.Is(err, crosspeer.ErrQueueFull):
				continue
			case err != nil:
				sent <- err
				return
			}
			i++
		}
		sent <- nil
	}()
	for i := range count {
		p, err := srv.Receive(ctx)
		if err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		if string(p.Data) != strconv.Itoa(i) {
			t.Fatalf("packet %d is %q", i, p.Data)
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}
