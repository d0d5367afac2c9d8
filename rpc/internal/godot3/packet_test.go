package godot3

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
	"crosspeer/variant"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// known makes a Session to which peer 5 has announced "Main/Player" as 1.
func known(t testing.TB) *Session {
	t.Helper()
	s := New(100)
	if _, err := s.Receive(5, appendAnnouncement(nil, 1, "Main/Player"), variant.Config{}, nowhere); err != nil {
		t.Fatal(err)
	}
	return s
}

func encode(t testing.TB, args []any) (b []byte) {
	t.Helper()
	for _, v := range args {
		var err error
		if b, err = variant.Append(b, v); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func nowhere(crosspeer.Packet) error { return nil }

// TestMalformedPackets is the table of what the engine drops and accepts.
// Source: Godot 3.2.3, MultiplayerAPI.
func TestMalformedPackets(t *testing.T) {
	const noargs = "6e6f6172677300"
	for _, tt := range []struct {
		name, hex string
		err       error
		want      string // kind, path, name and number of arguments
	}{
		{"no bytes", "", dialect.ErrMalformed, ""},
		{"unknown command 5", "05", nil, "nothing"},
		{"unknown command 0x20", "2001000000" + noargs, nil, "nothing"},
		{"unknown command 0xff", "ff", nil, "nothing"},
		{"no bytes of the game", "04", dialect.ErrMalformed, ""},
		{"bytes of the game", "0407", nil, "raw 07"},
		{"a call of five bytes", "0001000000", dialect.ErrMalformed, ""},
		{"a call", "0001000000" + noargs + "00", nil, `call "Main/Player" "noargs" 0`},
		{"a number that was not announced", "0002000000" + noargs + "00", dialect.ErrUnknownPath, ""},
		{"a name without end", "0001000000 6e6f61726773", dialect.ErrMalformed, ""},
		{"nothing after the name of a call", "0001000000" + noargs, dialect.ErrMalformed, ""},
		{"an empty name", "0001000000 00 00", nil, `call "Main/Player" "" 0`},
		{"more arguments than there are", "0001000000" + noargs + "02 00000000", nil, `call "Main/Player" "noargs" 2`},
		{"bytes after the arguments", "0001000000" + noargs + "00 ffffff", nil, `call "Main/Player" "noargs" 0`},
		{"the path in full", "000d000080" + noargs + "00 4d61696e2f506c6179657200", nil, `call "Main/Player" "noargs" 0`},
		{"the path without end", "000d000080" + noargs + "00 4d61696e2f506c61796572", nil, `call "Main/Player" "noargs" 0`},
		{"an absolute path", "000d000080" + noargs + "00 2f726f6f742f4d61696e00", nil, `call "/root/Main" "noargs" 0`},
		{"the path beyond the end", "0019000080" + noargs + "00 4d61696e2f506c6179657200", dialect.ErrMalformed, ""},
		{"the path far beyond the end", "00ffffffff" + noargs + "00", dialect.ErrMalformed, ""},
		{"the path in the name", "0007000080" + noargs + "00", nil, `call "args" "noargs" 0`},
		{"a set", "0101000000 7800 00000000", nil, `set "Main/Player" "x" 1`},
		{"a set with bytes behind", "0101000000 7800 00000000 01", nil, `set "Main/Player" "x" 1`},
		{"a set without value", "0101000000 7800", nil, `set "Main/Player" "x" 1`},
		{"a set of five bytes", "0101000000", dialect.ErrMalformed, ""},
		{"an announcement of four bytes", "02010000", dialect.ErrMalformed, ""},
		{"an announcement of no path", "0209000000", nil, "nothing 0300"},
		{"an announcement without end", "0209000000 41", nil, "nothing 034100"},
		{"an announcement of a number with its highest bit", "02ffffffff 4100", nil, "nothing 034100"},
		{"an announcement once more", "0201000000 4d61696e2f506c6179657200", nil, "nothing 034d61696e2f506c6179657200"},
		{"an announcement that is tidied", "0209000000 4d61696e2f2f506c617965722f00", nil, "nothing 034d61696e2f506c6179657200"},
		{"an announcement of an absolute path", "0209000000 2f726f6f742f4100", nil, "nothing 032f726f6f742f4100"},
		{"a confirmation without path", "03", dialect.ErrMalformed, ""},
		{"a confirmation of what was not announced", "034100", dialect.ErrUnknownPath, ""},
	} {
		s := known(t)
		var answers []byte
		in, err := s.Receive(5, unhex(t, tt.hex), variant.Config{}, func(p crosspeer.Packet) error {
			if p.To != 5 || p.Mode != crosspeer.Reliable {
				t.Errorf("%s: answer to %d, %v", tt.name, p.To, p.Mode)
			}
			answers = append(answers, p.Data...)
			return nil
		})
		if !errors.Is(err, tt.err) || err == nil && tt.err != nil {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.err)
			continue
		}
		if err == nil {
			if got := describe(in, answers); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
		}
	}
}

func describe(in dialect.Incoming, answers []byte) string {
	switch in.Kind {
	case dialect.Call:
		return fmt.Sprintf("call %q %q %d", in.Path, in.Name, in.Argc)
	case dialect.Set:
		return fmt.Sprintf("set %q %q %d", in.Path, in.Name, in.Argc)
	case dialect.Raw:
		return fmt.Sprintf("raw %x", in.Data)
	}
	return strings.TrimSpace(fmt.Sprintf("nothing %x", answers))
}

func TestConfirmationsAreComparedAsPaths(t *testing.T) {
	for _, tt := range []struct {
		announced, confirmed string
		ok                   bool
	}{
		{"Main/Player", "Main/Player", true},
		{"Main/Player", "Main//Player/", true},
		{"Main/Player", "/Main/Player", false},
		{"Main/Player", "Main", false},
		{"Main/Player", strings.Repeat("/", maxText) + "Main/Player", false},
	} {
		s := New(10)
		out := &dialect.Outgoing{Path: tt.announced, Name: "f", To: 5, Targets: []crosspeer.PeerID{5}}
		if err := s.Send(out, nowhere); err != nil {
			t.Fatal(err)
		}
		_, err := s.Receive(5, appendConfirmation(nil, tt.confirmed), variant.Config{}, nil)
		if ok := err == nil; ok != tt.ok {
			t.Errorf("%q confirmed by %.30q: %v", tt.announced, tt.confirmed, err)
		}
		if got := s.out.byPath[tt.announced].peers[5]; got != tt.ok {
			t.Errorf("%q confirmed by %.30q: known is %v", tt.announced, tt.confirmed, got)
		}
	}
}

func TestAPeerThatCameBackIsAnnouncedToAgain(t *testing.T) {
	s := known(t)
	packets := func() (n int) {
		s.Send(&dialect.Outgoing{Path: "A", Name: "f", To: 5, Targets: []crosspeer.PeerID{5}}, func(crosspeer.Packet) error { n++; return nil })
		return n
	}
	if n := packets(); n != 2 {
		t.Errorf("%d packets for the first call, want an announcement and a call", n)
	}
	if n := packets(); n != 1 {
		t.Errorf("%d packets for the second call, want one", n)
	}
	s.Forget(5)
	if n := packets(); n != 2 {
		t.Errorf("%d packets for the first call to the one that came back, want two", n)
	}
	if _, err := s.Receive(5, unhex(t, "0001000000 6e00 00"), variant.Config{}, nil); !errors.Is(err, dialect.ErrUnknownPath) {
		t.Errorf("the numbers of the one that left are still known: %v", err)
	}
}

func TestAnnouncementsAreBounded(t *testing.T) {
	const most = 10
	t.Run("number", func(t *testing.T) {
		s := New(most)
		for i := range uint32(most + 1) {
			_, err := s.Receive(5, appendAnnouncement(nil, i, "A"), variant.Config{}, nowhere)
			if full := i == most; errors.Is(err, dialect.ErrLimit) != full {
				t.Errorf("announcement %d: %v", i+1, err)
			}
		}
		if _, err := s.Receive(5, appendAnnouncement(nil, 3, "B"), variant.Config{}, nowhere); err != nil {
			t.Errorf("a number that is used again: %v", err)
		}
		if _, err := s.Receive(6, appendAnnouncement(nil, 3, "B"), variant.Config{}, nowhere); err != nil {
			t.Errorf("another peer: %v", err)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		s := New(most)
		long := strings.Repeat("x", most*pathOverhead)
		if _, err := s.Receive(5, appendAnnouncement(nil, 1, long), variant.Config{}, nowhere); err != nil {
			t.Fatal(err)
		}
		for i := range 100 { // in the place of the same one
			if _, err := s.Receive(5, appendAnnouncement(nil, 1, long), variant.Config{}, nowhere); err != nil {
				t.Fatalf("again, %d: %v", i, err)
			}
		}
		if _, err := s.Receive(5, appendAnnouncement(nil, 2, long), variant.Config{}, nowhere); !errors.Is(err, dialect.ErrLimit) {
			t.Errorf("twice the bytes: %v", err)
		}
	})
}

func TestWhatCannotBeSent(t *testing.T) {
	for _, tt := range []struct {
		name string
		m    dialect.Outgoing
		err  error
	}{
		{"one argument too many", dialect.Outgoing{Name: "f", Argc: 256}, dialect.ErrTooManyArguments},
		{"as many arguments as there may be", dialect.Outgoing{Name: "f", Argc: 255}, nil},
		{"no name", dialect.Outgoing{}, dialect.ErrName},
		{"a zero byte in the name", dialect.Outgoing{Name: "a\x00b"}, dialect.ErrName},
	} {
		n := 0
		s := New(10)
		tt.m.Path = "A"
		err := s.Send(&tt.m, func(crosspeer.Packet) error { n++; return nil })
		if !errors.Is(err, tt.err) || (n == 1) != (tt.err == nil) {
			t.Errorf("%s: %d packets, %v, want %v", tt.name, n, err, tt.err)
		}
	}
}

// TestOneTargetThatFailsLeavesTheOthersAlone holds for announcements and for
// copies.
func TestOneTargetThatFailsLeavesTheOthersAlone(t *testing.T) {
	full := errors.New("full")
	s := New(10)
	var got []string
	put := func(p crosspeer.Packet) error {
		if p.To == 6 {
			return full
		}
		got = append(got, fmt.Sprintf("%d:%d", p.To, p.Data[0]))
		return nil
	}
	m := &dialect.Outgoing{Path: "A", Name: "f", Targets: []crosspeer.PeerID{5, 6, 7}}
	if err := s.Send(m, put); !errors.Is(err, full) {
		t.Errorf("error is %v", err)
	}
	if want := "[5:2 7:2 5:0 7:0]"; fmt.Sprint(got) != want {
		t.Errorf("sent %v, want %v", got, want)
	}
	got, put2 := nil, func(p crosspeer.Packet) error { got = append(got, fmt.Sprintf("%d:%d", p.To, p.Data[0])); return nil }
	if err := s.Send(m, put2); err != nil {
		t.Error(err)
	}
	if want := "[6:2 5:0 6:0 7:0]"; fmt.Sprint(got) != want {
		t.Errorf("then sent %v, want %v", got, want)
	}
}

// TestWhatIsSentIsReceived is a property of random messages to random peers,
// some of which have confirmed.
func TestWhatIsSentIsReceived(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 4))
		a := New(1000)
		peers := map[crosspeer.PeerID]*Session{2: New(1000), 3: New(1000), 4: New(1000)}
		names := []string{"x", "move_paddle", "é", strings.Repeat("n", 300)}
		for range 30 {
			m := &dialect.Outgoing{
				Set: rng.IntN(3) == 0, Path: fmt.Sprintf("Main/Node%d", rng.IntN(5)), Name: names[rng.IntN(len(names))],
				To: crosspeer.PeerID(rng.IntN(4)), Mode: crosspeer.TransferMode(rng.IntN(2) * 2),
			}
			args := []any{int64(rng.Int32())}
			if m.To == 1 {
				m.To = -3
			}
			for id := crosspeer.PeerID(2); id <= 4; id++ {
				if m.To == id || m.To <= 0 && id != -m.To {
					m.Targets = append(m.Targets, id)
				}
			}
			if !m.Set {
				for range rng.IntN(4) {
					args = append(args, "text")
				}
			}
			m.Argc, m.Args = len(args), encode(t, args)
			got := map[crosspeer.PeerID]int{}
			var answers []crosspeer.Packet
			err := a.Send(m, func(p crosspeer.Packet) error {
				for _, id := range m.Targets {
					if p.To > 0 && id != p.To {
						continue
					}
					in, err := peers[id].Receive(1, p.Data, variant.Config{}, func(p crosspeer.Packet) error {
						answers = append(answers, crosspeer.Packet{From: id, Data: append([]byte(nil), p.Data...)})
						return nil
					})
					if err != nil {
						t.Fatalf("seed %d: %v", seed, err)
					}
					if in.Kind == dialect.Nothing {
						continue
					}
					got[id]++
					if in.Path != m.Path || string(in.Name) != m.Name || in.Argc != len(args) || (in.Kind == dialect.Set) != m.Set {
						t.Fatalf("seed %d: %+v became %+v", seed, m, in)
					}
					for _, want := range args {
						if v, err := in.Args.ReadValue(); err != nil || v != want {
							t.Fatalf("seed %d: %v became %v, %v", seed, want, v, err)
						}
					}
				}
				return nil
			})
			if err != nil || len(got) != len(m.Targets) {
				t.Fatalf("seed %d: %d of %d targets, %v", seed, len(got), len(m.Targets), err)
			}
			for id, n := range got {
				if n != 1 {
					t.Fatalf("seed %d: %d calls at %d", seed, n, id)
				}
			}
			for _, p := range answers {
				if rng.IntN(2) == 0 { // the others are still under way
					if _, err := a.Receive(p.From, p.Data, variant.Config{}, nil); err != nil {
						t.Fatalf("seed %d: %v", seed, err)
					}
				}
			}
		}
	}
}
