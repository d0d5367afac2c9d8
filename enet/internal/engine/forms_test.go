package engine

import (
	"bytes"
	"hash/crc32"

	"crosspeer/enet/internal/fastlz"
	"crosspeer/enet/internal/rangecoder"
	"crosspeer/enet/internal/zlib"
)

// forms gives the configurations of a client and a server that agree on a
// checksum and on compression: each seed another combination.
func forms(seed uint64) (client, server Config) {
	if seed%2 == 1 {
		client.Checksum, server.Checksum = crc32.ChecksumIEEE, crc32.ChecksumIEEE
	}
	switch seed / 2 % 9 {
	case 1:
		client.Codec, server.Codec = new(rangecoder.Coder), new(rangecoder.Coder)
	case 2:
		client.Codec, server.Codec = runLength{}, runLength{}
	case 3: // the server finds out
		server.Accept = []Codec{new(rangecoder.Coder), runLength{}}
		client.Codec = runLength{}
	case 4:
		server.Accept = []Codec{runLength{}, new(rangecoder.Coder)}
		client.Codec = new(rangecoder.Coder)
	case 5: // the client sends as it is
		server.Accept = []Codec{runLength{}, new(rangecoder.Coder)}
	case 6:
		client.Codec, server.Codec = new(fastlz.Coder), new(fastlz.Coder)
	case 7:
		server.Accept = everyCodec()
		client.Codec = new(zlib.Coder)
	case 8:
		server.Accept = everyCodec()
		client.Codec = new(fastlz.Coder)
	}
	return client, server
}

// everyCodec is what a server recognises that needs the standard library only.
func everyCodec() []Codec {
	return []Codec{new(zlib.Coder), new(fastlz.Coder), new(rangecoder.Coder)}
}

// runLength is a small codec: it leaves out the zeros at the end and counts
// them in a byte behind a mark.
type runLength struct{}

func (runLength) Compress(dst, src []byte) int {
	short := bytes.TrimRight(src, "\x00")
	zeros := len(src) - len(short)
	if zeros < 3 || zeros > 255 || len(short)+2 > len(dst) {
		return 0
	}
	copy(dst, short)
	dst[len(short)], dst[len(short)+1] = 0x52, byte(zeros)
	return len(short) + 2
}

func (runLength) Decompress(dst, src []byte) int {
	n := len(src) - 2
	if n < 0 || src[n] != 0x52 {
		return 0
	}
	size := n + int(src[n+1])
	if size > len(dst) {
		return 0
	}
	clear(dst[copy(dst, src[:n]):size])
	return size
}
