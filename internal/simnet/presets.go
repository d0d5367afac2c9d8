package simnet

import "time"

// The presets are round figures of typical links, one way. They are meant to
// spread tests over different shapes of trouble, not to measure a real network.
// MTU 1472 is an Ethernet frame without IPv4 and UDP headers.

const ethernetMTU = 1472

// LAN is a wired local network: 0.2 ms ± 0.05 ms, 1 Gbit/s with 512 KiB of
// queue, no loss.
func LAN() Conditions {
	return Conditions{
		Delay: 200 * time.Microsecond, Jitter: 50 * time.Microsecond,
		Bandwidth: 125_000_000, QueueBytes: 512 << 10, MTU: ethernetMTU,
	}
}

// Broadband is a wired home connection: 20 ms ± 2 ms, 0.05 % loss, 20 Mbit/s
// with 128 KiB of queue.
func Broadband() Conditions {
	return Conditions{
		Loss:  0.0005,
		Delay: 20 * time.Millisecond, Jitter: 2 * time.Millisecond,
		Bandwidth: 2_500_000, QueueBytes: 128 << 10, MTU: ethernetMTU,
	}
}

// WiFi is a good wireless link: 3 ms ± 2 ms, 0.2 % loss, 0.1 % reordered by
// 5 ms, 100 Mbit/s with 256 KiB of queue.
func WiFi() Conditions {
	return Conditions{
		Loss:  0.002,
		Delay: 3 * time.Millisecond, Jitter: 2 * time.Millisecond,
		Reorder: 0.001, ReorderDelay: 5 * time.Millisecond,
		Bandwidth: 12_500_000, QueueBytes: 256 << 10, MTU: ethernetMTU,
	}
}

// LossyWiFi is a weak wireless link: 8 ms ± 6 ms; bursts of 4 datagrams on
// average in which half are lost, 1 % lost between them, about 2.9 % together;
// 0.5 % reordered by 15 ms, 0.1 % duplicated, 20 Mbit/s with 128 KiB of queue.
func LossyWiFi() Conditions {
	return Conditions{
		Burst: Burst{GoodToBad: 0.01, BadToGood: 0.25, LossBad: 0.5, LossGood: 0.01},
		Delay: 8 * time.Millisecond, Jitter: 6 * time.Millisecond,
		Reorder: 0.005, ReorderDelay: 15 * time.Millisecond,
		Duplicate: 0.001,
		Bandwidth: 2_500_000, QueueBytes: 128 << 10, MTU: ethernetMTU,
	}
}

// Mobile is a phone on the move: 45 ms ± 15 ms; rare bursts of 10 datagrams on
// average in which 60 % are lost, about 1.2 % together; 0.5 % reordered by
// 20 ms, 8 Mbit/s with 256 KiB of queue.
func Mobile() Conditions {
	return Conditions{
		Burst: Burst{GoodToBad: 0.002, BadToGood: 0.1, LossBad: 0.6},
		Delay: 45 * time.Millisecond, Jitter: 15 * time.Millisecond,
		Reorder: 0.005, ReorderDelay: 20 * time.Millisecond,
		Bandwidth: 1_000_000, QueueBytes: 256 << 10, MTU: 1400,
	}
}

// Congested is a full uplink: 60 ms ± 10 ms, 2 % loss, 1 % reordered by 20 ms,
// 512 kbit/s with 32 KiB of queue, which is half a second when it is full.
func Congested() Conditions {
	return Conditions{
		Loss:  0.02,
		Delay: 60 * time.Millisecond, Jitter: 10 * time.Millisecond,
		Reorder: 0.01, ReorderDelay: 20 * time.Millisecond,
		Bandwidth: 64_000, QueueBytes: 32 << 10, MTU: ethernetMTU,
	}
}

// Intercontinental is a long wired way: 120 ms ± 5 ms, 0.3 % loss, 0.2 %
// reordered by 10 ms, 10 Mbit/s with 256 KiB of queue.
func Intercontinental() Conditions {
	return Conditions{
		Loss:  0.003,
		Delay: 120 * time.Millisecond, Jitter: 5 * time.Millisecond,
		Reorder: 0.002, ReorderDelay: 10 * time.Millisecond,
		Bandwidth: 1_250_000, QueueBytes: 256 << 10, MTU: ethernetMTU,
	}
}

// Satellite is a geostationary link: 280 ms ± 10 ms, bursts of 5 datagrams on
// average in which 30 % are lost, about 0.4 % together; 4 Mbit/s with 256 KiB
// of queue.
func Satellite() Conditions {
	return Conditions{
		Burst: Burst{GoodToBad: 0.003, BadToGood: 0.2, LossBad: 0.3},
		Delay: 280 * time.Millisecond, Jitter: 10 * time.Millisecond,
		Bandwidth: 500_000, QueueBytes: 256 << 10, MTU: 1400,
	}
}

// Hostile is worse than any link people would play over: 100 ms ± 80 ms, 20 %
// loss, 10 % reordered by 60 ms, 5 % duplicated. A correct protocol still gets
// everything through.
func Hostile() Conditions {
	return Conditions{
		Loss:  0.2,
		Delay: 100 * time.Millisecond, Jitter: 80 * time.Millisecond,
		Reorder: 0.1, ReorderDelay: 60 * time.Millisecond,
		Duplicate: 0.05,
		MTU:       ethernetMTU,
	}
}

// Preset is a named set of conditions.
type Preset struct {
	Name       string
	Conditions Conditions
}

// Presets returns the perfect network and all presets, always in the same
// order, for tests that run under each of them.
func Presets() []Preset {
	return []Preset{
		{"Perfect", Conditions{}},
		{"LAN", LAN()},
		{"Broadband", Broadband()},
		{"WiFi", WiFi()},
		{"LossyWiFi", LossyWiFi()},
		{"Mobile", Mobile()},
		{"Congested", Congested()},
		{"Intercontinental", Intercontinental()},
		{"Satellite", Satellite()},
		{"Hostile", Hostile()},
	}
}
