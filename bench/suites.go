package main

// Every client needs a slot. A few more let the server give back those of a
// previous connection late.
const spareSlots = 8

// maxSlots is the most that the protocol can number.
const maxSlots = 4095

var suites = []suite{
	{"goals", "what this project promises of each kind of work", goalCases},
	{"relay", "one sender, N receivers, 64 byte messages", func(quick bool) []testCase {
		return relayCases(quick, []string{"unreliable", "unsequenced", "reliable"}, []int{8, 32, 128})
	}},
	{"godot3", "the same with Godot 3 ids and headers", func(quick bool) []testCase {
		return godotCases(relayCases(quick, []string{"unreliable", "reliable"}, []int{32, 128}))
	}},
	{"echo", "clients with one message under way each, beside idle peers", echoCases},
	{"idle", "peers that only stay connected", idleCases},
	{"slots", "cost of slots without a peer, one sender and 8 receivers", slotCases},
	{"tick", "30 inputs/s of 64 bytes from each player, 20 snapshots/s of 512 bytes to each", tickCases},
	{"mesh", "every player sends 64 byte messages to all others", meshCases},
	{"bulk", "reliable packets of 64 KiB, one peer", bulkCases},
	{"loss", "256 byte reliable messages to one peer, 20 ms ± 5 ms each way, loss both ways", lossCases},
	{"handshake", "connect and disconnect, over and over", handshakeCases},
	{"growth", "what many peers cost: while they are idle, and for a message of one of eight others", growthCases},
	{"memory", "resident memory of the server", memoryCases},
}
