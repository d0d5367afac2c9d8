package main

import (
	"slices"
	"strings"
	"testing"
)

func exampleOutcomes() ([]server, []outcome) {
	c := testCase{name: "1→8", figures: []figure{{label: "CPU µs", key: "cpu"}, {label: "p50 ms", key: "p50", scale: 1e-3}}}
	return []server{{name: "c"}, {name: "go"}}, []outcome{{
		c: c,
		runs: [][]result{
			{{"cpu": 2.0, "p50": 100.0}, {"cpu": 4.0, "p50": 200.0}},
			{{"cpu": 1.0, "p50": 150.0}, nil},
		},
		bad: [][]string{nil, {"run 2 failed: no answer"}},
	}}
}

func TestTextTable(t *testing.T) {
	servers, outcomes := exampleOutcomes()
	var b strings.Builder
	tableOf(servers, outcomes).text(&b)
	want := strings.Join([]string{
		"case  figure  c                    go     go/c",
		"----  ------  -------------------  -----  -----",
		"1→8   CPU µs  3.00 (2.00-4.00)     1.00   0.500",
		"      p50 ms  0.150 (0.100-0.200)  0.150  1.50",
		"",
	}, "\n")
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestMarkdownTableNamesTheCaseInEveryLine(t *testing.T) {
	servers, outcomes := exampleOutcomes()
	var b strings.Builder
	tableOf(servers, outcomes).markdown(&b)
	want := strings.Join([]string{
		"| case | figure | c | go | go/c |",
		"| --- | --- | --- | --- | --- |",
		"| 1→8 | CPU µs | 3.00 (2.00-4.00) | 1.00 | 0.500 |",
		"| 1→8 | p50 ms | 0.150 (0.100-0.200) | 0.150 | 1.50 |",
		"",
	}, "\n")
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestATableOfOneServerHasNoRatio(t *testing.T) {
	servers, outcomes := exampleOutcomes()
	outcomes[0].runs = outcomes[0].runs[:1]
	got := tableOf(servers[:1], outcomes)
	if len(got.head) != 3 || len(got.rows[0]) != 3 {
		t.Errorf("head %v, row %v", got.head, got.rows[0])
	}
}

func TestFailedRunsAreToldAndCounted(t *testing.T) {
	servers, outcomes := exampleOutcomes()
	if got := notes(servers, outcomes); !slices.Equal(got, []string{"1→8, go: run 2 failed: no answer"}) {
		t.Errorf("notes %q", got)
	}
	if got := outcomes[0].failures(); got != 1 {
		t.Errorf("%d failures", got)
	}
}

func TestDoubts(t *testing.T) {
	for _, c := range []struct {
		r    result
		want string
	}{
		{result{"scenario": "relay", "sent": 5.0, "delivered_share": 1.0}, ""},
		{result{"scenario": "relay", "sent": 5.0, "delivered_share": 0.5}, "50.0 % delivered"},
		{result{"scenario": "relay", "sent": 5.0, "delivered_share": 1.5}, "some twice"},
		{result{"scenario": "echo", "sent": 0.0}, "nothing sent"},
		{result{"scenario": "idle", "sent": 0.0}, ""},
		{result{"wrong": 2.0}, "2 messages wrong"},
		{result{"stalls": 1.0}, "1 stalls"},
		{result{"missed": 3.0}, "3 snapshots missed"},
		{result{"lost_peers": 1.0}, "1 peers lost"},
		{result{"count": 10.0, "finished": 0.0}, "not finished"},
		{result{"count": 10.0, "finished": 1.0}, ""},
	} {
		got := strings.Join(doubts(c.r), ", ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%v: %q, want %q", c.r, got, c.want)
		}
	}
}

func TestOtherWorkIsMentioned(t *testing.T) {
	with := func(util float64) string {
		return foreignLoad([]outcome{{runs: [][]result{{{"other_util": util}}}}})
	}
	if got := with(1.5); !strings.Contains(got, "1.50 of") {
		t.Errorf("a busy machine: %q", got)
	}
	if got := with(0.1); got != "" {
		t.Errorf("a quiet machine: %q", got)
	}
}
