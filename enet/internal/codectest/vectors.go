package codectest

import (
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"testing"
)

// Hex is a byte string written in hex in the vector files.
type Hex []byte

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// Datagram is one that Godot 3.2.3 sent.
type Datagram struct {
	Mode       string // "fastlz", "zlib", "zstd", "range_coder"
	Datagram   Hex
	Header     int `json:"header_bytes"`
	Compressed bool
	Body       Hex `json:"plain_body"` // what is behind the header, decompressed
}

// Wire is what is behind the header as it was sent.
func (d *Datagram) Wire() []byte { return d.Datagram[d.Header:] }

// Direct is what Godot 3.2.3 made of bytes outside of datagrams.
type Direct struct {
	Algorithm string // "fastlz", "deflate(zlib)", "zstd"
	Input     Hex
	Output    Hex
	Length    int `json:"decoded_length"`
}

//go:embed testdata/godot3-compression.json
var godot []byte

// Godot gives the recordings of a mode and the direct results of an algorithm, which
// is empty for the range coder.
func Godot(tb testing.TB, mode, algorithm string) (sent []Datagram, direct []Direct) {
	tb.Helper()
	var v struct {
		Sent   []Datagram `json:"enet_datagrams"`
		Direct []Direct   `json:"direct_compression"`
	}
	if err := json.Unmarshal(godot, &v); err != nil {
		tb.Fatal(err)
	}
	for _, d := range v.Sent {
		if d.Mode == mode {
			sent = append(sent, d)
		}
	}
	for _, d := range v.Direct {
		if d.Algorithm == algorithm {
			direct = append(direct, d)
		}
	}
	if len(sent) < 7 || len(direct) != 8 && algorithm != "" {
		tb.Fatalf("the vectors have %d datagrams of %s and %d results of %s, want 7 or more and 8", len(sent), mode, len(direct), algorithm)
	}
	return sent, direct
}
