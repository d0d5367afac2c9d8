package main

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serve starts a server on a free port and gives its URL.
func serve(t *testing.T, args ...string) (*process, string) {
	t.Helper()
	p := start(t, nil, append([]string{"serve", "--enet", "127.0.0.1:0", "--http", "127.0.0.1:0", "--rtc", "127.0.0.1:0"}, args...)...)
	return p, p.logs(`on=(enet://127\.0\.0\.1:\d+)`)
}

func TestTwoTerminalsTalk(t *testing.T) {
	server, url := serve(t)
	ann := start(t, nil, "join", url, "--name", "Ann")
	annID := ann.says(`as peer (\d+)`)
	ann.says(`^\+ peer 1, the server$`)
	server.logs(`peer joined.* peer=` + annID + ` from=127\.0\.0\.1:\d+ transport=enet compression=none peers=1`)

	bob := start(t, nil, "join", strings.TrimPrefix(url, "enet://"), "--compression", "none")
	bobID := bob.says(`as peer (\d+)`)
	bob.says(`^\+ peer ` + annID + `$`)
	ann.says(`^\+ peer ` + bobID + `$`)

	ann.types("hello")
	bob.says(`^` + annID + ` \(reliable\): Ann: hello$`)
	bob.types("hello yourself")
	ann.says(`^` + bobID + ` \(reliable\): hello yourself$`)

	bob.stdin.Close() // Ctrl-D
	if code := bob.wait(); code != exitDone {
		t.Errorf("join ends with %d at the end of its input", code)
	}
	ann.says(`^- peer ` + bobID + `$`)
	server.logs(`peer left.* peer=` + bobID + ` reason=.* peers=1`)
}

func TestJoinSendsToOneInAMode(t *testing.T) {
	_, url := serve(t)
	ann := start(t, nil, "join", url)
	annID := ann.says(`as peer (\d+)`)
	other := start(t, nil, "join", url)
	other.says(`^\+ peer ` + annID + `$`)

	bob := start(t, nil, "join", url, "--to", annID, "--mode", "ordered", "--send-bytes")
	bob.says(`^\+ peer ` + annID + `$`)
	bob.types("psst")
	ann.says(`\(ordered\): psst \(send_bytes\)$`)

	toAll := start(t, nil, "join", url)
	toAll.says(`^\+ peer ` + annID + `$`)
	toAll.types("all of you")
	other.says(`all of you$`)
	if strings.Contains(other.out.all(), "psst") {
		t.Error("a line for one reached another")
	}
}

