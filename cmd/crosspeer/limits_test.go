package main

import (
	"strings"
	"testing"
)

func TestABannedAddressDoesNotComeIn(t *testing.T) {
	server, enet, ws := serveWeb(t, "--ban", "127.0.0.0/8")
	for url, words := range map[string]string{
		enet: "refused by the server", ws: "HTTP status 403 Forbidden: banned", "rtc+" + strings.Replace(ws, "/ws", "/rtc", 1): "banned",
	} {
		p := start(t, nil, "join", url)
		if code := p.wait(); code != exitFailed {
			t.Errorf("%s: exit code %d", url, code)
		}
		p.logs(words)
	}
	if strings.Contains(server.err.all(), "peer joined") {
		t.Error("somebody joined")
	}
}

func TestOneAddressHasLimits(t *testing.T) {
	_, enet, ws := serveWeb(t, "--max-per-address", "1", "--connects-per-address", "5")
	ann := start(t, nil, "join", enet)
	ann.says(`^\+ peer 1`)
	start(t, nil, "join", ws).logs(`HTTP status 503 Service Unavailable: session is full: 1 clients from 127\.0\.0\.1/32`)
}

func TestAClientThatSendsTooMuchIsTold(t *testing.T) {
	server, _, ws := serveWeb(t, "--max-message", "10", "--ban-for", "1m")
	bob := start(t, nil, "join", ws)
	bob.says(`^\+ peer 1`)
	bob.types("more than ten bytes")
	bob.logs(`a packet of 19 bytes, at most 10`)
	server.logs(`peer left.* reason="a packet of 19 bytes, at most 10"`)
	start(t, nil, "join", ws).logs(`banned for 1m0s more: a packet of 19 bytes, at most 10`)
}
