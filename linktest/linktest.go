package linktest

import (
	"cmp"
	"testing"
	"time"

	"crosspeer"
)

// DialTo makes a Dialer to a server that listens. id is the id that the client
// shall ask for, 0 for any.
type DialTo func(server *crosspeer.Peer, id crosspeer.PeerID) crosspeer.Dialer

// Transport says how to make the transport under test, and what it promises.
// The zero value of a promise is the stricter one.
type Transport struct {
	// New makes a Listener whose address nobody else uses, and the way to
	// dial the server that listens with it, which several goroutines call at
	// once. Required.
	New func(t testing.TB) (crosspeer.Listener, DialTo)

	// Nowhere makes a Dialer to an address where no server answers. Nil leaves
	// out the cases that need one.
	Nowhere func(t testing.TB) crosspeer.Dialer

	// ChosenIDs: the id that DialTo is given is the client's. Otherwise it is
	// ignored.
	ChosenIDs bool

	// Lossy: unreliable packets can be lost although no queue is full.
	Lossy bool

	// ReliableOnly: there are no modes, every packet arrives as Reliable, and
	// Limiter says so.
	ReliableOnly bool

	// NoChannels: the channel that a packet arrives on means nothing.
	NoChannels bool

	// Channels are some that connections have besides 1 and 2, to be tested.
	Channels []int

	// NoReasons: the texts of Disconnect do not reach the other end.
	NoReasons bool

	// MaxPacketBytes is the largest packet that can be carried, as Limiter says.
	// Default 33,554,424, the most that Peer.Send takes.
	MaxPacketBytes int

	// MaxQueuedBytes is the most that a link queues, the system's buffers
	// included. The suite sends four times as much to see that there is a
	// limit. Default 8 MiB.
	MaxQueuedBytes int

	// Patience is how long a case waits for what must happen before it fails.
	// Default 20 s.
	Patience time.Duration
}

const (
	defaultMaxPacketBytes = 32<<20 - 8
	defaultMaxQueuedBytes = 8 << 20
	defaultPatience       = 20 * time.Second
)

func (tr Transport) populated() *Transport {
	tr.MaxPacketBytes = cmp.Or(tr.MaxPacketBytes, defaultMaxPacketBytes)
	tr.MaxQueuedBytes = cmp.Or(tr.MaxQueuedBytes, defaultMaxQueuedBytes)
	tr.Patience = cmp.Or(tr.Patience, defaultPatience)
	return &tr
}

// Run tests the transport, each case as a subtest of t.
func Run(t *testing.T, tr Transport) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.runOn(t, tr.populated()) })
	}
}

// suite is a case at work.
type suite struct {
	testing.TB
	*Transport
}

type testCase struct {
	name string
	run  func(*suite)
	need func(*Transport) bool // nil: every transport must pass
}

func (c testCase) runOn(t testing.TB, tr *Transport) {
	if c.need != nil && !c.need(tr) {
		t.Skip("does not apply to this transport")
	}
	c.run(&suite{t, tr})
}

func hasNowhere(tr *Transport) bool { return tr.Nowhere != nil }
func hasIDs(tr *Transport) bool     { return tr.ChosenIDs }

var cases = []testCase{
	{name: "a server is connected at once, a client when Dial returns", run: joinStatus},
	{name: "everybody hears of everybody in ascending order of ids", run: joinOrder},
	{name: "clients that come at once are each welcomed by their id", run: joinWelcome},
	{name: "without relay clients hear of the server only", run: joinWithoutRelay},
	{name: "a client can ask for its id", run: joinChosenID, need: hasIDs},
	{name: "an id that is in use or invalid is refused", run: joinBadIDs, need: hasIDs},
	{name: "a server that refuses lets nobody in until it accepts again", run: joinRefused},
	{name: "a full session lets in one for each that leaves", run: joinFull},
	{name: "the program decides who comes in", run: admitDecides},
	{name: "a first packet can decide who comes in", run: admitFirstPacket},
	{name: "a dial whose context is done fails at once", run: dialCanceled},
	{name: "a dial to nowhere ends with its context", run: dialNowhere, need: hasNowhere},
	{name: "Close ends a dial to nowhere", run: dialClosed, need: hasNowhere},

	{name: "packets reach exactly those that they are for", run: targetsWithRelay},
	{name: "without relay packets reach the server or come from it", run: targetsWithoutRelay},
	{name: "bytes, mode and channel arrive as they were sent", run: bytesKept},
	{name: "an empty packet arrives", run: bytesEmpty},
	{name: "buffers belong to their programs", run: bytesOwned},
	{name: "big packets arrive whole, also through a relay", run: bytesBig},
	{name: "a packet above the maximum is ErrTooLarge and harms nothing", run: bytesTooBig},
	{name: "what a transport says of its limits is true", run: limitsHold},
	{name: "1,000 reliable packets arrive once and in order", run: orderOne},
	{name: "many senders at once each keep their order", run: orderMany},
	{name: "unreliable packets arrive at most once, ordered ones in order", run: orderUnreliable},
	{name: "nobody is heard before it is announced or after it is gone", run: orderMembership},

	{name: "a client that closes is reported to everybody else", run: leaveClose},
	{name: "a kicked client first gets what was sent to it, then the reason", run: leaveKick},
	{name: "DisconnectNow does not wait for a client that does not read", run: leaveKickNow},
	{name: "an end that waits, overtaken by one that does not, is heard at once", run: leaveOvertaken},
	{name: "a server that closes is lost to all clients at once", run: leaveServer},
	{name: "Shutdown of a server loses nothing that it has sent", run: leaveShutdownServer},
	{name: "Shutdown of a client loses nothing that it has sent", run: leaveShutdownClient},
	{name: "Shutdown ends with its context though somebody does not read", run: leaveShutdownStuck},
	{name: "a Peer can be used again after Close and after losing its server", run: leaveReuse},

	{name: "a program that does not read loses unreliable packets only", run: slowServer},
	{name: "a client that does not read keeps nobody waiting", run: slowClient},
	{name: "a slow client reads everything that came before Shutdown", run: slowShutdown},
	{name: "a link that does not drain is closed, others are not", run: slowLink},

	{name: "Send, Close and Disconnect at once do no harm", run: raceAll},
	{name: "100 joins and leaves leave no goroutine behind", run: raceGoroutines},
	{name: "Stats add up", run: statsAddUp},
}
