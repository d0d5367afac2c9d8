package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// runSuite runs all cases of a suite, the repeats outermost, so that the
// repeats of one case are spread over the time of the suite. It fails only
// when the context ends; a run that fails is part of the outcome.
func runSuite(ctx context.Context, o options, s suite, record *record, log io.Writer) ([]outcome, error) {
	cases := s.cases(o.quick)
	outcomes := make([]outcome, len(cases))
	for i, c := range cases {
		outcomes[i] = outcome{c: c, runs: make([][]result, len(o.servers)), bad: make([][]string, len(o.servers))}
		for j := range o.servers {
			outcomes[i].runs[j] = make([]result, o.reps)
		}
	}
	for rep := range o.reps {
		b := o.bench
		b.seed = rep + 1
		for i, c := range cases {
			for _, j := range order(len(o.servers), rep) {
				r, err := b.run(ctx, o.servers[j], c.of(j))
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				outcomes[i].take(j, rep, r, err)
				if o.verbose {
					fmt.Fprintf(log, "%s %d/%d: %s, %s\n", s.name, rep+1, o.reps, c.name, o.servers[j].name)
				}
				if err := record.add(s.name, c.name, o.servers[j].name, rep, r, err); err != nil {
					return nil, err
				}
			}
		}
	}
	return outcomes, nil
}

// order is who runs when: every server in its turn, beginning with another one
// in every repeat.
func order(servers, rep int) []int {
	list := make([]int, servers)
	for i := range list {
		list[i] = (rep + i) % servers
	}
	return list
}

// take keeps the result of one run.
func (o *outcome) take(server, rep int, r result, err error) {
	if err != nil {
		o.bad[server] = append(o.bad[server], fmt.Sprintf("run %d failed: %v", rep+1, err))
		return
	}
	o.runs[server][rep] = r
	if list := doubts(r); len(list) > 0 {
		o.bad[server] = append(o.bad[server], fmt.Sprintf("run %d: %s", rep+1, strings.Join(list, ", ")))
	}
}

// failures counts the failed runs of the reference and of the server under
// test. A third server may be too old for a case.
func (o *outcome) failures() int {
	n := 0
	for _, runs := range o.runs[:min(2, len(o.runs))] {
		for _, r := range runs {
			if r == nil {
				n++
			}
		}
	}
	return n
}
