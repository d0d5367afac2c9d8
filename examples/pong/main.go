// Command pong is a small game whose server decides everything: it moves the
// ball, and players call it to move their paddles. They are Godot games, over
// ENet or WebSocket, and pages in a browser, in one round.
//
//	go run ./examples/pong
package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
	"crosspeer/link/wslink"
	"crosspeer/rpc"
	"crosspeer/web"
)

const tick = time.Second / 60

//go:embed page
var page embed.FS

func main() {
	enet := flag.String("enet", ":4242", "address of ENet")
	web := flag.String("http", ":8080", "address of the page and of WebSocket")
	points := flag.Int("points", 5, "points that win a round")
	speed := flag.Float64("speed", 1, "how fast time goes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *enet, *web, *points, *speed); err != nil {
		fmt.Fprintln(os.Stderr, "pong:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, enetAddr, httpAddr string, points int, speed float64) error {
	ws := wslink.NewHandler()
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen(enetAddr), ws)
	if err != nil {
		return err
	}
	defer srv.Close()
	site, err := serve(httpAddr, ws)
	if err != nil {
		return err
	}
	defer site.Close()
	api, err := rpc.New(srv, nil)
	if err != nil {
		return err
	}
	t, err := newTable(api, points, speed, out)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "playing on %s and http://%s/\n", srv.Addrs()[0], site.Addr)

	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		if err := api.Poll(); err != nil {
			return err
		}
		t.tick(tick.Seconds())
	}
}

// serve serves the page, the browser client beside it, and the WebSocket.
func serve(addr string, ws http.Handler) (*http.Server, error) {
	files, err := fs.Sub(page, "page")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(files))
	mux.Handle("/crosspeer.js", http.FileServerFS(web.Play()))
	mux.Handle("/ws", ws)
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	site := &http.Server{Addr: l.Addr().String(), Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go site.Serve(l)
	return site, nil
}
