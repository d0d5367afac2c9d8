package godot3

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet/dtls"
	"crosspeer/internal/testcert"
	"crosspeer/link/enetlink"
)

// encrypting makes a Go server encrypt with a certificate.
func encrypting(cert *tls.Certificate, mode dtls.Mode) tweak {
	return func(c *enetlink.Config) {
		c.Security = dtls.Server(dtls.ServerConfig{Certificate: func() (*tls.Certificate, error) { return cert, nil }, Mode: mode})
	}
}

// trusting makes a Go client encrypt.
func trusting(cfg dtls.ClientConfig) tweak {
	return func(c *enetlink.Config) { c.Security = dtls.Client(cfg) }
}

// TestDTLSOfTheEngine has stock peers join through the engine's own DTLS,
// which the distribution's builds have, but not in their ENet.
func TestDTLSOfTheEngine(t *testing.T) {
	for _, rsa := range []bool{true, false} {
		key := "ECDSA on P-256"
		if rsa {
			key = "RSA of 2048 bits"
		}
		t.Run("77 stock clients join a Go server through the engine's DTLS, "+key, func(t *testing.T) {
			t.Parallel()
			cert := testcert.Make(t, testcert.Kind{Name: "127.0.0.1", RSA: rsa})
			own, _ := testcert.PEM(t, cert)
			g, port := goServer(t, ServerOptions{}, encrypting(cert, dtls.Require))
			engines := StartAll(t, "ann", "bob")
			s := &Session{Server: g}
			clients := []Client{goClient(t, "Go client", port, ClientOptions{}, trusting(dtls.ClientConfig{RootCAs: testcert.Pool(cert)}))}
			for _, e := range engines {
				n := e.TunnelTo(port, DTLSOptions{Verify: true, Name: "127.0.0.1", Trust: own})
				if status := n.Settled(); status != DTLSConnected {
					t.Fatalf("status %d", status)
				}
				clients = append(clients, e.Joining(n.Port, ClientOptions{}))
			}
			join(t, s, clients)
			for _, m := range s.present {
				info, err := g.peer.PeerInfo(crosspeer.PeerID(m.id))
				if err != nil || info.TLS.Version != "DTLS 1.2" {
					t.Errorf("%v: %+v, %v", m.id, info.TLS, err)
				}
				t.Log(info.TLS, info.TLS.ServerName)
			}
			s.Matrix(t)
			s.Large(t, 50_000)
			s.Leave(t, clients[1])
			s.Join(t, clients[1])
			s.End(t)
		})
		t.Run("77 Go clients join a stock server through the engine's DTLS, "+key, func(t *testing.T) {
			t.Parallel()
			cert := testcert.Make(t, testcert.Kind{Name: "127.0.0.1", RSA: rsa})
			own, private := testcert.PEM(t, cert)
			e := Start(t, "stock server")
			n := e.TunnelFrom(e.Serve(ServerOptions{}), own, private)
			s := &Session{Server: e}
			var clients []Client
			for i := range 2 {
				clients = append(clients, goClient(t, fmt.Sprintf("Go client %d", i), n.Port, ClientOptions{},
					trusting(dtls.ClientConfig{RootCAs: testcert.Pool(cert)})))
			}
			join(t, s, clients)
			s.Matrix(t)
			s.Large(t, 50_000)
			s.End(t)
		})
	}
}

func TestVerificationOfTheEngine(t *testing.T) {
	for _, tt := range certificates(t) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			own, private := testcert.PEM(t, tt.cert)
			if tt.root == nil {
				tt.root = tt.cert
			}
			trust := ""
			if tt.trusted {
				trust, _ = testcert.PEM(t, tt.root)
			}
			e := Start(t, "engine")
			_, port := goServer(t, ServerOptions{}, encrypting(tt.cert, dtls.Require))
			n := e.TunnelTo(port, DTLSOptions{Verify: !tt.insecure, Name: tt.host, Trust: trust})
			if status := n.Settled(); (status == DTLSConnected) != tt.ok {
				t.Errorf("the engine as a client: status %d", status)
			}
			// And the Go client of the engine's server judges alike.
			stock := e.TunnelFrom(e.Serve(ServerOptions{}), own, private)
			cfg := dtls.ClientConfig{ServerName: tt.host, Insecure: tt.insecure}
			if tt.trusted {
				cfg.RootCAs = testcert.Pool(tt.root)
			}
			g := goClient(t, "Go client", stock.Port, ClientOptions{}, trusting(cfg))
			g.Join()
			if tt.ok {
				g.Expect(PeerConnected(ServerID), Succeeded())
			} else {
				g.Expect(Failed())
			}
		})
	}
}

