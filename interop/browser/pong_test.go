package browser

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"crosspeer/interop/godot3"
)

// TestPong: a page plays a round of the example against a stock game over
// ENet, by remote calls of its own.
func TestPong(t *testing.T) {
	b := browse(t)
	server, enet, url := godot3.Pong(t)
	tab := b.Open(url)
	if line := godot3.ReadLine(t, server); !strings.HasPrefix(line, "left is player ") {
		t.Fatalf("the server says %q", line)
	}
	tab.Until("document.getElementById('message').textContent === 'waiting for a second player'")
	// What somebody with a steady hand would do.
	tab.Eval(`setInterval(() => {
		const field = document.getElementById("field"), box = field.getBoundingClientRect();
		field.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left, clientY: box.top + game.ball.y / 360 * box.height }));
	}, 5)`, nil)
	lines, end := godot3.PongPlayer(t, enet, "still")
	godot3.ReadLine(t, server)
	for n := 1; n <= 3; n++ {
		if got, want := godot3.ReadLine(t, server), fmt.Sprintf("score %d:0", n); got != want {
			t.Fatalf("the server says %q, want %q", got, want)
		}
		if dir := os.Getenv("CROSSPEER_SCREENSHOTS"); dir != "" && n == 1 {
			png := run(tab, "a screenshot", chromedp.FullScreenshot(100))
			if err := os.WriteFile(dir+"/pong.png", png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	tab.Until("document.getElementById('message').textContent === 'left wins 3:0' || document.getElementById('message').textContent === 'waiting for a second player'")
	won := false
	for line := range lines {
		won = won || line == "left wins 3:0"
	}
	if err := <-end; err != nil || !won {
		t.Errorf("the game ended with %v, and has seen the end: %v", err, won)
	}
}
