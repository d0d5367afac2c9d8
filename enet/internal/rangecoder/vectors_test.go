package rangecoder

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"crosspeer/enet/internal/codectest"
)

// hexBytes is a byte string written in hex in the vector files.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type vectors struct {
	Cases []struct {
		Name       string
		Raw        hexBytes `json:"raw_hex"`
		Compressed hexBytes `json:"compressed_hex"`
		Limited    int      `json:"compress_returns_with_output_limit_raw_len"`
		Sends      bool     `json:"host_sends_compressed"`
	}
	Damaged []struct {
		Name     string
		Stream   hexBytes `json:"compressed_hex"`
		Limit    int      `json:"output_limit"`
		Returns  int      `json:"libenet_returns"`
		Output   hexBytes `json:"output_hex"`
		Overflow bool     `json:"quotient_overflow"`
	} `json:"decompress_cases"`
}

func load(tb testing.TB, name string, into any) {
	tb.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
}

func loadVectors(tb testing.TB) *vectors {
	tb.Helper()
	v := new(vectors)
	load(tb, "enet-range-coder.json", v)
	if len(v.Cases) != 229 || len(v.Damaged) != 46 {
		tb.Fatalf("vector file holds %d and %d cases, want 229 and 46", len(v.Cases), len(v.Damaged))
	}
	return v
}

// guard follows the part of a buffer that a call may write.
const guard = 0xA5

// guarded returns a slice of length n whose spare capacity is filled with guard
// bytes, and a function that reports whether they are intact.
func guarded(n int) (dst []byte, intact func() bool) {
	const spare = 16
	buf := make([]byte, n+spare)
	want := bytes.Repeat([]byte{guard}, spare)
	copy(buf[n:], want)
	return buf[:n], func() bool { return bytes.Equal(buf[n:], want) }
}

// compress and decompress run one call with a given limit and fail the test on a
// write past it.
func compress(tb testing.TB, c *Coder, src []byte, limit int) []byte {
	tb.Helper()
	dst, intact := guarded(limit)
	n := c.Compress(dst, src)
	if n < 0 || n > limit || !intact() {
		tb.Fatalf("Compress(%d bytes) with limit %d wrote past the limit, returned %d", len(src), limit, n)
	}
	return dst[:n]
}

func decompress(tb testing.TB, c *Coder, src []byte, limit int) []byte {
	tb.Helper()
	dst, intact := guarded(limit)
	n := c.Decompress(dst, src)
	if n < 0 || n > limit || !intact() {
		tb.Fatalf("Decompress(%x) with limit %d wrote past the limit, returned %d", src, limit, n)
	}
	return dst[:n]
}

// roomy is a limit that the compressed form of n bytes can not exceed. A byte
// costs at most two escapes and a root symbol. Each of these starts with a width
// of at least bottom, which leaves at least 1, and writes at most three bytes:
// one before the cut at a multiple of bottom and two after it. The flush writes
// at most four.
func roomy(n int) int { return 9*n + 4 }

func TestCompressVectors(t *testing.T) {
	var c Coder // one for all, so that a call that leaves state behind shows
	for _, v := range loadVectors(t).Cases {
		t.Run(v.Name+" compresses to the bytes of libenet", func(t *testing.T) {
			if got := compress(t, &c, v.Raw, roomy(len(v.Raw))); !bytes.Equal(got, v.Compressed) {
				t.Errorf("got  %x\nwant %x", got, v.Compressed)
			}
			got := compress(t, &c, v.Raw, len(v.Raw))
			if len(got) != v.Limited {
				t.Errorf("returned %d with the raw length as limit, want %d", len(got), v.Limited)
			}
			if sends := len(got) > 0 && len(got) < len(v.Raw); sends != v.Sends {
				t.Errorf("a host would send the compressed form: %v, want %v", sends, v.Sends)
			}
			size := len(v.Compressed)
			if got := compress(t, &c, v.Raw, size); !bytes.Equal(got, v.Compressed) {
				t.Errorf("does not fit in its own size %d", size)
			}
			if size > 0 && len(compress(t, &c, v.Raw, size-1)) != 0 {
				t.Errorf("claims to fit in %d bytes", size-1)
			}
		})
	}
}

func TestDecompressVectors(t *testing.T) {
	var c Coder
	for _, v := range loadVectors(t).Cases {
		t.Run(v.Name+" decompresses to its raw bytes", func(t *testing.T) {
			size := len(v.Raw)
			for _, limit := range []int{size, size + 1, size + 4092} {
				if got := decompress(t, &c, v.Compressed, limit); !bytes.Equal(got, v.Raw) {
					t.Errorf("limit %d: got %x\nwant %x", limit, got, v.Raw)
				}
			}
			if size > 0 && len(decompress(t, &c, v.Compressed, size-1)) != 0 {
				t.Errorf("claims to fit in %d bytes", size-1)
			}
		})
	}
}

func TestDecompressDamagedVectors(t *testing.T) {
	var c Coder
	for _, v := range loadVectors(t).Damaged {
		name, want := v.Name+" gives the result of libenet", []byte(v.Output)
		if v.Overflow {
			name, want = v.Name+" is rejected for a quotient beyond the total", nil
		}
		t.Run(name, func(t *testing.T) {
			if len(v.Output) != v.Returns {
				t.Fatalf("vector holds %d output bytes, says %d", len(v.Output), v.Returns)
			}
			if got := decompress(t, &c, v.Stream, v.Limit); !bytes.Equal(got, want) {
				t.Errorf("got  %x\nwant %x", got, want)
			}
		})
	}
}

func TestGodotDatagrams(t *testing.T) {
	var c Coder
	sent, _ := codectest.Godot(t, "range_coder", "")
	if len(sent) != 10 {
		t.Fatalf("there are %d datagrams, want 10", len(sent))
	}
	for _, d := range sent {
		wire := d.Wire()
		got := compress(t, &c, d.Body, len(d.Body))
		if !d.Compressed {
			if !bytes.Equal(wire, d.Body) || len(got) > 0 && len(got) < len(d.Body) {
				t.Errorf("%x: Godot sent it raw, a host would send %x", d.Body, got)
			}
			continue
		}
		if !bytes.Equal(got, wire) {
			t.Errorf("%x compresses to %x\nwant %x", d.Body, got, wire)
		}
		if got := decompress(t, &c, wire, 4096-d.Header); !bytes.Equal(got, d.Body) {
			t.Errorf("%x decompresses to %x\nwant %x", wire, got, d.Body)
		}
	}
}
