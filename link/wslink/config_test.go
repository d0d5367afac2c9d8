package wslink_test

import (
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/link/wslink"
)

func TestConfigTellsAllMistakesAtOnce(t *testing.T) {
	cfg := wslink.Config{
		Subprotocols: []string{""}, Path: "game", Origins: []string{"game.example", "https://game.example/", "https://", "*"},
		HandshakeTimeout: -1, MessageTimeout: -1, PingInterval: -1, PongTimeout: -1,
		MaxMessageBytes: 12, MaxQueuedBytes: -1, MaxQueuedPackets: -1,
	}
	_, listen := crosspeer.Listen(testContext(t), nil, wslink.Listen("127.0.0.1:0", cfg))
	_, dial := crosspeer.Dial(testContext(t), nil, wslink.Dial("ws://127.0.0.1:1", cfg))
	_, plain := wslink.DialConn(testContext(t), "ws://127.0.0.1:1", cfg)
	for _, err := range []error{listen, dial, plain} {
		for _, want := range []string{
			"Subprotocols has an empty name", `Path is "game"`,
			`Origins has "game.example",`, `Origins has "https://game.example/",`, `Origins has "https://",`,
			"HandshakeTimeout is -1ns", "MessageTimeout is -1ns", "PingInterval is -1ns", "PongTimeout is -1ns",
			"MaxMessageBytes is 12", "MaxQueuedBytes is -1", "MaxQueuedPackets is -1",
		} {
			if err == nil || !strings.Contains(err.Error(), "wslink: Config."+want) {
				t.Errorf("%v does not tell that %s", err, want)
			}
		}
		if err != nil && strings.Contains(err.Error(), `"*"`) {
			t.Errorf("all origins are a mistake: %v", err)
		}
	}
	if _, err := crosspeer.Listen(testContext(t), nil, wslink.Listen("127.0.0.1:0", wslink.Config{}, wslink.Config{})); err == nil {
		t.Error("two Configs were taken")
	}
	for _, url := range []string{"http://localhost", "ws://", "::"} {
		if _, err := crosspeer.Dial(testContext(t), nil, wslink.Dial(url)); err == nil || !strings.Contains(err.Error(), "want ws://host:port/path") {
			t.Errorf("URL %q: %v", url, err)
		}
	}
	for _, n := range []int{13, 32 << 20} {
		if err := (&wslink.Config{MaxMessageBytes: n}).Validate(); err != nil {
			t.Error(err)
		}
	}
}
