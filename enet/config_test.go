package enet_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/enet/zstd"
	"crosspeer/internal/simnet"
)

func TestValidateSaysAllThatIsWrong(t *testing.T) {
	cfg := enet.Config{
		MaxPeers: -1, MaxChannels: 256, MTU: 575, MaxPacketBytes: -1, MaxWaitingBytes: -2, MaxWaitingPackets: -3,
		MaxQueuedBytes: -4, MaxQueuedPackets: -5, MaxPeersPerIP: -6, MaxHalfOpen: 7,
		Compression: &enet.Compression{Name: "mine"},
		Recognize:   []*enet.Compression{enet.RangeCoder, nil, {Name: "yours"}},
	}
	want := []string{
		"enet: Config.MaxPeers is -1, want 0 for the default or 1 to 2147483647",
		"enet: Config.MaxChannels is 256, want 0 for the default or 1 to 255",
		"enet: Config.MTU is 575, want 0 for the default or 576 to 4096",
		"enet: Config.MaxPacketBytes is -1, want 0 for the default or 1 to 2147483647",
		"enet: Config.MaxWaitingBytes is -2, want 0 for the default or 1 to 2147483647",
		"enet: Config.MaxWaitingPackets is -3, want 0 for the default or 1 to 2147483647",
		"enet: Config.MaxQueuedBytes is -4, want 0 for the default or 1 to 2147483647",
		"enet: Config.MaxQueuedPackets is -5, want 0 for the default or 1 to 2147483647",
		"enet: Config.MaxPeersPerIP is -6, want 0 for the default or 1 to 2147483647",
		"enet: Config.MaxHalfOpen is 7, want 0 for the default or 8 to 1048576",
		`enet: Config.Compression "mine" has no New`,
		"enet: Config.Recognize[1] is nil",
		`enet: Config.Recognize[2] "yours" has no New`,
	}
	err := cfg.Validate()
	if err == nil || !slices.Equal(strings.Split(err.Error(), "\n"), want) {
		t.Errorf("got:\n%v\nwant:\n%v", err, strings.Join(want, "\n"))
	}
	if err := new(enet.Config).Validate(); err != nil {
		t.Errorf("the zero value: %v", err)
	}
}

func TestAWrongConfigurationLeavesNoSocket(t *testing.T) {
	h := listen(t, nil)
	addr := h.LocalAddr().String()
	h.Close()
	if _, err := enet.Listen(addr, &enet.Config{MTU: 1}); err == nil {
		t.Fatal("no error")
	}
	again, err := enet.Listen(addr, nil)
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	again.Close()
}

func TestTheConfigurationIsCopied(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		cfg := &enet.Config{Recognize: []*enet.Compression{enet.RangeCoder}}
		server := on(t, w, serverAddr, cfg)
		cfg.Recognize[0], cfg.Handler = nil, func(enet.Event) { t.Error("a later Handler is called") }
		client := on(t, w, clientAddr, nil)
		connect(t, client, serverAddr)
		expect(t, client, enet.EventConnect)
		expect(t, server, enet.EventConnect)
	})
}

// zeroRuns is a compression of the program's own: a length, and zeros left out.
type zeroRuns struct{}

func (zeroRuns) Compress(dst, src []byte) int {
	body := bytes.TrimRight(src, "\x00")
	if len(body)+2 > len(dst) {
		return 0
	}
	binary.BigEndian.PutUint16(dst, uint16(len(src)))
	return 2 + copy(dst[2:], body)
}

func (zeroRuns) Decompress(dst, src []byte) int {
	if len(src) < 2 {
		return 0
	}
	n := int(binary.BigEndian.Uint16(src))
	if n > len(dst) || len(src)-2 > n {
		return 0
	}
	clear(dst[copy(dst[:n], src[2:]):n])
	return n
}