// judged is a certificate and what the engine makes of it.
type judged struct {
	name                  string
	cert                  *tls.Certificate
	host                  string
	trusted, insecure, ok bool
	root                  *tls.Certificate // that is trusted, by default the certificate itself
}

func certificates(t *testing.T) []judged {
	self := func(k testcert.Kind) *tls.Certificate { return testcert.Make(t, k) }
	loop := []net.IP{net.IPv4(127, 0, 0, 1)}
	long := time.Now().Add(-48 * time.Hour)
	authority := self(testcert.Kind{Name: "authority", CA: true, RSA: true})
	between := self(testcert.Kind{Name: "between", CA: true, RSA: true, Issuer: authority})
	return []judged{
		{name: "78 a chain of certificates", cert: self(testcert.Kind{Name: "localhost", RSA: true, Issuer: between}), host: "localhost", trusted: true, ok: true, root: authority},
		{name: "78 any self-signed certificate without verification", cert: self(testcert.Kind{Name: "somebody"}), host: "localhost", insecure: true, ok: true},
		{name: "78 a self-signed certificate that is trusted", cert: self(testcert.Kind{Name: "localhost"}), host: "localhost", trusted: true, ok: true},
		{name: "78 a self-signed certificate that is not trusted", cert: self(testcert.Kind{Name: "localhost"}), host: "localhost"},
		{name: "78 an alternative name", cert: self(testcert.Kind{Name: "somebody", DNS: []string{"localhost"}}), host: "localhost", trusted: true, ok: true},
		{name: "78 the common name beside other alternative names", cert: self(testcert.Kind{Name: "localhost", DNS: []string{"else.example"}}), host: "localhost", trusted: true},
		{name: "78 another name", cert: self(testcert.Kind{Name: "somebody"}), host: "localhost", trusted: true},
		{name: "78 an expired certificate", cert: self(testcert.Kind{Name: "localhost", From: long, To: time.Now().Add(-time.Hour)}), host: "localhost", trusted: true},
		{name: "78 a certificate that is not yet valid", cert: self(testcert.Kind{Name: "localhost", From: time.Now().Add(24 * time.Hour), To: time.Now().Add(48 * time.Hour)}), host: "localhost", trusted: true},
		{name: "79 an address as an alternative name", cert: self(testcert.Kind{Name: "somebody", IPs: loop}), host: "127.0.0.1", trusted: true},
		{name: "79 an address as common name", cert: self(testcert.Kind{Name: "127.0.0.1"}), host: "127.0.0.1", trusted: true, ok: true},
		{name: "79 an address as common name and as an alternative name", cert: self(testcert.Kind{Name: "127.0.0.1", IPs: loop}), host: "127.0.0.1", trusted: true},
		{name: "79 an address as common name beside an alternative name", cert: self(testcert.Kind{Name: "127.0.0.1", DNS: []string{"localhost"}}), host: "127.0.0.1", trusted: true},
	}
}

// capture is a UDP socket that records what comes.
func capture(t *testing.T) (*net.UDPConn, int) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(DefaultPatience))
	return conn, conn.LocalAddr().(*net.UDPAddr).Port
}

// read takes one datagram.
func read(t *testing.T, conn *net.UDPConn) ([]byte, *net.UDPAddr) {
	t.Helper()
	b := make([]byte, 64<<10)
	n, from, err := conn.ReadFromUDP(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n], from
}

