package server

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet/dtls"
	"crosspeer/internal/testcert"
	"crosspeer/link/enetlink"
)

// TestNewDTLSCertificatesUnderLoad swaps the certificate while a client is
// served: the client notices nothing, a half-written file changes nothing, and
// newcomers meet the new certificate once it is whole.
func TestNewDTLSCertificatesUnderLoad(t *testing.T) {
	first := testcert.Make(t, testcert.Kind{Name: "127.0.0.1"})
	second := testcert.Make(t, testcert.Kind{Name: "127.0.0.1"})
	certFile, keyFile := testcert.Files(t, t.TempDir(), first)
	s := start(t, Config{ENet: "127.0.0.1:0", DTLSCert: certFile, DTLSKey: keyFile})
	addr := strings.TrimPrefix(url(t, s, "enets"), "enets://")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	join := func(trust dtls.ClientConfig) (*crosspeer.Peer, error) {
		return crosspeer.Dial(ctx, nil, enetlink.Dial(addr, enetlink.Config{Security: dtls.Client(trust)}))
	}
	meets := func(c dtls.ClientConfig) bool {
		t.Helper()
		p, err := join(c)
		if err == nil {
			p.Close()
			return true
		}
		var lost *crosspeer.DisconnectError
		if !errors.As(err, &lost) || !strings.Contains(err.Error(), "is self-signed and not trusted") {
			t.Fatal(err)
		}
		return false
	}
	old, renewed := dtls.ClientConfig{RootCAs: testcert.Pool(first)}, dtls.ClientConfig{RootCAs: testcert.Pool(second)}

	client, err := join(old)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	stop := make(chan struct{})
	sent := make(chan uint32, 1)
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for n := uint32(0); ; n++ {
			select {
			case <-stop:
				sent <- n
				return
			case <-tick.C:
			}
			if err := client.Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Data: binary.BigEndian.AppendUint32(nil, n)}); err != nil {
				t.Errorf("packet %d: %v", n, err)
			}
		}
	}()

	certText, keyText := testcert.PEM(t, second)
	write := func(file, text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(certFile, certText[:len(certText)/2])
	look := time.NewTicker(certificateCheck / 5)
	defer look.Stop()
	for end := time.Now().Add(3 * certificateCheck / 2); time.Now().Before(end); <-look.C {
		if !meets(old) {
			t.Fatal("a newcomer does not meet the old certificate while the new one is half written")
		}
	}
	write(certFile, certText)
	if !meets(old) {
		t.Fatal("a newcomer does not meet the old certificate while the key is missing")
	}
	write(keyFile, keyText)
	for end := time.Now().Add(20 * time.Second); !meets(renewed); <-look.C {
		if time.Now().After(end) {
			t.Fatal("no newcomer meets the new certificate")
		}
	}
	close(stop)
	for next, last := uint32(0), <-sent; next < last; next++ {
		pkt, err := s.Peer().Receive(ctx)
		if err != nil || binary.BigEndian.Uint32(pkt.Data) != next {
			t.Fatalf("packet %d: %x, %v", next, pkt.Data, err)
		}
	}
}

func TestADTLSConfigurationThatCannotBeIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"half a certificate", Config{ENet: ":0", DTLSCert: "cert.pem"}, "Config.DTLSCert and Config.DTLSKey go together"},
		{"encryption of nothing", Config{HTTP: ":0", DTLSCert: "cert.pem", DTLSKey: "key.pem"}, "Config.DTLSCert is for ENet"},
		{"a mode without a certificate", Config{ENet: ":0", DTLS: dtls.Allow}, "Config.DTLS is allow, which needs Config.DTLSCert"},
	} {
		if _, err := Start(context.Background(), tt.cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestFailedHandshakesAreLoggedNowAndThen(t *testing.T) {
	var out strings.Builder
	now := time.Now()
	f := failureLog{log: slog.New(slog.NewTextHandler(&out, nil)), now: func() time.Time { return now }}
	from := netip.MustParseAddrPort("192.0.2.1:5")
	for range 4 {
		f.add(from, errors.New("no luck"))
	}
	now = now.Add(troubleEvery)
	f.add(from, errors.New("again"))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `from=192.0.2.1:5 reason="no luck"`) || !strings.Contains(lines[1], "reason=again others=3") {
		t.Errorf("%q", lines)
	}
}
