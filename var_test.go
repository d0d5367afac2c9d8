package crosspeer_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"crosspeer"
	"crosspeer/link/memlink"
	"crosspeer/variant"
)

// The numbers in front of test names are those of Godot 3.2's behaviours; the
// registry in interop/godot3 lists them all.

// pair is a server and a client of it on a memory network.
func pair(t *testing.T, server, client crosspeer.Config) (_, _ *crosspeer.Peer) {
	t.Helper()
	n := memlink.New()
	s, err := crosspeer.Listen(t.Context(), &server, n.Listen())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c, err := crosspeer.Dial(t.Context(), &client, n.Dial())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return s, c
}

// fetch polls until a packet is available.
func fetch(t *testing.T, p *crosspeer.Peer) {
	t.Helper()
	for p.AvailablePacketCount() == 0 {
		if err := p.PollContext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func put(t *testing.T, p *crosspeer.Peer, v any, fullObjects bool) {
	t.Helper()
	if err := p.PutVar(v, fullObjects); err != nil {
		t.Fatalf("PutVar(%v, %v): %v", v, fullObjects, err)
	}
}

func get(t *testing.T, p *crosspeer.Peer, allowObjects bool) (any, error) {
	t.Helper()
	fetch(t, p)
	return p.GetVar(allowObjects)
}

func TestPacketPeerValues(t *testing.T) {
	t.Run("3 PacketError is that of GetPacket only", packetErrorOfValues)
	t.Run("4 the limit of PutVar is a power of two", encodeLimit)
	t.Run("5 a value of just the limit is sent, a larger one is not", largestValue)
	t.Run("6 what is no value is consumed", undecodable)
	t.Run("7 bytes behind the value are ignored", trailingBytes)
	t.Run("8 objects are ids unless the receiver allows them", objectsRefused)
	t.Run("9 a sender that allows objects sends them in full", objectsSent)
}

func TestValuesTravelBothWays(t *testing.T) {
	server, client := pair(t, crosspeer.Config{}, crosspeer.Config{})
	for _, v := range []any{
		nil, true, int64(1) << 40, 0.1, "text", variant.Vector2{X: 1, Y: 2},
		variant.Array{"a", int64(2)}, variant.Dictionary{{Key: "k", Value: []byte{1, 2, 3}}},
	} {
		put(t, server, v, false)
		if got, err := get(t, client, false); err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("the client got %#v, %v, want %#v", got, err, v)
		}
		put(t, client, v, false)
		if got, err := get(t, server, false); err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("the server got %#v, %v, want %#v", got, err, v)
		}
	}
}

