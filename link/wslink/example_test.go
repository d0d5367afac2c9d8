package wslink_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"crosspeer"
	"crosspeer/link/wslink"
)

func Example() {
	ctx := context.Background()
	srv, err := crosspeer.Listen(ctx, nil, wslink.Listen("127.0.0.1:0"))
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	cli, err := crosspeer.Dial(ctx, nil, wslink.Dial(srv.Addrs()[0]))
	if err != nil {
		log.Fatal(err)
	}
	defer cli.Close()
	cli.Send(crosspeer.Packet{To: crosspeer.TargetServer, Data: []byte("hello")})
	pkt, err := srv.Receive(ctx)
	fmt.Printf("%s, %v, %v\n", pkt.Data, pkt.Mode, err)
	// Output: hello, reliable, <nil>
}

func ExampleNewHandler() {
	ctx := context.Background()
	h := wslink.NewHandler()
	mux := http.NewServeMux()
	mux.Handle("/ws", h) // beside the routes of your own site
	site := httptest.NewServer(mux)
	defer site.Close()
	srv, err := crosspeer.Listen(ctx, nil, h)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	cli, err := crosspeer.Dial(ctx, nil, wslink.Dial(strings.Replace(site.URL, "http", "ws", 1)+"/ws"))
	if err != nil {
		log.Fatal(err)
	}
	defer cli.Close()
	fmt.Println(cli.ConnectionStatus(), len(srv.Peers()))
	// Output: connected 1
}

func ExampleAccept() {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := wslink.Accept(w, r)
		if err != nil {
			return // answered
		}
		defer c.Close(1000, "")
		if data, text, err := c.ReadMessage(r.Context()); err == nil {
			c.WriteMessage(data, text)
		}
	}))
	defer site.Close()
	ctx := context.Background()
	c, err := wslink.DialConn(ctx, strings.Replace(site.URL, "http", "ws", 1))
	if err != nil {
		log.Fatal(err)
	}
	c.WriteMessage([]byte("echo"), true)
	data, text, err := c.ReadMessage(ctx)
	fmt.Printf("%s %v %v\n", data, text, err)
	_, _, err = c.ReadMessage(ctx)
	fmt.Println(err)
	// Output:
	// echo true <nil>
	// wslink: closed with code 1000:
}