func TestLinesOfAPipeAreDelivered(t *testing.T) {
	_, url := serve(t)
	ann := start(t, nil, "join", url)
	ann.says(`as peer`)
	bob := start(t, nil, "join", url)
	for _, line := range []string{"one", "two", "three"} {
		bob.types(line)
	}
	bob.stdin.Close()
	if code := bob.wait(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	for _, line := range []string{"one", "two", "three"} {
		ann.says(`: ` + line + `$`)
	}
}

// soon is the two seconds within which serve ends, and what a busy machine may
// add to them; without a limit of its own it would wait for half a minute.
const soon = 8 * time.Second

func TestALineThatIsTooLongIsSaid(t *testing.T) {
	_, url := serve(t)
	bob := start(t, nil, "join", url)
	bob.says(`^\+ peer 1`)
	io.WriteString(bob.stdin, strings.Repeat("x", 1<<20+1)+"\n") // it may not read the end
	if code := bob.wait(); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	bob.logs(`a line of more than 1048576 bytes was not sent`)
}

func TestCtrlCSaysGoodbye(t *testing.T) {
	server, url := serve(t)
	ann := start(t, nil, "join", url)
	ann.says(`^\+ peer 1`)
	server.logs(`peer joined`) // it is told a moment later
	begun := time.Now()
	server.signal(syscall.SIGINT)
	if code := server.wait(); code != exitDone {
		t.Errorf("serve ends with %d", code)
	}
	if d := time.Since(begun); d > soon {
		t.Errorf("serve took %v to end", d)
	}
	if code := ann.wait(); code != exitFailed {
		t.Errorf("join ends with %d when the server goes", code)
	}
	ann.logs(`^crosspeer: the server is gone: disconnected by the remote$`)

	_, url = serve(t)
	bob := start(t, nil, "join", url)
	bob.says(`^\+ peer 1`)
	bob.signal(syscall.SIGINT)
	if code := bob.wait(); code != exitDone {
		t.Errorf("join ends with %d at Ctrl-C", code)
	}
}

// A client that has vanished cannot say goodbye; the server does not wait
// for it longer than it promises, and the second Ctrl-C not at all.
func TestSecondCtrlCEndsAtOnce(t *testing.T) {
	for range 5 {
		server, url := serve(t)
		ann := start(t, nil, "join", url)
		ann.says(`^\+ peer 1`)
		server.logs(`peer joined`)
		ann.stop()
		defer ann.signal(syscall.SIGCONT)
		begun := time.Now()
		server.signal(syscall.SIGINT)
		server.logs(`msg=stopping peers=1`)
		server.signal(syscall.SIGINT)
		inTime := time.Since(begun) < farewell/2
		switch code := server.wait(); {
		case code == exitFailed:
			return
		case inTime:
			t.Fatalf("exit code %d", code)
		}
		t.Log("a busy machine: the server had ended by itself")
	}
	t.Fatal("five times the second Ctrl-C came too late")
}

func TestAVanishedClientDoesNotKeepTheServer(t *testing.T) {
	server, url := serve(t)
	ann := start(t, nil, "join", url)
	ann.says(`^\+ peer 1`)
	server.logs(`peer joined`)
	ann.stop()
	defer ann.signal(syscall.SIGCONT)
	begun := time.Now()
	server.signal(syscall.SIGTERM)
	if code := server.wait(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	if d := time.Since(begun); d > soon {
		t.Errorf("serve took %v to end", d)
	}
}

func TestServerOptionsReachTheSession(t *testing.T) {
	server, url := serve(t, "--no-relay", "--max-clients", "1")
	ann := start(t, nil, "join", url)
	ann.says(`^\+ peer 1`)
	server.logs(`peers=1`)
	bob := start(t, nil, "join", url)
	if code := bob.wait(); code != exitFailed {
		t.Errorf("a client of a full server ends with %d", code)
	}
	bob.logs(`^crosspeer: refused by the server: it is full, takes no new connections, or the id is in use$`)
	server.signal(syscall.SIGINT)
	server.logs(`msg="clients refused" count=\d`)
}

// Members on different sockets are in one session; how they are divided is the
// kernel's choice.
func TestAServerHasSeveralSockets(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	server, url := serve(t, "--enet-sockets", "3", "--max-clients", "6")
	var members []*process
	for i := range 6 {
		m := start(t, nil, "join", url, "--name", fmt.Sprint("member ", i))
		m.says(`^\+ peer 1`)
		server.logs(fmt.Sprintf(`peers=%d`, i+1))
		members = append(members, m)
	}
	if code := start(t, nil, "join", url).wait(); code != exitFailed {
		t.Errorf("a client of a full server ends with %d", code)
	}
	members[5].types("hello")
	for _, m := range members[:5] {
		m.says(`\(reliable\): member 5: hello$`)
	}
	server.signal(syscall.SIGTERM)
	for i, m := range members {
		if code := m.wait(); code != exitFailed {
			t.Errorf("member %d ends with %d when the server stops", i, code)
		}
	}
}

func TestCompressionIsRecognised(t *testing.T) {
	server, url := serve(t)
	ann := start(t, nil, "join", url, "--compression", "range")
	ann.says(`^\+ peer 1`)
	server.logs(`compression=range-coder`)
	bob := start(t, nil, "join", url)
	bob.says(`^\+ peer 1`)
	server.logs(`compression=none`)
	line := strings.Repeat("so that it is worth compressing ", 20)
	bob.types(line)
	ann.says(`: ` + line + `$`)
	for _, name := range []string{"fastlz", "zlib", "zstd"} {
		carl := start(t, nil, "join", url, "--compression", name)
		carl.says(`^\+ peer 1`)
		if name != "zstd" { // which finds nothing to shorten in a request to connect
			server.logs(`compression=` + name)
		}
		carl.types(name + line)
		ann.says(`: ` + name + line + `$`)
		bob.types(line + name)
		carl.says(`: ` + line + name + `$`)
	}
}

func TestCompressionIsPinned(t *testing.T) {
	for _, name := range []string{"none", "range", "range-coder", "fastlz", "zlib", "zstd"} {
		server, url := serve(t, "--compression", name)
		ann := start(t, nil, "join", url, "--compression", name)
		ann.says(`^\+ peer 1`)
		server.logs(`compression=` + cmp.Or(map[string]string{"range": "range-coder"}[name], name))
		bob := start(t, nil, "join", url, "--compression", name)
		line := strings.Repeat("so that it is worth compressing ", 20)
		bob.says(`^\+ peer 1`)
		bob.types(line)
		ann.says(`: ` + line + `$`)
	}
}

func TestMistakesAreOneClearLine(t *testing.T) {
	busy, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	busyTCP, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busyTCP.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := free.Addr().String()
	free.Close()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			io.WriteString(w, "<!DOCTYPE html>hello")
			return
		}
		http.Error(w, "nothing here", http.StatusNotFound)
	}))
	defer site.Close()
	for _, tt := range []struct {
		name string
		args []string
		env  []string
		code int
		want string
	}{
		{"no command", nil, nil, exitUsage, `expected one of "serve", "join", "var", "token", "version"; see crosspeer --help`},
		{"an unknown flag", []string{"serve", "--foo"}, nil, exitUsage, `unknown flag --foo; see crosspeer --help`},
		{"a flag's value is none of those allowed", []string{"serve", "--compression", "zip"}, nil, exitUsage,
			`--compression must be one of "auto","none","range","range-coder","fastlz","zlib","zstd" but got "zip"; see crosspeer --help`},
		{"no clients at all", []string{"serve", "--max-clients", "0"}, nil, exitUsage, `--max-clients must be 1 to 1000000`},
		{"more clients than anybody has", []string{"serve", "--max-clients", "99999999999999"}, nil, exitUsage, `--max-clients must be 1 to 1000000`},
		{"no socket at all", []string{"serve", "--enet-sockets", "0"}, nil, exitUsage, `--enet-sockets must be 1 to 64`},
		{"a port that is a word", []string{"serve", "--enet", ":80x"}, nil, exitUsage, `--enet ":80x": the port must be 0 to 65535`},
		{"a time-out of nothing", []string{"join", "enet://localhost", "--timeout", "0s"}, nil, exitUsage, `--timeout must be more than 0`},
		{"join at a port that is none", []string{"join", "enet://localhost:99999"}, nil, exitUsage, `URL "enet://localhost:99999": the port must be 1 to 65535`},
		{"a value from the environment", []string{"serve"}, []string{"CROSSPEER_MAX_CLIENTS=many"}, exitUsage, `max-clients`},
		{"the port is in use", []string{"serve", "--http", "off", "--enet", busy.LocalAddr().String()}, nil, exitFailed,
			`listen on ` + busy.LocalAddr().String() + `/udp: the port is in use by another program; choose another one with --enet`},
		{"not this machine's address", []string{"serve", "--http", "off", "--enet", "203.0.113.1:4242"}, nil, exitFailed,
			`listen on 203.0.113.1:4242/udp: this machine has no such address; see --enet`},
		{"an address without a port", []string{"serve", "--http", "off", "--enet", "localhost"}, nil, exitUsage,
			`--enet "localhost": want host:port`},
		{"a port that is none", []string{"serve", "--http", "off", "--enet", ":99999"}, nil, exitUsage, `--enet ":99999": the port must be 0 to 65535`},
		{"the HTTP port is in use", []string{"serve", "--enet", "off", "--http", busyTCP.Addr().String()}, nil, exitFailed,
			`listen on ` + busyTCP.Addr().String() + `/tcp: the port is in use by another program; choose another one with --http`},
		{"WebRTC's port is in use", []string{"serve", "--enet", "off", "--http", "127.0.0.1:0", "--rtc", busy.LocalAddr().String()}, nil, exitFailed,
			`listen on ` + busy.LocalAddr().String() + `/udp: the port is in use by another program; choose another one with --rtc`},
		{"TURN's port is in use", []string{"serve", "--enet", "off", "--http", "127.0.0.1:0", "--rtc", "127.0.0.1:0", "--turn", busyTCP.Addr().String()}, nil, exitFailed,
			`the port is in use by another program; choose another one with --turn`},
		{"everything off", []string{"serve", "--enet", "off", "--http", "off"}, nil, exitUsage, `--enet and --http are both off: nobody could join`},
		{"TURN without WebRTC", []string{"serve", "--rtc", "off", "--turn", ":0"}, nil, exitUsage, `--turn is for WebRTC, which is off`},
		{"a network that is none", []string{"serve", "--turn", ":0", "--turn-allow", "lan"}, nil, exitUsage, `--turn-allow "lan": want a network`},
		{"a public address that is none", []string{"serve", "--public-ip", "here"}, nil, exitUsage, `--public-ip "here": want an IP address`},
		{"a ban of nobody", []string{"serve", "--ban", "lan"}, nil, exitUsage, `--ban "lan": want an address or a network, as 203.0.113.0/24`},
		{"a limit below nothing", []string{"serve", "--peer-packets=-1"}, nil, exitUsage, `--peer-packets must be 0 or more`},
		{"an origin without a scheme", []string{"serve", "--origin", "game.example"}, nil, exitUsage, `--origin "game.example": want https://host`},
		{"an origin with a path", []string{"serve", "--origin", "https://game.example/"}, nil, exitUsage, `--origin "https://game.example/": want https://host`},
		{"a certificate without its key", []string{"serve", "--tls-cert", "cert.pem"}, nil, exitUsage, `--tls-cert and --tls-key go together`},
		{"a certificate that is not there", []string{"serve", "--enet", "off", "--http", "127.0.0.1:0", "--tls-cert", "/none/cert.pem", "--tls-key", "/none/key.pem"},
			nil, exitFailed, `/none/cert.pem: no such file`},
		{"nobody listens", []string{"join", "ws://" + closed + "/ws"}, nil, exitFailed, `nobody listens at ` + closed + `; is the server running`},
		{"nobody signals", []string{"join", "rtc+ws://" + closed + "/rtc"}, nil, exitFailed, `nobody listens at ` + closed + `; is the server running`},
		{"a server that is no WebSocket", []string{"join", "ws://" + site.Listener.Addr().String() + "/"}, nil, exitFailed,
			`refused by the server: HTTP status 404 Not Found: nothing here` + "\n"},
		{"a server that does not signal", []string{"join", "rtc+ws://" + site.Listener.Addr().String() + "/"}, nil, exitFailed,
			`connecting to ws://` + site.Listener.Addr().String() + `/?framing=websocket: refused by the server: HTTP status 404 Not Found: nothing here` + "\n"},
		{"a server that answers with a page", []string{"join", "ws://" + site.Listener.Addr().String() + "/page"}, nil, exitFailed,
			`refused by the server: HTTP status 200 OK` + "\n"},
		{"TLS where there is none", []string{"join", "wss://" + site.Listener.Addr().String() + "/"}, nil, exitFailed, `the server speaks no TLS there`},
		{"signalling over TLS where there is none", []string{"join", "rtc+wss://" + site.Listener.Addr().String() + "/"}, nil, exitFailed, `the server speaks no TLS there`},
		{"an authority that is not there", []string{"join", "wss://localhost/", "--ca", "/none/ca.pem"}, nil, exitFailed, `--ca: open /none/ca.pem: no such file`},
		{"join without a URL", []string{"join"}, nil, exitUsage, `expected "<url>"; see crosspeer --help`},
		{"join with another scheme", []string{"join", "http://localhost"}, nil, exitUsage,
			`URL "http://localhost": scheme "http" is not known, want enet, enets, ws, wss, rtc+ws or rtc+wss`},
		{"join with a path", []string{"join", "enet://localhost/x"}, nil, exitUsage, `URL "enet://localhost/x": want enet://host:port`},
		{"a host that does not exist", []string{"join", "enet://nowhere.invalid:4242"}, nil, exitFailed, `host "nowhere.invalid": `},
		{"nobody answers", []string{"join", "enet://" + busy.LocalAddr().String(), "--timeout", "300ms"}, nil, exitFailed,
			`no answer from ` + busy.LocalAddr().String() + `; is the server running, and the port right?`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, tt.env, tt.args...)
			if code := p.wait(); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			got := p.err.all()
			if !strings.HasPrefix(got, "crosspeer: ") || !strings.Contains(got, tt.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("standard error is %q, want one line with %q", got, tt.want)
			}
			if out := p.out.all(); out != "" {
				t.Errorf("standard output is %q", out)
			}
		})
	}
}

func TestHelpAndVersionAreResults(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"join", "--help"}, {"var", "--help"}, {"version"}} {
		p := start(t, nil, args...)
		if code := p.wait(); code != exitDone || !strings.Contains(p.out.all(), "crosspeer") || p.err.all() != "" {
			t.Errorf("%v: exit code %d, standard output %q, standard error %q", args, code, p.out.all(), p.err.all())
		}
	}
}