func TestHandshakeOfTheEngine(t *testing.T) {
	e := Start(t, "engine")
	var hello []byte
	t.Run("75 the engine's ClientHello", func(t *testing.T) {
		e.Within(t)
		conn, port := capture(t)
		e.TunnelTo(port, DTLSOptions{Name: "game.example"})
		hello, _ = read(t, conn)
		if len(hello) < 200 || hello[0] != 22 || hello[1] != 0xfe || hello[2] != 0xff || hello[13] != 1 ||
			hello[25] != 0xfe || hello[26] != 0xfd || hello[59] != 0 || hello[60] != 0 {
			t.Fatalf("% x", hello)
		}
		if n := binary.BigEndian.Uint16(hello[61:]) / 2; n != 128 || hello[63] != 0xcc || hello[64] != 0xa8 {
			t.Errorf("%d suites, the first is %x", n, hello[63:65])
		}
		ext := extensions(hello[63+256+2:])
		if groups := ext[10]; len(groups) == 0 || slices.Contains(pairs16(groups[2:]), 0x1d) || !slices.Contains(pairs16(groups[2:]), 0x17) {
			t.Errorf("groups % x", groups)
		}
		if string(ext[0][5:]) != "game.example" {
			t.Errorf("server name %q", ext[0])
		}
		if _, ok := ext[23]; !ok {
			t.Error("no extended master secret")
		}
	})
	t.Run("76 a Go server asks for a cookie before anything else", func(t *testing.T) {
		if hello == nil {
			t.Skip("there is no ClientHello")
		}
		cert := testcert.Make(t, testcert.Kind{Name: "127.0.0.1", RSA: true})
		_, port := goServer(t, ServerOptions{}, encrypting(cert, dtls.Require))
		conn, _ := capture(t)
		conn.WriteToUDP(hello, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		answer, _ := read(t, conn)
		const helloVerifyRequest = 3
		if answer[0] != 22 || answer[13] != helloVerifyRequest || int(answer[27])+28 != len(answer) || answer[27] == 0 {
			t.Errorf("the answer is % x", answer)
		}
		if len(answer) >= len(hello) {
			t.Errorf("%d bytes are answered with %d", len(hello), len(answer))
		}
	})
}

// extensions are those of a ClientHello.
func extensions(b []byte) map[uint16][]byte {
	all := map[uint16][]byte{}
	for b = b[2:]; len(b) >= 4; {
		n := int(binary.BigEndian.Uint16(b[2:]))
		all[binary.BigEndian.Uint16(b)] = b[4 : 4+n]
		b = b[4+n:]
	}
	return all
}

func pairs16(b []byte) (list []uint16) {
	for ; len(b) >= 2; b = b[2:] {
		list = append(list, binary.BigEndian.Uint16(b))
	}
	return list
}

func TestRecordsOfTheEngine(t *testing.T) {
	t.Run("80 a datagram of ENet is one record in one datagram, 29 bytes larger", func(t *testing.T) {
		e := Start(t, "engine")
		cert := testcert.Make(t, testcert.Kind{Name: "127.0.0.1", RSA: true})
		g, port := goServer(t, ServerOptions{}, encrypting(cert, dtls.Require))
		// Between the engine's DTLS and the server, and between the engine's
		// ENet and its DTLS.
		outer := sniffed(t, port)
		n := e.TunnelTo(outer.port, DTLSOptions{Name: "127.0.0.1"})
		if status := n.Settled(); status != DTLSConnected {
			t.Fatalf("status %d", status)
		}
		inner := sniffed(t, n.Port)
		skip := outer.count()
		p := e.Joining(inner.port, ClientOptions{})
		p.Join()
		p.Expect(PeerConnected(ServerID), Succeeded())
		g.WaitFor(func(ev Event) bool { return ev == PeerConnected(e.ID()) })
		for _, size := range []int{1, 100, 1364, 20_000} {
			e.Put(ServerID, Reliable, Pattern(size, size))
			g.Expect(Packet(e.ID(), Pattern(size, size), 1))
		}
		plain, records := inner.sizes(0), outer.sizes(skip)
		for _, n := range plain[:min(20, len(plain))] {
			if !slices.Contains(records, n+29) {
				t.Errorf("a datagram of %d bytes has no record of %d: %v", n, n+29, records)
			}
		}
		if slices.Max(plain) != 1400 {
			t.Errorf("the largest datagram has %d bytes", slices.Max(plain))
		}
	})
}

func TestAnEngineWithoutItsOwnENet(t *testing.T) {
	t.Run("81 use_dtls is ignored: such an engine joins a server that allows it, in the clear", func(t *testing.T) {
		e := Start(t, "engine")
		cert := testcert.Make(t, testcert.Kind{Name: "127.0.0.1"})
		g, port := goServer(t, ServerOptions{}, encrypting(cert, dtls.Allow))
		e.Run("agent.adopt(NetworkedMultiplayerENet.new())\nagent.peer.set_dtls_enabled(true)\nagent.peer.set_dtls_verify_enabled(false)")
		p := e.Joining(port, ClientOptions{})
		p.Join()
		p.Expect(PeerConnected(ServerID), Succeeded())
		g.Expect(PeerConnected(e.ID()))
		other := goClient(t, "Go client", port, ClientOptions{}, trusting(dtls.ClientConfig{RootCAs: testcert.Pool(cert)}))
		other.Join()
		other.Expect(PeerConnected(ServerID), Succeeded(), PeerConnected(e.ID()))
		for id, want := range map[int32]string{e.ID(): "", other.ID(): "DTLS 1.2"} {
			if info, err := g.peer.PeerInfo(crosspeer.PeerID(id)); err != nil || info.TLS.Version != want {
				t.Errorf("%d: %+v, %v", id, info.TLS, err)
			}
		}
		e.Put(0, Reliable, []byte("to all"))
		other.Expect(Packet(e.ID(), []byte("to all"), 1))
	})
}

// sizer is a UDP proxy that notes the sizes of what a client sends.
type sizer struct {
	port int
	got  chan []int
}

// sniffed puts one in front of a port on loopback.
func sniffed(t *testing.T, to int) *sizer {
	t.Helper()
	front, port := capture(t)
	back, err := net.Dial("udp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(to)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { back.Close() })
	front.SetDeadline(time.Time{})
	s := &sizer{port, make(chan []int, 1)}
	s.got <- nil
	first := make(chan *net.UDPAddr, 1)
	go func() {
		known := false
		b := make([]byte, 64<<10)
		for {
			n, from, err := front.ReadFromUDP(b)
			if err != nil {
				return
			}
			if !known {
				known = true
				first <- from
			}
			s.got <- append(<-s.got, n)
			back.Write(b[:n])
		}
	}()
	go func() {
		b := make([]byte, 64<<10)
		var client *net.UDPAddr
		for {
			n, err := back.Read(b)
			if err != nil {
				return
			}
			if client == nil {
				client = <-first
			}
			front.WriteToUDP(b[:n], client)
		}
	}()
	return s
}

func (s *sizer) sizes(from int) []int {
	all := <-s.got
	s.got <- all
	return slices.Clone(all[from:])
}

func (s *sizer) count() int { return len(s.sizes(0)) }

// TestGoodbyesOfTheEngine has each end close the association under a
// connection of ENet: close_notify.
func TestGoodbyesOfTheEngine(t *testing.T) {
	e := Start(t, "engine")
	cert := testcert.Make(t, testcert.Kind{Name: "127.0.0.1", RSA: true})
	g, port := goServer(t, ServerOptions{}, encrypting(cert, dtls.Require))
	joined := func() (*Player, *Tunnel) {
		t.Helper()
		n := e.TunnelTo(port, DTLSOptions{Name: "127.0.0.1"})
		if status := n.Settled(); status != DTLSConnected {
			t.Fatalf("status %d", status)
		}
		p := e.Joining(n.Port, ClientOptions{})
		p.Join()
		p.Expect(PeerConnected(ServerID), Succeeded())
		g.Expect(PeerConnected(e.ID()))
		return p, n
	}
	p, n := joined()
	id := e.ID()
	n.CloseDTLS()
	g.Expect(PeerDisconnected(id))
	p.Close()

	_, n = joined()
	g.Close()
	for end := time.Now().Add(DefaultPatience); n.Status() == DTLSConnected; {
		if time.Now().After(end) {
			t.Fatal("the engine is not told")
		}
	}
	if status := n.Status(); status != DTLSDisconnected {
		t.Errorf("status %d", status)
	}
}
