package enetlink

import (
	"fmt"
	"strings"

	"crosspeer/enet"
)

// Compression is how datagrams are compressed. Both ends must agree; only
// CompressionAuto finds out.
type Compression uint8

// Ways of compressing. Godot 3.2, NetworkedMultiplayerENet.CompressionMode.
const (
	// CompressionAuto answers each client in the way it compresses itself. A
	// client that dials does not compress.
	CompressionAuto Compression = iota

	CompressionNone       // COMPRESS_NONE
	CompressionRangeCoder // COMPRESS_RANGE_CODER
	CompressionFastLZ     // COMPRESS_FASTLZ
	CompressionZlib       // COMPRESS_ZLIB
	CompressionZstd       // COMPRESS_ZSTD; needs Config.Zstd
)

var compressionNames = [...]string{"auto", "none", "range", "fastlz", "zlib", "zstd"}

// String is "auto", "none", "range", "fastlz", "zlib" or "zstd".
func (c Compression) String() string {
	if int(c) < len(compressionNames) {
		return compressionNames[c]
	}
	return fmt.Sprintf("compression %d", uint8(c))
}

// ParseCompression is the inverse of String; case does not matter. It also
// takes "range-coder", the name in crosspeer.LinkInfo.
func ParseCompression(s string) (Compression, error) {
	if strings.EqualFold(s, enet.RangeCoder.Name) {
		return CompressionRangeCoder, nil
	}
	for c, name := range compressionNames {
		if strings.EqualFold(s, name) {
			return Compression(c), nil
		}
	}
	return 0, fmt.Errorf("enetlink: compression %q: want auto, none, range, fastlz, zlib or zstd", s)
}

// compression is what the configuration names, nil for none.
func (c *Config) compression() *enet.Compression {
	switch c.Compression {
	case CompressionRangeCoder:
		return enet.RangeCoder
	case CompressionFastLZ:
		return enet.FastLZ
	case CompressionZlib:
		return enet.Zlib
	case CompressionZstd:
		return c.Zstd
	}
	return nil
}

// recognizable are the compressions that a server tells apart. First come those
// whose first bytes say what they are, then those that take least time to
// find out: the range coder takes about ten times as long as FastLZ.
func (c *Config) recognizable() []*enet.Compression {
	known := []*enet.Compression{enet.Zlib, enet.FastLZ, enet.RangeCoder}
	if c.Zstd != nil {
		known = append([]*enet.Compression{c.Zstd}, known...)
	}
	return known
}
