package rtclink_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/link/rtclink"
	"crosspeer/link/rtclink/signaling"
)

func TestIPVersionsHaveNames(t *testing.T) {
	for v, name := range map[rtclink.IPVersions]string{rtclink.BothIP: "both", rtclink.IPv4Only: "ipv4", rtclink.IPv6Only: "ipv6"} {
		if got, err := rtclink.ParseIPVersions(strings.ToUpper(name)); err != nil || got != v || v.String() != name {
			t.Errorf("%s is %v, %v", name, got, err)
		}
	}
	if _, err := rtclink.ParseIPVersions("ipv5"); err == nil || rtclink.IPVersions(9).String() != "IP versions 9" {
		t.Errorf("what is no version: %v, %v", err, rtclink.IPVersions(9))
	}
}

// offered are the addresses and protocols of the candidates in a server's
// offer.
func offered(t *testing.T, srv *crosspeer.Peer) (found []string) {
	t.Helper()
	c, err := signaling.Dial(testContext(t), strings.TrimPrefix(srv.Addrs()[0], "rtc+"), signaling.Options{Dialect: signaling.Text, Lobby: "session"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for ev := range c.Events(testContext(t)) {
		if o, ok := ev.(signaling.Offer); ok {
			for line := range strings.Lines(o.SDP) {
				if fields := strings.Fields(line); strings.HasPrefix(line, "a=candidate:") && len(fields) > 4 {
					found = append(found, strings.ToLower(fields[2])+" "+fields[4])
				}
			}
			return found
		}
	}
	t.Fatal("no offer")
	return nil
}

func TestCandidatesAreOfTheVersionsAskedFor(t *testing.T) {
	for _, v := range []rtclink.IPVersions{rtclink.IPv4Only, rtclink.IPv6Only} {
		t.Run(v.String(), func(t *testing.T) {
			loopback := "127.0.0.1"
			if v == rtclink.IPv6Only {
				loopback = "::1"
			}
			if l, err := net.Listen("tcp", net.JoinHostPort(loopback, "0")); err != nil {
				t.Skipf("this machine has no %v: %v", v, err)
			} else {
				l.Close()
			}
			for _, muxed := range []bool{true, false} {
				cfg := rtclink.Config{IP: v}
				if muxed {
					cfg.UDPAddr, cfg.TCPAddr = ":0", ":0"
				}
				srv, err := crosspeer.Listen(testContext(t), nil, rtclink.Listen("127.0.0.1:0", cfg))
				if err != nil {
					t.Fatal(err)
				}
				protocols := map[string]int{}
				for _, c := range offered(t, srv) {
					protocol, text, _ := strings.Cut(c, " ")
					addr, err := netip.ParseAddr(text)
					if err != nil || addr.Unmap().Is4() != (v == rtclink.IPv4Only) {
						t.Errorf("muxed %v: candidate %s, %v", muxed, c, err)
					}
					protocols[protocol]++
				}
				if protocols["udp"] == 0 || (protocols["tcp"] > 0) != muxed {
					t.Errorf("muxed %v: candidates %v", muxed, protocols)
				}
				cli, err := crosspeer.Dial(testContext(t), nil, rtclink.Dial(srv.Addrs()[0], rtclink.Config{IP: v}))
				if err != nil {
					t.Fatalf("muxed %v: %v", muxed, err)
				}
				info, err := cli.PeerInfo(1)
				if err != nil || info.RemoteAddr.Addr().Is4() != (v == rtclink.IPv4Only) {
					t.Errorf("muxed %v: connected to %v, %v", muxed, info.RemoteAddr, err)
				}
				cli.Close()
				srv.Close()
			}
		})
	}
}

func TestAddressesOfTheOtherVersionAreRefused(t *testing.T) {
	for want, cfg := range map[string]rtclink.Config{
		"IP is IP versions 3":                                {IP: 3},
		"PublicIPs has 203.0.113.9, and IP allows only ipv6": {IP: rtclink.IPv6Only, PublicIPs: []netip.Addr{netip.MustParseAddr("203.0.113.9")}},
		"::1":       {IP: rtclink.IPv4Only, UDPAddr: "[::1]:0"},
		"127.0.0.1": {IP: rtclink.IPv6Only, TCPAddr: "127.0.0.1:0"},
	} {
		_, err := crosspeer.Listen(testContext(t), nil, rtclink.Listen("127.0.0.1:0", cfg))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", cfg, err, want)
		}
	}
}
