package dtls_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/enet/dtls"
	"crosspeer/internal/testcert"
)

// openssl runs the program until the end of the test, and gives its input and
// its output by lines.
func openssl(t *testing.T, args ...string) (io.Writer, <-chan string) {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CROSSPEER_REQUIRE_INTEROP") != "" {
			t.Fatal(err)
		}
		t.Skip("openssl is not installed; make deps installs it")
	}
	cmd := exec.Command(path, args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 4096)
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-read
		cmd.Wait()
	})
	return in, lines
}

// await gives the first line that contains a text.
func await(t *testing.T, lines <-chan string, text string) string {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	var seen []string
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("openssl has ended without %q:\n%s", text, strings.Join(seen, "\n"))
			}
			seen = append(seen, line)
			if strings.Contains(line, text) {
				return line
			}
		case <-timer.C:
			t.Fatalf("waited for %q:\n%s", text, strings.Join(seen, "\n"))
		}
	}
}

func TestOpenSSLAsClient(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rsa   bool
		args  []string
		suite string
	}{
		{"ECDSA", false, nil, "ECDHE-ECDSA-"},
		{"RSA", true, nil, "ECDHE-RSA-"},
		{"P-256 and AES-128-GCM with RSA", true, []string{"-cipher", "ECDHE-RSA-AES128-GCM-SHA256", "-curves", "P-256"}, "ECDHE-RSA-AES128-GCM-SHA256"},
		{"P-256 and ChaCha20 with ECDSA", false, []string{"-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305", "-curves", "P-256"}, "ECDHE-ECDSA-CHACHA20-POLY1305"},
		{"P-384 and AES-256-GCM with RSA", true, []string{"-cipher", "ECDHE-RSA-AES256-GCM-SHA384", "-curves", "P-384"}, "ECDHE-RSA-AES256-GCM-SHA384"},
		{"X25519 and ChaCha20 with RSA", true, []string{"-cipher", "ECDHE-RSA-CHACHA20-POLY1305", "-curves", "X25519"}, "ECDHE-RSA-CHACHA20-POLY1305"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cert := testcert.Make(t, testcert.Kind{Name: "localhost", RSA: tt.rsa})
			server := listen(t, dtls.Server(serving(cert)))
			file, _ := testcert.Files(t, t.TempDir(), cert)
			_, lines := openssl(t, append([]string{"s_client", "-dtls1_2", "-connect", server.LocalAddr().String(), "-CAfile", file,
				"-servername", "localhost", "-verify_hostname", "localhost"}, tt.args...)...)
			if line := await(t, lines, "Cipher is"); !strings.Contains(line, tt.suite) {
				t.Errorf("%q, want %s", line, tt.suite)
			}
			if line := await(t, lines, "Verify return code"); !strings.Contains(line, ": 0 (ok)") {
				t.Error(line)
			}
		})
	}
}

func TestOpenSSLClientOfAnotherVersionIsTurnedAway(t *testing.T) {
	server := listen(t, dtls.Server(serving(testcert.Make(t, localhost))))
	_, lines := openssl(t, "s_client", "-dtls1", "-cipher", "ALL:@SECLEVEL=0", "-connect", server.LocalAddr().String())
	await(t, lines, "alert")
}

// TestOpenSSLAsServer has OpenSSL show the records in which a client sends.
func TestOpenSSLAsServer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		rsa    bool
		args   []string
		suite  string
		length string // of the record with CONNECT
	}{
		{"RSA", true, nil, "ECDHE-RSA-CHACHA20-POLY1305", "00 44"},
		{"ECDSA", false, nil, "ECDHE-ECDSA-CHACHA20-POLY1305", "00 44"},
		{"AES-128-GCM on P-256", true, []string{"-cipher", "ECDHE-RSA-AES128-GCM-SHA256", "-curves", "P-256"}, "ECDHE-RSA-AES128-GCM-SHA256", "00 4c"},
		{"AES-256-GCM on P-384", false, []string{"-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384", "-curves", "P-384:P-256"}, "ECDHE-ECDSA-AES256-GCM-SHA384", "00 4c"},
		{"without a cookie", true, []string{"-listen"}, "ECDHE-RSA-CHACHA20-POLY1305", "00 44"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cert := testcert.Make(t, testcert.Kind{Name: "localhost", RSA: tt.rsa})
			file, key := testcert.Files(t, t.TempDir(), cert)
			port := freePort(t)
			args := []string{"s_server", "-dtls1_2", "-accept", fmt.Sprintf("127.0.0.1:%d", port), "-cert", file, "-key", key, "-msg"}
			_, lines := openssl(t, append(args, tt.args...)...)
			await(t, lines, "ACCEPT")
			client, err := enet.Listen("127.0.0.1:0", &enet.Config{Security: dtls.Client(dtls.ClientConfig{RootCAs: testcert.Pool(cert), ServerName: "localhost"})})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if _, err := client.Connect(loopback(port), 2, 0); err != nil {
				t.Fatal(err)
			}
			await(t, lines, "CIPHER is "+tt.suite)
			// CONNECT: a header of 4 bytes and a command of 48, in a record of
			// application data of epoch 1, with an authentication tag of 16
			// and for AES a nonce of 8.
			if line := await(t, lines, "17 fe fd 00 01"); !strings.HasSuffix(strings.TrimSpace(line), tt.length) {
				t.Errorf("record header %q, want a length of %s", line, tt.length)
			}
		})
	}
}

func TestAnOpenSSLServerThatIsNotTrustedIsTold(t *testing.T) {
	cert := testcert.Make(t, localhost)
	file, key := testcert.Files(t, t.TempDir(), cert)
	port := freePort(t)
	_, lines := openssl(t, "s_server", "-dtls1_2", "-accept", fmt.Sprintf("127.0.0.1:%d", port), "-cert", file, "-key", key)
	await(t, lines, "ACCEPT")
	other := testcert.Pool(testcert.Make(t, localhost))
	client, err := enet.Listen("127.0.0.1:0", &enet.Config{Security: dtls.Client(dtls.ClientConfig{RootCAs: other, ServerName: "localhost"})})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Connect(loopback(port), 2, 0); err != nil {
		t.Fatal(err)
	}
	ev := expect(t, client, enet.EventDisconnect)
	var judged *dtls.CertificateError
	if ev.Reason != enet.ReasonSecurity || !errors.As(ev.Cause, &judged) {
		t.Errorf("ended with %v", ev.Err())
	}
	await(t, lines, "alert bad certificate")
}

// freePort gives a UDP port that nobody uses.
func freePort(t *testing.T) int {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port
}
