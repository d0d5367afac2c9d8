package main

import (
	"testing"

	"crosspeer"
	"crosspeer/link/wslink"
)

// serve opens a session and gives its port.
func serve(t *testing.T) (port int) {
	t.Helper()
	p, err := crosspeer.Listen(t.Context(), nil, wslink.Listen("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	for _, c := range p.Addrs()[0] {
		switch {
		case c == ':':
			port = 0
		case c >= '0' && c <= '9':
			port = port*10 + int(c-'0')
		}
	}
	return port
}

func TestEveryMessageComesInOrder(t *testing.T) {
	o := options{port: serve(t), n: 3, inflight: 8, bytes: 200, secs: 0.1}
	line, err := run(o)
	if err != nil {
		t.Fatal(err)
	}
	if line["wrong"] != uint64(0) || line["delivered"] == uint64(0) || line["sent"] == uint64(0) {
		t.Errorf("%v", line)
	}
	o.rate = 100
	if line, err = run(o); err != nil || line["p99_us"].(float64) <= 0 {
		t.Errorf("%v, %v", line, err)
	}
}

func TestIdleClientsOnlyConnect(t *testing.T) {
	line, err := run(options{port: serve(t), n: 2, inflight: 1, bytes: 64, secs: 0.01, idle: true})
	if err != nil || line["scenario"] != "idle" || line["sent"] != nil {
		t.Errorf("%v, %v", line, err)
	}
}

func TestWhatCannotBeRunIsRefused(t *testing.T) {
	for _, o := range []options{{n: 0, inflight: 1, bytes: 64}, {n: 1, inflight: 1, bytes: 8}, {n: 1, inflight: 0, bytes: 64},
		{n: 1, inflight: 1, bytes: 64, port: 1}} {
		if _, err := run(o); err == nil {
			t.Errorf("%+v is run", o)
		}
	}
}
