package rtclink_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/link/rtclink"
	"crosspeer/link/rtclink/signaling"
)

func serve(t testing.TB, cfg rtclink.Config) *crosspeer.Peer {
	t.Helper()
	if cfg.UDPAddr == "" {
		cfg.UDPAddr = "127.0.0.1:0"
	}
	srv, err := crosspeer.Listen(testContext(t), nil, rtclink.Listen("127.0.0.1:0", cfg))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return srv
}

func TestRefusalsSayWhy(t *testing.T) {
	srv := serve(t, rtclink.Config{})
	srv.SetRefuseNewConnections(true)
	_, err := crosspeer.Dial(testContext(t), nil, rtclink.Dial(srv.Addrs()[0]))
	if !errors.Is(err, crosspeer.ErrRefused) || !strings.Contains(err.Error(), "new connections are refused") {
		t.Errorf("Dial: %v", err)
	}
	if n := srv.Stats().Refused; n != 1 {
		t.Errorf("%d refusals were counted", n)
	}
	for _, url := range []string{"ws://localhost", "rtc+ws://", "::"} {
		if _, err := crosspeer.Dial(testContext(t), nil, rtclink.Dial(url)); err == nil || !strings.Contains(err.Error(), "want rtc+ws://host:port/path") {
			t.Errorf("URL %q: %v", url, err)
		}
	}
}

// guest joins the session's lobby by hand, and gives the reason with which
// the server ends it.
func guest(t *testing.T, srv *crosspeer.Peer, query string, do func(*signaling.Client)) (reason string) {
	t.Helper()
	ctx := testContext(t)
	c, err := signaling.Dial(ctx, strings.TrimPrefix(srv.Addrs()[0], "rtc+")+query,
		signaling.Options{Dialect: signaling.JSON, Lobby: "session", ClientServer: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for ev := range c.Events(ctx) {
		switch ev := ev.(type) {
		case signaling.PeerConnect:
			do(c)
		case signaling.Closed:
			return ev.Reason
		}
	}
	t.Fatal("the server does not end it")
	return ""
}

func TestGuestsThatDoNotConnectAreSentAway(t *testing.T) {
	srv := serve(t, rtclink.Config{SetupTimeout: 300 * time.Millisecond})
	offer := func(sdp string) func(*signaling.Client) {
		return func(c *signaling.Client) { c.SendOffer(testContext(t), 1, sdp) }
	}
	for _, tt := range []struct {
		name, query string
		do          func(*signaling.Client)
		want        string
	}{
		{"a stock client's offer that is none", "", offer("rubbish"), "peer 1: the offer cannot be used"},
		{"a stock client's no offer", "", func(*signaling.Client) {}, "peer 1: no connection within 300ms"},
		{"no offer", "?framing=websocket", func(*signaling.Client) {}, "no connection within 300ms"},
		{"an offer that is none", "?framing=websocket", offer("rubbish"), "the offer cannot be used"},
		{"candidates that are none", "?framing=websocket", func(c *signaling.Client) {
			c.SendCandidate(testContext(t), 1, "rubbish")
			c.SendCandidate(testContext(t), 1, "\ndata\n0\nrubbish")
		}, "no connection within 300ms"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := guest(t, srv, tt.query, tt.do); !strings.Contains(got, tt.want) {
				t.Errorf("the reason is %q, want %q", got, tt.want)
			}
		})
	}
	if n := srv.Stats().Peers; n != 0 {
		t.Errorf("%d peers are there", n)
	}
}

func TestAHandlerServesOneSessionAtATime(t *testing.T) {
	ctx := testContext(t)
	h := rtclink.NewHandler(rtclink.Config{UDPAddr: "127.0.0.1:0"})
	site := httptest.NewServer(h)
	defer site.Close()
	for range 2 {
		resp, err := http.Get(site.URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("before there is a session: %s", resp.Status)
		}
		srv, err := crosspeer.Listen(ctx, nil, h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := crosspeer.Listen(ctx, nil, h); !errors.Is(err, rtclink.ErrInUse) {
			t.Errorf("a second session: %v", err)
		}
		cli, err := crosspeer.Dial(ctx, nil, rtclink.Dial("rtc+ws"+strings.TrimPrefix(site.URL, "http")+"/rtc"))
		if err != nil {
			t.Fatal(err)
		}
		cli.Close()
		srv.Close()
	}
}

func TestConfigTellsAllMistakesAtOnce(t *testing.T) {
	cfg := rtclink.Config{SetupTimeout: -1, MaxMessageBytes: 1 << 30, MaxQueuedBytes: -1, MaxPending: -1, MaxStandIns: -1}
	_, err := crosspeer.Listen(testContext(t), nil, rtclink.Listen("127.0.0.1:0", cfg))
	for _, name := range []string{"SetupTimeout", "MaxMessageBytes", "MaxQueuedBytes", "MaxPending", "MaxStandIns"} {
		if err == nil || !strings.Contains(err.Error(), "rtclink: Config."+name+" is ") {
			t.Errorf("%v does not tell about %s", err, name)
		}
	}
}

func TestICELiteAndTCP(t *testing.T) {
	for name, cfg := range map[string]rtclink.Config{
		"ICE lite": {ICELite: true}, "with TCP": {TCPAddr: "127.0.0.1:0"}, "all addresses": {UDPAddr: ":0"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := serve(t, cfg)
			cli, err := crosspeer.Dial(testContext(t), nil, rtclink.Dial(srv.Addrs()[0]))
			if err != nil {
				t.Fatal(err)
			}
			defer cli.Close()
			if err := cli.Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Data: []byte("hello")}); err != nil {
				t.Fatal(err)
			}
			if pkt, err := srv.Receive(testContext(t)); err != nil || string(pkt.Data) != "hello" {
				t.Errorf("got %q, %v", pkt.Data, err)
			}
			info, err := srv.PeerInfo(cli.UniqueID())
			if err != nil || info.Transport != "webrtc" || !info.RemoteAddr.IsValid() {
				t.Errorf("PeerInfo gives %+v, %v", info, err)
			}
		})
	}
}

