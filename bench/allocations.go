package main

import (
	"context"
	"os/exec"
	"slices"
)

// allocationTests hold that the relay path allocates nothing per packet, in
// the engine alone and with sockets and goroutines.
var allocationTests = []string{"test", "-count=1", "-run", "Allocat", "crosspeer/enet", "crosspeer/enet/internal/engine"}

// allocationRow is the goal that is no comparison: tests hold it.
func allocationRow(ctx context.Context, columns int) []string {
	row := slices.Repeat([]string{"-"}, columns)
	row[0], row[1] = "allocations per packet", "tests"
	row[columns-3], row[columns-2], row[columns-1] = "0", "0", "stretch met"
	if err := exec.CommandContext(ctx, "go", allocationTests...).Run(); err != nil {
		row[columns-1] = "missed: go test -run Allocat ./enet/..."
	}
	return row
}
