package enetlink

import (
	"strings"
	"testing"
	"time"
)

func TestCompressionNames(t *testing.T) {
	for c, name := range map[Compression]string{
		CompressionAuto: "auto", CompressionNone: "none", CompressionRangeCoder: "range",
		CompressionFastLZ: "fastlz", CompressionZlib: "zlib", CompressionZstd: "zstd",
	} {
		if c.String() != name {
			t.Errorf("compression %d is called %q, want %q", uint8(c), c, name)
		}
		for _, s := range []string{name, strings.ToUpper(name)} {
			if got, err := ParseCompression(s); got != c || err != nil {
				t.Errorf("%q is %v, %v", s, got, err)
			}
		}
	}
	for _, s := range []string{"", "rangecoder", " none"} {
		if got, err := ParseCompression(s); err == nil || !strings.Contains(err.Error(), "auto, none, range, fastlz, zlib or zstd") {
			t.Errorf("%q is %v, %v", s, got, err)
		}
	}
	if got := Compression(9).String(); got != "compression 9" {
		t.Errorf("compression 9 is called %q", got)
	}
}

func TestValidate(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		says []string // empty: valid
	}{
		{"the zero value is valid", Config{}, nil},
		{"more clients than the engine allows", Config{MaxClients: 100_000}, nil},
		{"the ends of the ranges", Config{ChannelCount: 3, MTU: 576, MaxClients: 1}, nil},
		{"the other ends", Config{ChannelCount: 255, MTU: 4096}, nil},
		{"a negative number of clients", Config{MaxClients: -1}, []string{"MaxClients is -1"}},
		{"too few channels", Config{ChannelCount: 2}, []string{"ChannelCount is 2", "3 to 255"}},
		{"too many channels", Config{ChannelCount: 256}, []string{"ChannelCount is 256"}},
		{"a strange compression", Config{Compression: 6}, []string{"Compression is 6", "0 to 5"}},
		{"Zstandard that is not linked", Config{Compression: CompressionZstd}, []string{"needs Config.Zstd", "crosspeer/enet/zstd"}},
		{"a small MTU", Config{MTU: 575}, []string{"MTU is 575"}},
		{"negative times", Config{TimeoutMinimum: -1, TimeoutMaximum: -time.Second, PingInterval: -2},
			[]string{"TimeoutMinimum is -1ns", "TimeoutMaximum is -1s", "PingInterval is -2ns"}},
		{"negative queues", Config{MaxQueuedBytes: -1, MaxQueuedPackets: -2}, []string{"MaxQueuedBytes is -1", "MaxQueuedPackets is -2"}},
		{"all at once", Config{MaxClients: -1, ChannelCount: 1, MTU: 1}, []string{"MaxClients", "ChannelCount", "MTU"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.cfg.Validate()
			if (err == nil) != (len(tt.says) == 0) {
				t.Fatalf("Validate: %v", err)
			}
			for _, s := range tt.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("Validate: %v, which does not say %q", err, s)
				}
			}
		})
	}
}

func TestDefaultsAreTheEnginesOwn(t *testing.T) {
	c := Config{}.populated()
	if c.MaxClients != 32 || c.ChannelCount != 3 || c.MTU != 1400 || c.Compression != CompressionAuto || c.AlwaysOrdered {
		t.Errorf("defaults are %+v", c)
	}
	if ec := c.enet(false); ec.Compression != nil || ec.Recognize != nil {
		t.Error("a client compresses by default")
	}
}

func TestOneConfigAtMost(t *testing.T) {
	if _, err := newHost([]Config{{}, {}}, nil); err == nil || !strings.Contains(err.Error(), "2 Configs") {
		t.Errorf("two Configs: %v", err)
	}
}
