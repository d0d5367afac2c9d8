package godot3

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A tunnel is what official builds of the engine have inside their ENet, for
// builds that lack it: datagrams of a plain UDP socket become records of the
// engine's own DTLS, and back. tunnelOut is the client's end.
const tunnelOut = `
extends Reference

var plain = PacketPeerUDP.new()
var udp = PacketPeerUDP.new()
var dtls = PacketPeerDTLS.new()

func turn():
	dtls.poll()
	var up = dtls.get_status() == PacketPeerDTLS.STATUS_CONNECTED
	while plain.get_available_packet_count() > 0:
		var bytes = plain.get_packet()
		plain.set_dest_address(plain.get_packet_ip(), plain.get_packet_port())
		if up:
			dtls.put_packet(bytes)
	while up and dtls.get_available_packet_count() > 0:
		plain.put_packet(dtls.get_packet())
`

// tunnelIn is the server's end. About every other connection is the first half
// of a cookie exchange, which leaves nothing.
const tunnelIn = `
extends Reference

var udp = UDPServer.new()
var dtls = DTLSServer.new()
var inner
var remotes = []

func turn():
	udp.poll()
	while udp.is_connection_available():
		var remote = dtls.take_connection(udp.take_connection())
		if remote.get_status() == PacketPeerDTLS.STATUS_HANDSHAKING:
			var plain = PacketPeerUDP.new()
			plain.set_dest_address("127.0.0.1", inner)
			plain.listen(0, "127.0.0.1")
			remotes.append([remote, plain])
	for pair in remotes:
		pair[0].poll()
		if pair[0].get_status() != PacketPeerDTLS.STATUS_CONNECTED:
			continue
		while pair[0].get_available_packet_count() > 0:
			pair[1].put_packet(pair[0].get_packet())
		while pair[1].get_available_packet_count() > 0:
			pair[0].put_packet(pair[1].get_packet())
`

// chore makes an object of a script that the engine calls every frame, and
// gives its number.
func (e *Engine) chore(source string) int {
	e.t.Helper()
	return e.RunWith([]byte(source), `
		var script = GDScript.new()
		script.source_code = bytes.get_string_from_utf8()
		if script.reload() != OK:
			return -1
		agent.chores.append(script.new())
		return agent.chores.size() - 1
	`).Int()
}

// Tunnel is a tunnel of an engine.
type Tunnel struct {
	Port int // of the end that the test talks to

	e     *Engine
	chore int
}

// DTLSOptions are how an engine's DTLS client begins.
type DTLSOptions struct {
	Verify bool   // dtls_verify
	Name   string // host name
	Trust  string // PEM of the certificate to trust
}

// TunnelTo makes a tunnel whose plain end listens, to a DTLS server on
// loopback.
func (e *Engine) TunnelTo(server int, opts DTLSOptions) *Tunnel {
	e.t.Helper()
	n := &Tunnel{freePort(e.t), e, e.chore(tunnelOut)}
	trust := "null"
	if opts.Trust != "" {
		trust = "cert"
	}
	result := e.Run(fmt.Sprintf(`
		var t = agent.chores[%d]
		var cert = X509Certificate.new()
		if %q != "":
			cert.load(%q)
		t.plain.listen(%d, "127.0.0.1")
		t.udp.connect_to_host("127.0.0.1", %d)
		return t.dtls.connect_to_peer(t.udp, %t, %q, %s)
	`, n.chore, opts.Trust, e.file("trust.crt", opts.Trust), n.Port, server, opts.Verify, opts.Name, trust)).Int()
	e.Note("connect_to_peer returned %d", result)
	return n
}

// TunnelFrom makes a DTLS server with a certificate and key in PEM, in front
// of a plain port on loopback.
func (e *Engine) TunnelFrom(inner int, certificate, key string) *Tunnel {
	e.t.Helper()
	n := &Tunnel{freePort(e.t), e, e.chore(tunnelIn)}
	var results [3]int
	e.Run(fmt.Sprintf(`
		var t = agent.chores[%d]
		t.inner = %d
		var cert = X509Certificate.new()
		var key = CryptoKey.new()
		return [cert.load(%q) + key.load(%q), t.dtls.setup(key, cert), t.udp.listen(%d, "127.0.0.1")]
	`, n.chore, inner, e.file("own.crt", certificate), e.file("own.key", key), n.Port)).Into(&results)
	if results != [3]int{} {
		e.t.Fatalf("%s: load, setup and listen returned %v", e.name, results)
	}
	return n
}

// Status is that of the tunnel's DTLS client, as PacketPeerDTLS numbers it.
func (n *Tunnel) Status() int {
	n.e.t.Helper()
	return n.e.Run(fmt.Sprintf("agent.chores[%d].turn()\nreturn agent.chores[%d].dtls.get_status()", n.chore, n.chore)).Int()
}

// What PacketPeerDTLS.get_status returns.
const (
	DTLSDisconnected = 0
	DTLSHandshaking  = 1
	DTLSConnected    = 2
	DTLSError        = 3
	DTLSMismatch     = 4 // the certificate is for another host
)

// Settled waits until the client's handshake is over, and gives its status.
func (n *Tunnel) Settled() int {
	n.e.t.Helper()
	for {
		if s := n.Status(); s != DTLSHandshaking {
			return s
		}
	}
}

// CloseDTLS has the client say goodbye.
func (n *Tunnel) CloseDTLS() {
	n.e.t.Helper()
	n.e.Run(fmt.Sprintf("agent.chores[%d].dtls.disconnect_from_peer()", n.chore))
}

// file writes text beside the engine's project and gives the path; an empty
// path without text.
func (e *Engine) file(name, text string) string {
	e.t.Helper()
	if text == "" {
		return ""
	}
	path := filepath.Join(e.process.cmd.Dir, strings.ReplaceAll(name, "/", "_"))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		e.t.Fatal(err)
	}
	return path
}
