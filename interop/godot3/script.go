package godot3

import (
	"fmt"
	"strings"
)

// body makes GDScript out of a Go string literal: it removes the lines around
// the code and the indentation that all lines share, which is that of the Go
// code around the literal.
func body(source string) string {
	lines := strings.Split(strings.Trim(source, "\n"), "\n")
	shared, found := "", false
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		indent := line[:len(line)-len(strings.TrimLeft(line, "\t "))]
		if !found {
			shared, found = indent, true
		}
		for !strings.HasPrefix(indent, shared) {
			shared = shared[:len(shared)-1]
		}
	}
	if !found {
		return "pass"
	}
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			lines[i] = ""
			continue
		}
		lines[i] = strings.TrimPrefix(line, shared)
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// numbered shows a script with the line numbers that the engine uses in its
// messages. Line 1 is the function's head, which the agent adds.
func numbered(source string) string {
	var b strings.Builder
	for i, line := range strings.Split(source, "\n") {
		fmt.Fprintf(&b, "%4d  %s\n", i+2, line)
	}
	return strings.TrimRight(b.String(), "\n")
}
