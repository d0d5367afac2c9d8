package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAServerCommandIsFilledIn(t *testing.T) {
	s, err := parseServer("go=x/gorelay --port={port} --mode {mode} --max-peers {max} {extra} --last")
	if err != nil {
		t.Fatal(err)
	}
	c := testCase{mode: "tick", maxPeers: 9, extra: []string{"--tick-hz", "20"}}
	want := []string{"x/gorelay", "--port=77", "--mode", "tick", "--max-peers", "9", "--tick-hz", "20", "--last"}
	if got := s.command(77, c); s.name != "go" || !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", s.name, got, want)
	}
	c.extra = nil
	if got := s.command(77, c); slices.Contains(got, "") || len(got) != len(want)-2 {
		t.Errorf("without options: %q", got)
	}
}

func TestWrongFlagsAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-suite", "dance"},
		{"-suite", "relay,dance"},
		{"-a", "no command"},
		{"-a", "="},
		{"-b", "go=x --port {port} --mode {mode} {extra}"}, // no {max}
		{"-reps", "-1"},
		{"-a", ""},
		{"-base", "old=x --port {port} --mode {mode} {max} {extra}"}, // no -b
		{"stray"},
		{"-server-cpu", "100000", "-bin", t.TempDir()},
	} {
		if err := run(context.Background(), append([]string{"-results", ""}, args...), os.Stdout, &bytes.Buffer{}); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

func TestMissingProgramsAreNamedWithTheirCure(t *testing.T) {
	err := needTools(bench{bin: t.TempDir(), serverCPU: -1, loadCPU: -1})
	if err == nil || !strings.Contains(err.Error(), "make -C bench/c") {
		t.Errorf("%v", err)
	}
}

func TestTheServersTakeTurns(t *testing.T) {
	for _, c := range []struct {
		servers int
		want    [][]int
	}{
		{1, [][]int{{0}, {0}}},
		{2, [][]int{{0, 1}, {1, 0}, {0, 1}}},
		{3, [][]int{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {0, 1, 2}}},
	} {
		for rep, want := range c.want {
			if got := order(c.servers, rep); !slices.Equal(got, want) {
				t.Errorf("%d servers, repeat %d: %v, want %v", c.servers, rep, got, want)
			}
		}
	}
}

func TestSuitesAreSound(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range suites {
		if seen[s.name] || s.about == "" {
			t.Errorf("suite %q is there twice or has no description", s.name)
		}
		seen[s.name] = true
		full, quick := s.cases(false), s.cases(true)
		if len(quick) == 0 || len(quick) > len(full) {
			t.Errorf("%s: %d cases, %d quick ones", s.name, len(full), len(quick))
		}
		for _, list := range [][]testCase{full, quick} {
			names := map[string]bool{}
			for _, c := range list {
				if c.name == "" || names[c.name] {
					t.Errorf("%s: two cases are called %q", s.name, c.name)
				}
				names[c.name] = true
				if c.maxPeers < 1 || c.maxPeers > maxSlots && s.name != "growth" || len(c.figures) == 0 {
					t.Errorf("%s, %s: %d peers, %d figures", s.name, c.name, c.maxPeers, len(c.figures))
				}
			}
		}
	}
}

func TestAServerThatDoesNotListenIsNoticed(t *testing.T) {
	b := bench{bin: t.TempDir(), serverCPU: -1, loadCPU: -1}
	s := server{name: "bad", template: []string{"sh", "-c", "echo out of order >&2; exit 3"}}
	_, err := b.run(t.Context(), s, testCase{mode: "relay", maxPeers: 1})
	if err == nil || !strings.Contains(err.Error(), "out of order") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("%v", err)
	}
	_, err = b.run(t.Context(), server{name: "none", template: []string{filepath.Join(t.TempDir(), "none")}}, testCase{})
	if err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("%v", err)
	}
}

func TestARunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	b := bench{bin: t.TempDir(), serverCPU: -1, loadCPU: -1}
	ended := make(chan error, 1)
	go func() {
		_, err := b.run(ctx, server{name: "mute", template: []string{"sleep", "600"}}, testCase{})
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil || ctx.Err() == nil {
			t.Errorf("%v, context %v", err, ctx.Err())
		}
	case <-time.After(startup + 10*time.Second):
		t.Fatal("the run goes on")
	}
}
