package crosspeer_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"crosspeer"
)

func TestAllExceptIsNegativeWhateverItIsGiven(t *testing.T) {
	for id, want := range map[crosspeer.PeerID]crosspeer.PeerID{
		2: -2, 1: -1, 0: 0, -2: -2, math.MaxInt32: -math.MaxInt32, math.MinInt32 + 1: math.MinInt32 + 1, math.MinInt32: math.MinInt32,
	} {
		if got := crosspeer.AllExcept(id); got != want {
			t.Errorf("AllExcept(%d) = %d, want %d", id, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		value fmt.Stringer
		want  string
	}{
		{crosspeer.PeerID(-2147483648), "-2147483648"},
		{crosspeer.Unreliable, "unreliable"},
		{crosspeer.UnreliableOrdered, "ordered"},
		{crosspeer.Reliable, "reliable"},
		{crosspeer.TransferMode(3), "mode 3"},
		{crosspeer.Disconnected, "disconnected"},
		{crosspeer.Connecting, "connecting"},
		{crosspeer.Connected, "connected"},
		{crosspeer.ConnectionStatus(255), "status 255"},
		{crosspeer.RelayOn, "on"},
		{crosspeer.RelayOff, "off"},
		{crosspeer.RelayMode(2), "relay mode 2"},
		{crosspeer.FramePacket, "packet"},
		{crosspeer.FrameAdd, "add"},
		{crosspeer.FrameRemove, "remove"},
		{crosspeer.FrameKind(3), "frame kind 3"},
		{crosspeer.SendAccepted, "accepted"},
		{crosspeer.SendDropped, "dropped"},
		{crosspeer.SendFull, "full"},
		{crosspeer.SendTooLarge, "too large"},
		{crosspeer.SendNoChannel, "no channel"},
		{crosspeer.SendClosed, "closed"},
		{crosspeer.SendResult(6), "send result 6"},
		{crosspeer.Taken, "taken"},
		{crosspeer.Wait, "wait"},
		{crosspeer.Verdict(2), "verdict 2"},
		{crosspeer.ByNobody, "nobody"},
		{crosspeer.ByLocal, "local"},
		{crosspeer.ByRemote, "remote"},
		{crosspeer.ByPolicy, "policy"},
		{crosspeer.Party(4), "party 4"},
		{crosspeer.ReasonUnknown, "unknown"},
		{crosspeer.ReasonClosed, "closed"},
		{crosspeer.ReasonKicked, "kicked"},
		{crosspeer.ReasonTimeout, "timeout"},
		{crosspeer.ReasonNoReply, "no reply"},
		{crosspeer.ReasonRefused, "refused"},
		{crosspeer.ReasonSlow, "too slow"},
		{crosspeer.ReasonProtocol, "protocol error"},
		{crosspeer.ReasonInvalid, "invalid id"},
		{crosspeer.ReasonLimit, "limit"},
		{crosspeer.ReasonCode(10), "reason 10"},
		{crosspeer.Reason{}, "unknown"},
		{crosspeer.Reason{Code: crosspeer.ReasonTimeout}, "timeout"},
		{crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote}, "closed by remote"},
		{crosspeer.Reason{Code: crosspeer.ReasonKicked, By: crosspeer.ByLocal, Text: "enough"}, "enough"},
	} {
		if got := tt.value.String(); got != tt.want {
			t.Errorf("%T: %q, want %q", tt.value, got, tt.want)
		}
	}
}

func TestReasonCodesKeepTheirNumbers(t *testing.T) {
	for number, code := range []crosspeer.ReasonCode{
		crosspeer.ReasonUnknown, crosspeer.ReasonClosed, crosspeer.ReasonKicked, crosspeer.ReasonTimeout, crosspeer.ReasonNoReply,
		crosspeer.ReasonRefused, crosspeer.ReasonSlow, crosspeer.ReasonProtocol, crosspeer.ReasonInvalid, crosspeer.ReasonLimit,
	} {
		if int(code) != number {
			t.Errorf("%v is %d, want %d", code, code, number)
		}
	}
}

func TestParseTransferModeIsTheInverseOfString(t *testing.T) {
	for _, m := range []crosspeer.TransferMode{crosspeer.Unreliable, crosspeer.UnreliableOrdered, crosspeer.Reliable} {
		for _, s := range []string{m.String(), strings.ToUpper(m.String())} {
			if got, err := crosspeer.ParseTransferMode(s); got != m || err != nil {
				t.Errorf("%q: %v, %v", s, got, err)
			}
		}
	}
	for _, s := range []string{"", "unreliable ", "2", "mode 3"} {
		_, err := crosspeer.ParseTransferMode(s)
		if want := fmt.Sprintf("crosspeer: transfer mode %q: want unreliable, ordered or reliable", s); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", s, err, want)
		}
	}
}

func TestValidateSaysAllThatIsWrong(t *testing.T) {
	bad := crosspeer.Config{
		Relay: 2, MaxPeers: -1, MaxPacketBytes: 33_554_425, MaxInboxPackets: -2, MaxInboxBytes: -3, EncodeBufferMaxSize: 1023,
	}
	want := []string{
		"crosspeer: Config.Relay is 2, want RelayOn or RelayOff",
		"crosspeer: Config.MaxPeers is -1, want 0 for the default or 1 to 2147483647",
		"crosspeer: Config.MaxPacketBytes is 33554425, want 0 for the default or 1 to 33554424",
		"crosspeer: Config.MaxInboxPackets is -2, want 0 for the default or 1 to 2147483647",
		"crosspeer: Config.MaxInboxBytes is -3, want 0 for the default or 1 to 2147483647",
		"crosspeer: Config.EncodeBufferMaxSize is 1023, want 0 for the default or 1024 to 268435456",
	}
	s := &stage{T: t}
	_, made := crosspeer.New(&bad)
	_, listens := crosspeer.Listen(t.Context(), &bad, s)
	_, dials := crosspeer.Dial(t.Context(), &bad, nil)
	_, joins := crosspeer.Join(t.Context(), &bad, s)
	for name, err := range map[string]error{"Validate": bad.Validate(), "New": made, "Listen": listens, "Dial": dials, "Join": joins} {
		if err == nil {
			t.Errorf("%s takes it", name)
			continue
		}
		equal(t, name, strings.Split(err.Error(), "\n"), want)
	}
	if s.hub != nil {
		t.Error("a transport was opened")
	}
	for _, good := range []crosspeer.Config{
		{},
		{Relay: crosspeer.RelayOff, MaxPeers: math.MaxInt32, MaxPacketBytes: 33_554_424, MaxInboxPackets: 1, MaxInboxBytes: 1, EncodeBufferMaxSize: 1024},
		{EncodeBufferMaxSize: 268_435_456},
	} {
		if err := good.Validate(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
}

func TestTheConfigIsCopied(t *testing.T) {
	cfg := crosspeer.Config{MaxPacketBytes: 5}
	p, err := crosspeer.New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.MaxPacketBytes = 9
	if err := p.Listen(t.Context(), &stage{T: t}); err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if n := p.MaxPacketBytes(); n != 5 {
		t.Errorf("MaxPacketBytes is %d", n)
	}
}
