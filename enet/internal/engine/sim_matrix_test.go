package engine

import (
	"os"
	"testing"
	"time"

	"crosspeer/internal/simnet"
)

// cells are every loss with every reordering, duplication and jitter.
func cells() (all []simnet.Conditions) {
	for _, loss := range []float64{0, 0.05, 0.2, 0.35, 0.5} {
		for _, reorder := range []float64{0, 0.05, 0.2} {
			for _, duplicate := range []float64{0, 0.05, 0.25} {
				for _, jitter := range []time.Duration{0, 20 * time.Millisecond, 200 * time.Millisecond} {
					all = append(all, simnet.Conditions{
						Loss: loss, Reorder: reorder, ReorderDelay: 60 * time.Millisecond, Duplicate: duplicate,
						Delay: 30 * time.Millisecond, Jitter: jitter,
					})
				}
			}
		}
	}
	return all
}

// A thousand packets of 1 byte to 64 KiB on each of two reliable channels, and
// as many on channels that may lose, through each cell, with time-outs as they
// are. Where half is lost each way, one connection in a thousand may be taken
// for dead, where less is lost none.
func TestReliableIsExactInEveryCellOfTrouble(t *testing.T) {
	all := cells()
	packets := 1000
	if testing.Short() || raceEnabled {
		packets = 100
	}
	harsh, lost := 0, 0
	for seed := range simnet.Seeds(t, 200) {
		cond := all[seed%uint64(len(all))]
		p := newPair(t, seed, Config{}, Config{})
		tr := newTraffic(p, seed)
		tr.join()
		p.net.SetConditions(cond)
		log := []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1400, 2048, 4096, 8192, 16_384, 32_768, 65_536}
		tr.flows = append(tr.flows,
			&flow{t: t, from: p.client, to: p.server, channel: 0, mode: modeReliable, sizes: log},
			&flow{t: t, from: p.server, to: p.client, channel: 1, mode: modeReliable, sizes: log[:12]},
			&flow{t: t, from: p.client, to: p.server, channel: 2, mode: modeUnreliable, sizes: log[:12], seen: map[uint64]bool{}},
			&flow{t: t, from: p.server, to: p.client, channel: 3, mode: modeUnsequenced, sizes: log[:11], seen: map[uint64]bool{}},
		)
		for i := 0; i < packets && len(tr.ended) == 0; i++ {
			for _, f := range tr.flows {
				f.from.do(func() { f.send(tr.rnd) })
			}
			p.net.RunFor(10 * time.Millisecond)
		}
		if cond.Loss >= 0.5 {
			harsh++
			p.net.RunWhile(time.Hour, func() bool { return len(tr.ended) == 0 && !tr.square() })
			if len(tr.ended) > 0 {
				lost++
				t.Logf("seed %d: %+v: %v", seed, cond, tr.ended[0].Reason)
				continue
			}
		}
		tr.finish(time.Hour)
	}
	if lost*1000 > max(harsh, 1) {
		t.Errorf("%d of %d connections were taken for dead at half loss", lost, harsh)
	}
	if os.Getenv("SIM_SEEDS") != "" {
		t.Logf("%d of %d connections were taken for dead at half loss", lost, harsh)
	}
}
