package server

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/link/rtclink"
	"crosspeer/link/rtclink/signaling"
)

func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	s, err := Start(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Shutdown(ctx) })
	return s
}

// url gives the first address with a scheme.
func url(t *testing.T, s *Server, scheme string) string {
	t.Helper()
	for _, a := range s.Addrs() {
		if strings.HasPrefix(a, scheme+":") {
			return a
		}
	}
	t.Fatalf("no %s among %v", scheme, s.Addrs())
	return ""
}

func TestTURNIsHandedOutAndCarriesAClient(t *testing.T) {
	s := start(t, Config{HTTP: "127.0.0.1:0", RTC: "127.0.0.1:0", TURN: "127.0.0.1:0",
		TURNAllow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	sig, err := signaling.Dial(ctx, strings.TrimPrefix(url(t, s, "rtc+ws"), "rtc+")+"?framing=websocket",
		signaling.Options{Dialect: signaling.JSON, Lobby: "session", ClientServer: true})
	if err != nil {
		t.Fatal(err)
	}
	defer sig.Close()
	ev, err := sig.Next(ctx)
	w, ok := ev.(signaling.Welcome)
	if err != nil || !ok || len(w.ICEServers) != 1 || len(w.ICEServers[0].URLs) != 2 || w.ICEServers[0].Username == "" {
		t.Fatalf("got %+v, %v", ev, err)
	}
	turn := w.ICEServers[0]
	cli, err := crosspeer.Dial(ctx, nil, rtclink.Dial(url(t, s, "rtc+ws"), rtclink.Config{RelayOnly: true}))
	if err != nil {
		t.Fatalf("over TURN at %v: %v", turn.URLs, err)
	}
	defer cli.Close()
	if err := cli.Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Data: []byte("relayed")}); err != nil {
		t.Fatal(err)
	}
	pkt, err := s.Peer().Receive(ctx)
	if err != nil || string(pkt.Data) != "relayed" {
		t.Fatalf("got %q, %v", pkt.Data, err)
	}
	if n := s.turn.Stats().Allocations; n == 0 {
		t.Error("nothing was relayed")
	}
}

func TestAConfigurationThatCannotBeIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"nothing open", Config{}, "neither Config.ENet nor Config.HTTP has an address"},
		{"half a certificate", Config{HTTP: ":0", TLSCert: "cert.pem"}, "TLSCert and Config.TLSKey go together"},
		{"WebRTC without signalling", Config{ENet: ":0", RTC: ":0"}, "Config.RTC needs HTTP"},
		{"TURN without WebRTC", Config{HTTP: ":0", TURN: ":0"}, "Config.TURN is for WebRTC"},
		{"too many sockets", Config{ENet: ":0", ENetSockets: 65}, "Config.Sockets is 65"},
		{"less than no client", Config{ENet: ":0", MaxClients: -1}, "Config.MaxClients is -1"},
	} {
		if _, err := Start(context.Background(), tt.cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestWhatCannotBeOpenedLeavesNothingOpen(t *testing.T) {
	first := start(t, Config{ENet: "127.0.0.1:0"})
	taken := strings.TrimPrefix(first.Addrs()[0], "enet://")
	if _, err := Start(context.Background(), Config{ENet: taken, HTTP: "127.0.0.1:0", RTC: "127.0.0.1:0", TURN: "127.0.0.1:0"}); err == nil {
		t.Fatal("a taken port is opened")
	}
}
