package godot3

import (
	"slices"
	"strings"
	"testing"
)

// TestPong: two stock games play a round of the example against each other, one
// over ENet and one over WebSocket, and see the score that the server has.
func TestPong(t *testing.T) {
	server, enet, page := Pong(t)
	follows, followsEnd := PongPlayer(t, enet, "follow")
	if line := ReadLine(t, server); !strings.HasPrefix(line, "left is player ") {
		t.Fatalf("the server says %q", line)
	}
	stands, standsEnd := PongPlayer(t, strings.Replace(page, "http:", "ws:", 1)+"ws", "still")
	if line := ReadLine(t, server); !strings.HasPrefix(line, "right is player ") {
		t.Fatalf("the server says %q", line)
	}
	want := []string{"score 1:0", "score 2:0", "score 3:0", "left wins 3:0"}
	for _, line := range want {
		if got := ReadLine(t, server); got != line {
			t.Fatalf("the server says %q, want %q", got, line)
		}
	}
	for _, player := range []struct {
		name  string
		lines <-chan string
		end   <-chan error
		seat  string
	}{{"the one that follows", follows, followsEnd, "seat 0"}, {"the one that stands", stands, standsEnd, "seat 1"}} {
		var said []string
		for line := range player.lines {
			if line == player.seat || strings.HasPrefix(line, "score ") || strings.Contains(line, " wins ") {
				said = append(said, line)
			}
		}
		if err := <-player.end; err != nil {
			t.Errorf("%s: %v", player.name, err)
		}
		said = slices.DeleteFunc(said, func(s string) bool { return s == "score 0:0" })
		if !slices.Equal(said, append([]string{player.seat}, want...)) {
			t.Errorf("%s saw %q", player.name, said)
		}
	}
}
