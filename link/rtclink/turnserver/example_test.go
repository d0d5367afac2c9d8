package turnserver_test

import (
	"fmt"
	"strings"
	"time"

	"crosspeer/link/rtclink/turnserver"
)

// Credentials are made for each player and end by themselves.
func Example() {
	srv, err := turnserver.Listen(turnserver.Config{Addr: "127.0.0.1:0", Host: "turn.example"})
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	c := srv.Credentials(time.Now(), "player 7", 12*time.Hour)
	_, name, _ := strings.Cut(c.Username, ":")
	fmt.Println(len(c.URLs), "URLs for", name)
	// Output: 2 URLs for player 7
}