func packetErrorOfValues(t *testing.T) {
	server, client := pair(t, crosspeer.Config{}, crosspeer.Config{})
	if _, err := client.GetVar(false); !errors.Is(err, crosspeer.ErrNoPacket) || client.PacketError() != nil {
		t.Errorf("GetVar of nothing: %v, and then PacketError is %v", err, client.PacketError())
	}
	client.GetPacket()
	put(t, server, 1, false)
	if _, err := get(t, client, false); err != nil {
		t.Fatal(err)
	}
	put(t, client, 1, false)
	if err := client.PutPacket([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if err := client.PacketError(); !errors.Is(err, crosspeer.ErrNoPacket) {
		t.Errorf("PacketError is %v, want that of GetPacket", err)
	}
}

func encodeLimit(t *testing.T) {
	p := new(crosspeer.Peer)
	if n := p.EncodeBufferMaxSize(); n != 8<<20 {
		t.Errorf("default %d", n)
	}
	for _, tt := range []struct{ n, want int }{
		{1024, 1024}, {1025, 2048}, {5000, 8192}, {1023, 8192}, {268435457, 8192}, {268435456, 268435456}, {0, 268435456}, {-1, 268435456},
	} {
		err := p.SetEncodeBufferMaxSize(tt.n)
		if refused := tt.n < 1024 || tt.n > 268435456; (err != nil) != refused {
			t.Errorf("%d: %v", tt.n, err)
		}
		if n := p.EncodeBufferMaxSize(); n != tt.want {
			t.Errorf("after %d it is %d, want %d", tt.n, n, tt.want)
		}
	}
	for n, want := range map[int]int{1024: 1024, 1025: 2048, 0: 8 << 20} {
		p, err := crosspeer.New(&crosspeer.Config{EncodeBufferMaxSize: n})
		if err != nil || p.EncodeBufferMaxSize() != want {
			t.Errorf("Config with %d: %v, %v", n, p.EncodeBufferMaxSize(), err)
		}
	}
	for _, n := range []int{-1, 1, 1023, 268435457} {
		if _, err := crosspeer.New(&crosspeer.Config{EncodeBufferMaxSize: n}); err == nil {
			t.Errorf("Config with %d is taken", n)
		}
	}
}

func largestValue(t *testing.T) {
	server, client := pair(t, crosspeer.Config{EncodeBufferMaxSize: 1024}, crosspeer.Config{})
	large := make([]byte, 1024-8+4)
	if err := server.PutVar(large, false); !errors.Is(err, crosspeer.ErrTooLarge) {
		t.Errorf("1,028 bytes: %v, want ErrTooLarge", err)
	}
	put(t, server, large[:1024-8], false)
	fetch(t, client)
	b, err := client.GetPacket()
	if err != nil || len(b) != 1024 {
		t.Errorf("the client got %d bytes, %v, want 1,024", len(b), err)
	}
}

func undecodable(t *testing.T) {
	server, client := pair(t, crosspeer.Config{}, crosspeer.Config{})
	if err := server.PutPacket([]byte{2, 0, 0}); err != nil {
		t.Fatal(err)
	}
	put(t, server, "next", false)
	var syntax *variant.SyntaxError
	if v, err := get(t, client, false); v != nil || !errors.As(err, &syntax) {
		t.Errorf("got %v, %v, want nil and a SyntaxError", v, err)
	}
	if v, err := get(t, client, false); v != "next" || err != nil {
		t.Errorf("got %v, %v, want the next value", v, err)
	}
}

func trailingBytes(t *testing.T) {
	server, client := pair(t, crosspeer.Config{}, crosspeer.Config{})
	if err := server.PutPacket(append(variant.Godot3.AppendInt(nil, 7), "garbage"...)); err != nil {
		t.Fatal(err)
	}
	if v, err := get(t, client, false); v != int64(7) || err != nil {
		t.Errorf("got %v, %v, want 7", v, err)
	}
}

var reference = variant.Object{ID: 1289, Class: "Reference", Properties: []variant.Property{{Name: "script"}}}

func objectsRefused(t *testing.T) {
	server, client := pair(t, crosspeer.Config{}, crosspeer.Config{})
	full := variant.Object{Class: reference.Class, Properties: reference.Properties}

	put(t, server, reference, false)
	if v, err := get(t, client, false); err != nil || !reflect.DeepEqual(v, variant.Object{ID: 1289}) {
		t.Errorf("got %v, %v, want the id", v, err)
	}
	put(t, server, reference, true)
	if v, err := get(t, client, false); v != nil || !errors.Is(err, variant.ErrObject) {
		t.Errorf("got %v, %v, want ErrObject", v, err)
	}
	put(t, server, reference, true)
	if v, err := get(t, client, true); err != nil || !reflect.DeepEqual(v, full) {
		t.Errorf("allowed by the call: got %v, %v", v, err)
	}
	client.SetAllowObjectDecoding(true)
	put(t, server, reference, true)
	if v, err := get(t, client, false); err != nil || !reflect.DeepEqual(v, full) {
		t.Errorf("allowed by the peer: got %v, %v", v, err)
	}
	if err := server.PutVar(full, false); !errors.Is(err, variant.ErrObject) {
		t.Errorf("an object without an id: %v, want ErrObject", err)
	}
}

func objectsSent(t *testing.T) {
	server, client := pair(t, crosspeer.Config{AllowObjectDecoding: true}, crosspeer.Config{})
	if !server.AllowObjectDecoding() || client.AllowObjectDecoding() {
		t.Errorf("the server allows %v, the client %v", server.AllowObjectDecoding(), client.AllowObjectDecoding())
	}
	put(t, server, reference, false)
	fetch(t, client)
	b, err := client.GetPacket()
	want, _ := variant.Config{AllowObjects: true}.Marshal(reference)
	if err != nil || !bytes.Equal(b, want) {
		t.Errorf("the client got %x, %v, want %x", b, err, want)
	}
	server.SetAllowObjectDecoding(false)
	put(t, server, reference, false)
	if v, err := get(t, client, false); err != nil || !reflect.DeepEqual(v, variant.Object{ID: 1289}) {
		t.Errorf("got %v, %v, want the id", v, err)
	}
}

func TestPutVarNeedsASessionAndAValue(t *testing.T) {
	p := new(crosspeer.Peer)
	if err := p.PutVar(1, false); !errors.Is(err, crosspeer.ErrNotConnected) {
		t.Errorf("in no session: %v", err)
	}
	if err := p.PutVar(make(chan int), false); !errors.Is(err, variant.ErrType) {
		t.Errorf("a channel: %v", err)
	}
}