// BenchmarkConnection is the time and memory of a connection, both ends in one
// process.
func BenchmarkConnection(b *testing.B) {
	srv := serve(b, rtclink.Config{})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var clients []*crosspeer.Peer
	for b.Loop() {
		cli, err := crosspeer.Dial(b.Context(), nil, rtclink.Dial(srv.Addrs()[0]))
		if err != nil {
			b.Fatal(err)
		}
		clients = append(clients, cli)
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := after.HeapAlloc + after.StackInuse - before.HeapAlloc - before.StackInuse
	b.ReportMetric(float64(held)/float64(len(clients))/1024, "KiB/connection")
	b.ReportMetric(float64(runtime.NumGoroutine())/float64(len(clients)), "goroutines/connection")
	for _, cli := range clients {
		cli.Close()
	}
}

func TestTheSignallingOfAListenerSpeaksTLS(t *testing.T) {
	site := httptest.NewUnstartedServer(nil)
	site.StartTLS() // for its certificate
	defer site.Close()
	trust := x509.NewCertPool()
	trust.AddCert(site.Certificate())
	srv := serve(t, rtclink.Config{TLS: &tls.Config{Certificates: site.TLS.Certificates}})
	if addr := srv.Addrs()[0]; !strings.HasPrefix(addr, "rtc+wss://") {
		t.Errorf("the address is %s", addr)
	}
	cli, err := crosspeer.Dial(testContext(t), nil, rtclink.Dial(srv.Addrs()[0], rtclink.Config{TLS: &tls.Config{RootCAs: trust}}))
	if err != nil {
		t.Fatal(err)
	}
	cli.Close()
	if _, err := crosspeer.Dial(testContext(t), nil, rtclink.Dial(srv.Addrs()[0])); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without trust: %v", err)
	}
}