func TestCompressionAndChecksum(t *testing.T) {
	own := &enet.Compression{Name: "zero-runs", New: func() enet.Compressor { return zeroRuns{} }}
	all := []*enet.Compression{zstd.Compression, enet.Zlib, enet.FastLZ, enet.RangeCoder}
	castagnoli := func(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }
	for _, tt := range []struct {
		name           string
		server, client enet.Config
		compression    string // as both ends name it; empty if they do not connect
	}{
		{"none", enet.Config{}, enet.Config{}, "none"},
		{"range coder", enet.Config{Compression: enet.RangeCoder}, enet.Config{Compression: enet.RangeCoder}, "range-coder"},
		{"recognised", enet.Config{Recognize: []*enet.Compression{enet.RangeCoder, own}}, enet.Config{Compression: enet.RangeCoder}, "range-coder"},
		{"recognised, the second", enet.Config{Recognize: []*enet.Compression{enet.RangeCoder, own}}, enet.Config{Compression: own}, "zero-runs"},
		{"FastLZ", enet.Config{Compression: enet.FastLZ}, enet.Config{Compression: enet.FastLZ}, "fastlz"},
		{"zlib", enet.Config{Compression: enet.Zlib}, enet.Config{Compression: enet.Zlib}, "zlib"},
		{"Zstandard", enet.Config{Compression: zstd.Compression}, enet.Config{Compression: zstd.Compression}, "zstd"},
		{"recognised, FastLZ", enet.Config{Recognize: all}, enet.Config{Compression: enet.FastLZ}, "fastlz"},
		{"recognised, zlib", enet.Config{Recognize: all, Checksum: enet.CRC32}, enet.Config{Compression: enet.Zlib, Checksum: enet.CRC32}, "zlib"},
		{"recognised, Zstandard", enet.Config{Recognize: all}, enet.Config{Compression: zstd.Compression}, "zstd"},
		{"recognised, the range coder", enet.Config{Recognize: all}, enet.Config{Compression: enet.RangeCoder}, "range-coder"},
		{"recognised, none", enet.Config{Recognize: []*enet.Compression{enet.RangeCoder, own}}, enet.Config{}, "none"},
		{"not known", enet.Config{}, enet.Config{Compression: enet.RangeCoder}, ""},
		{"checksum", enet.Config{Checksum: enet.CRC32}, enet.Config{Checksum: enet.CRC32}, "none"},
		{"own checksum", enet.Config{Checksum: castagnoli}, enet.Config{Checksum: castagnoli}, "none"},
		{"both", enet.Config{Checksum: enet.CRC32, Compression: own}, enet.Config{Checksum: enet.CRC32, Compression: own}, "zero-runs"},
		{"different checksums", enet.Config{Checksum: enet.CRC32}, enet.Config{Checksum: castagnoli}, ""},
		{"one checksum", enet.Config{Checksum: enet.CRC32}, enet.Config{}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
				server, client := on(t, w, serverAddr, &tt.server), on(t, w, clientAddr, &tt.client)
				c := connect(t, client, serverAddr)
				if tt.compression == "" {
					expectEnd(t, client, enet.ReasonNoReply, 0)
					if s := server.Stats(); s.DropChecksum+s.DropCompression+s.Malformed == 0 {
						t.Errorf("nothing was dropped: %+v", s)
					}
					return
				}
				expect(t, client, enet.EventConnect)
				s := expect(t, server, enet.EventConnect).Peer
				zeros := string(make([]byte, 1000))
				send(t, c, zeros)
				expectData(t, server, zeros)
				send(t, s, zeros)
				expectData(t, client, zeros)
				if n := server.Stats().RepliesHeld; n > 0 {
					t.Errorf("%d answers were longer than what they answer", n)
				}
				if s.Compression() != tt.compression || c.Compression() != tt.compression {
					t.Errorf("compression %s and %s, want %s", s.Compression(), c.Compression(), tt.compression)
				}
				for name, n := range map[string]uint64{"server": s.Stats().BytesSent, "client": c.Stats().BytesSent} {
					if (n < 800) != (tt.compression != "none") {
						t.Errorf("the %s has sent %d bytes", name, n)
					}
				}
			})
		})
	}
}

// Windows follow from the bandwidths of both ends. ENet protocol, window size.
func TestBandwidthsReachTheOtherEnd(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, &enet.Config{IncomingBandwidth: 4 * 65536}, nil)
		if got := d.c.Stats().Window; got != 4*4096 {
			t.Errorf("window %d, want %d", got, 4*4096)
		}
		d.server.SetBandwidth(2*65536, 0)
		elapse(2 * time.Second)
		if got := d.c.Stats().Window; got != 2*4096 {
			t.Errorf("window %d after a new limit, want %d", got, 2*4096)
		}
		d.server.SetBandwidth(0, 0)
		elapse(2 * time.Second)
		if got := d.c.Stats().Window; got != 65536 {
			t.Errorf("window %d without a limit, want 65536", got)
		}
	})
}
