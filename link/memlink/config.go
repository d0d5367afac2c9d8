package memlink

import (
	"cmp"
	"errors"
	"fmt"

	"crosspeer"
)

// Config describes a Network. The zero value is the recommended default. It is
// copied before use.
type Config struct {
	// MaxPacketBytes is the largest packet, in bytes of the game. Default
	// 33,554,424, what a Peer allows.
	MaxPacketBytes int

	// MaxQueuedBytes and MaxQueuedPackets bound what one end has sent and the
	// other's session has not taken. One packet is always accepted. At the
	// limit unreliable packets are dropped; a reliable one to this end alone is
	// ErrQueueFull, and one to many ends the connection with ReasonSlow.
	// Defaults 8 MiB and 65,536.
	MaxQueuedBytes   int
	MaxQueuedPackets int
}

const (
	defaultMaxPacketBytes   = 32<<20 - 8
	defaultMaxQueuedBytes   = 8 << 20
	defaultMaxQueuedPackets = 65536
)

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	check := func(name string, v int) {
		if v < 0 {
			errs = append(errs, fmt.Errorf("memlink: Config.%s is %d, want 0 for the default or 1 and more", name, v))
		}
	}
	check("MaxPacketBytes", c.MaxPacketBytes)
	check("MaxQueuedBytes", c.MaxQueuedBytes)
	check("MaxQueuedPackets", c.MaxQueuedPackets)
	return errors.Join(errs...)
}

func (c Config) populated() Config {
	return Config{
		MaxPacketBytes:   cmp.Or(c.MaxPacketBytes, defaultMaxPacketBytes),
		MaxQueuedBytes:   cmp.Or(c.MaxQueuedBytes, defaultMaxQueuedBytes),
		MaxQueuedPackets: cmp.Or(c.MaxQueuedPackets, defaultMaxQueuedPackets),
	}
}

// limits are those of the network's transports.
func (c Config) limits() crosspeer.Limits {
	return crosspeer.Limits{MaxPacketBytes: c.populated().MaxPacketBytes}
}
