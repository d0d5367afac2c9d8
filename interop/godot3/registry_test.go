package godot3

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// behaviours are what peers of Godot 3.2.3 do, numbered. Tests that decide about
// one begin their names with its number, or are in elsewhere.
var behaviours = []struct {
	number int
	what   string

	// Differs is set where Go peers do something else on purpose: what, and
	// why. The tests show it.
	differs string

	// Untested is the reason for having no test.
	untested string
}{
	{1, "putting an empty packet succeeds and sends nothing", "", ""},
	{2, "getting from an empty queue gives nothing and ERR_UNAVAILABLE", "", ""},
	{3, "the error of get_packet is untouched by values", "", ""},
	{4, "the limit of put_var is rounded up to a power of two", "", ""},
	{5, "put_var fails with ERR_OUT_OF_MEMORY beyond its limit", "", ""},
	{6, "get_var consumes what it cannot decode", "", ""},
	{7, "get_var ignores what follows the value", "", ""},
	{8, "objects arrive as ids, or whole if both ends allow it", "", ""},
	{9, "allowing objects makes put_var encode them whole", "", ""},
	{10, "a fresh peer accepts connections, sends reliably and is disconnected",
		"Without a transport a Peer has the defaults of the abstract class, refusing and unreliable; with one, the engine's.", ""},
	{11, "poll never waits",
		"Poll waits up to one second, as its class page says; PollContext waits as long as its context lets it.", ""},

	{12, "create_server checks its arguments",
		"More than 4095 clients and any bandwidth are possible; 0 clients means the default.", ""},
	{13, "create_client checks its arguments",
		"Port 0 is refused: nothing can be connected to there.", ""},
	{14, "creating resets refuse_new_connections",
		"What the program has set stays set.", ""},
	{15, "a connecting client has its id and cannot send", "", ""},
	{16, "ids are drawn at random", "", ""},
	{17, "CONNECT carries the client's id", "", ""},
	{18, "a client is told of the server, of its success, of the others", "", ""},
	{19, "the others are announced in ascending order", "", ""},
	{20, "a server is told of a newcomer only", "", ""},
	{21, "what a server's handler sends to a newcomer precedes the announcements",
		"Handlers run in Poll and not on the transport's goroutine, so it follows the announcements.", ""},
	{22, "after a failed attempt the peer stays in the middle until it is closed",
		"After a failed attempt the peer is disconnected and can dial again.", ""},
	{23, "an attempt that nobody answers fails after 31.5 s",
		"Time-outs and contexts can end it earlier.", ""},
	{24, "a full server is silent",
		"With AnswerWhenFull it says so at once.", ""},
	{25, "a refused client is let in, forgotten, and finds out after half a minute",
		"A refused client is told at once, and a stock one emits connection_failed.", ""},
	{26, "invalid and duplicate ids are forgotten like refused clients",
		"They are told at once too.", ""},
	{27, "ids from 2 to 2147483647 are accepted", "", ""},
	{28, "a client that closes says its id once; the others are told", "", ""},
	{29, "a server that closes says 1 once to each client", "", ""},
	{30, "disconnect_peer waits for what was sent, and for the answer", "", ""},
	{31, "disconnect_peer at once tells the server within the call",
		"The server is told by its next Poll, like of everything.", ""},
	{32, "packets that were not fetched are lost with the server",
		"They can still be fetched.", ""},
	{33, "disconnect_peer is for servers and for who is there", "", ""},
	{34, "a client that dies is lost after 5 to 32 s", "", ""},
	{35, "a server that dies is lost after 5 to 32 s", "", ""},
	{36, "a peer can be used again", "", ""},
	{37, "dropping the last reference closes", "",
		"Go has no moment at which the last reference is dropped: programs close their peers."},

	{38, "a packet has source and target in front", "", ""},
	{39, "from a client to everybody", "", ""},
	{40, "from a client to the server", "", ""},
	{41, "from a client to everybody but the server", "", ""},
	{42, "from a client to another", "", ""},
	{43, "from a client to everybody but another", "", ""},
	{44, "from the server to all, one, all but one", "", ""},
	{45, "targets that are not there are an error", "", ""},
	{46, "a relayed packet is unchanged", "", ""},
	{47, "each mode has its kind of command and its channel", "", ""},
	{48, "always_ordered puts unreliable packets in order", "", ""},
	{49, "a payload of 1365 bytes becomes reliable fragments", "", ""},
	{50, "the largest payload is 33554424 bytes; a larger one is lost in silence",
		"A larger one is refused with ErrTooLarge.", ""},
	{51, "transfer_channel is for every mode; who lacks the channel gets nothing", "", ""},
	{52, "packets on channels that a connection lacks are lost in silence",
		"The sender is told with ErrChannel.", ""},
	{53, "more than 255 channels are 255",
		"More than 255 channels are refused.", ""},
	{54, "transfer_channel 299 is channel 43, and 255 is lost",
		"Transfer channels are 1 to 254, others are refused; what a stock peer sends is taken as it comes.", ""},
	{55, "a forged source is dropped, and the connection stays", "", ""},
	{56, "a packet of less than a header is dropped, one of a header is empty", "", ""},
	{57, "a packet to oneself comes back", "", ""},
	{58, "a packet to a stranger is dropped, one to all but a stranger reaches all", "", ""},
	{59, "what a client sends on channel 0 is dropped", "", ""},
	{60, "other mixtures of channel and kind are relayed as they are", "", ""},
	{61, "a client believes every announcement", "", ""},
	{62, "a client believes every source", "", ""},
	{63, "without relay clients know and reach the server only", "", ""},
	{64, "sender and channel are told of the next packet, the channel also of the last",
		"When there is no next packet the sender is that of the last one, where the engine says 1 and complains.", ""},
	{65, "packets are queued as they arrive", "", ""},
	{66, "a server knows every client's address, a client the server's", "", ""},
	{67, "bandwidths appear in CONNECT and VERIFY_CONNECT and narrow the window", "", ""},

	{68, "nothing is compressed by default",
		"A server by default recognises how each client compresses; a client does not compress.", ""},
	{69, "equal compressions understand each other", "", ""},
	{70, "what would not shrink is not compressed", "", ""},
	{71, "headers are not compressed, and bit 0x4000 says what is", "", ""},
	{72, "zlib, Zstandard and FastLZ are the formats that others know", "", ""},
	{73, "FastLZ pads to 16 bytes", "", ""},
	{74, "unequal compressions do not connect", "", ""},

	{75, "ClientHello of DTLS", "", ""},
	{76, "the server asks for a cookie first",
		"A bounded record is kept of who was asked.", ""},
	{77, "the client completes with other cookies and certificates",
		"Neither end speaks DTLS 1.0.", ""},
	{78, "dtls_verify decides about certificates", "", ""},
	{79, "an address in a certificate's alternative names does not count", "", ""},
	{80, "a record is a datagram",
		"One of more than 4,096 bytes is dropped, as every datagram: ENet makes none.", ""},
	{81, "an engine without its own ENet ignores use_dtls", "", ""},

	{82, "a WebSocket server refuses when the lists of sub-protocols disagree",
		"The refusal is an HTTP status that says why.", ""},
	{83, "the client's first sub-protocol that the server knows is chosen", "", ""},
	{84, "a client refuses answers that are out of order",
		"A list in Connection is accepted, as RFC 9110 has it.", ""},
	{85, "a server takes any path and refuses what is no WebSocket",
		"A Host and the word upgrade in Connection are required, as RFC 6455 has it.", ""},
	{86, "a handshake that takes long is closed",
		"After 10 s instead of one by default.", ""},
	{87, "a newcomer hears its id, the server, the others", "", ""},
	{88, "a client is connected before its id arrives",
		"It is connected when the server has said that it is there.", ""},
	{89, "a notice has 13 bytes", "", ""},
	{90, "targets over WebSocket", "", ""},
	{91, "-1 also reaches the server",
		"A Go server does not take it, as on ENet.", ""},
	{92, "a client that targets itself is told of an error",
		"Its packet comes back, as on ENet; unknown targets are an error at the sender.", ""},
	{93, "a server that targets unknown peers",
		"It is an error, as on ENet.", ""},
	{94, "what has no place is dropped, 9 bytes are an empty packet", "", ""},
	{95, "fragments and text are taken", "", ""},
	{96, "a client believes its server", "", ""},
	{97, "the mode is always reliable", "", ""},
	{98, "every loss is connection_failed",
		"A Go client reports ServerDisconnected.", ""},
	{99, "the close frame is reported first", "", ""},
	{100, "close reasons end with a NUL", "", ""},
	{101, "was_clean is for who receives the close first", "", ""},
	{102, "disconnect_peer waits for the answer", "", ""},
	{103, "stop says goodbye to everybody", "", ""},
	{104, "refusing closes at once", "", ""},
	{105, "65,535 bytes pass", "A larger packet is refused at the sender.", ""},
	{106, "frames that break the rules close with their codes", "", ""},
	{107, "after that the peer stays in the list",
		"It is reported as gone.", ""},
	{108, "get_packet on an empty queue ends the process",
		"It is ErrNoPacket, as on ENet.", ""},
	{109, "pings are answered, none are sent",
		"Silent remotes are pinged.", ""},
	{110, "a plain peer queues 1023 packets and drops the next",
		"A Conn has no queue: who does not read holds the remote back.", ""},
	{111, "wss with and without verification", "", ""},

	{112, "add_peer opens three negotiated channels", "", ""},
	{113, "modes go to channels, without a header", "", ""},
	{114, "targets of a mesh", "", ""},
	{115, "a member is there when all channels are open, and lost when one fails", "", ""},
	{116, "server compatibility: member 1 first, and lost with it", "", ""},
	{117, "a connection that fails before it opens is silent", "", ""},
	{118, "reading takes turns between members and channels",
		"Packets are read in the order in which they arrive.", ""},
	{119, "what cannot be added, and what replaces", "", ""},
	{120, "ids of members", "", ""},
	{121, "MultiplayerPeerGDNative forwards every call", "",
		"Go has crosspeer.Link in its place; linktest is what holds for those."},

	{122, "every vector decodes and encodes to the same bytes, and every type travels as an argument", "", ""},
	{123, "bytes that no engine writes are read as the engine reads them", "", ""},
	{124, "NaN is wide, infinities and -0.0 are not", "", ""},
	{125, "depth has a bound and fails cleanly",
		"The engine has none and dies.", ""},
	{126, "padding of a NodePath is zero and ignored",
		"The engine's is what was in its memory.", ""},

	{127, "the first call to a peer announces its path and has it in full", "", ""},
	{128, "paths are numbered from 1 in order of use", "", ""},
	{129, "one packet each while somebody has not confirmed, then one for all", "", ""},
	{130, "confirmations have the path tidied, also of nodes that are not there", "", ""},
	{131, "a peer that comes back is announced to again", "", ""},
	{132, "an unreliable call is announced reliably", "", ""},
	{133, "a call leaves its mode and target set on the peer",
		"It leaves what SetTransferMode and SetTargetPeer have set alone.", ""},
	{134, "who may call each mode", "", ""},
	{135, "sync modes run here too; a master's master call is not sent", "", ""},
	{136, "disabled and missing methods are sent and refused there", "", ""},
	{137, "objects in full are refused by default and arrive as ids", "", ""},
	{138, "255 arguments are sent, 256 are not", "", ""},
	{139, "unknown commands are ignored, malformed packets leave the connection up", "", ""},
	{140, "send_bytes", "", ""},
	{141, "after server_disconnected the list of peers and the peer are still there",
		"The session is over: the list is empty, and the same Peer can dial again.", ""},
	{142, "a custom root shortens paths", "", ""},
	{143, "a disconnected peer cannot be given to the API, a connecting one can",
		"Both can: nodes are registered before anybody joins.", ""},
}

// elsewhere is tests that decide about behaviours and have a name of their
// own: the folder and the function.
var elsewhere = map[int][2]string{
	116: {"../../link/rtclink", "TestServerCompatibility"},
	117: {"../../link/rtclink", "TestAConnectionThatNeverComesIsForgottenInSilence"},
	118: {"../..", "TestPacketsKeepTheOrderInWhichTheyArrive"},
	120: {"../../link/rtclink", "TestIDsOfAMesh"},
	122: {"../../variant", "TestEveryVectorDecodesAndEncodesToTheSameBytes"},
	123: {"../../variant", "TestBytesThatNoEngineWritesAreReadAsTheEngineReadsThem"},
	124: {"../../variant", "TestNaNIsWideAndInfinityIsNot"},
	125: {"../../variant", "TestDepthIsBoundedAndFailsCleanly"},
	126: {"../../variant", "TestNodePathPaddingIsZeroAndIgnored"},
	129: {"../../rpc/internal/godot3", "TestRecordedSession"},
	133: {"../../rpc", "TestACallLeavesTheSettersAlone"},
	141: {"../../rpc", "TestAfterTheServerHasGone"},
	143: {"../../rpc", "TestTheNextSessionBeginsAnew"},
}

// behaviourName is how the name of a test begins that decides about behaviours.
var behaviourName = regexp.MustCompile(`^(\d{1,3}(?:, \d{1,3})*) \S`)

// testsByNumber finds the names of tests in the files of the packages that
// have some.
func testsByNumber(t *testing.T) map[int][]string {
	t.Helper()
	found := make(map[int][]string)
	for _, dir := range []string{".", "../../link/enetlink", "../../link/wslink", "../../link/rtclink", "../../rpc", "../../rpc/internal/godot3", "../../variant", "../.."} {
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no tests in %s: %v", dir, err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "registry_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for number, test := range elsewhere {
				if test[0] == dir && file.Scope.Lookup(test[1]) != nil {
					found[number] = append(found[number], test[1])
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				for _, name := range names(n) {
					m := behaviourName.FindStringSubmatch(name)
					if m == nil {
						continue
					}
					for _, s := range strings.Split(m[1], ", ") {
						number, _ := strconv.Atoi(s)
						found[number] = append(found[number], name)
					}
				}
				return true
			})
		}
	}
	return found
}

// names are the strings in a node that can be names of tests: arguments of
// what runs a test or makes its name, and the first fields of tables.
func names(n ast.Node) (found []string) {
	var list []ast.Expr
	switch n := n.(type) {
	case *ast.CallExpr:
		callee := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			callee = f.Name
		case *ast.SelectorExpr:
			callee = f.Sel.Name
		}
		if slices.Contains([]string{"Run", "Sprintf", "virtually", "everywhere", "step", "pairs"}, callee) {
			list = n.Args
		}
	case *ast.CompositeLit:
		list = n.Elts[:min(1, len(n.Elts))]
	}
	for _, e := range list {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		if sum, ok := e.(*ast.BinaryExpr); ok {
			e = sum.X
		}
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				found = append(found, s)
			}
		}
	}
	return found
}

func TestEveryBehaviourHasATestOrAReason(t *testing.T) {
	tests := testsByNumber(t)
	for i, b := range behaviours {
		if b.number != i+1 {
			t.Fatalf("number %d stands in place %d", b.number, i+1)
		}
		switch has := len(tests[b.number]) > 0; {
		case !has && b.untested == "":
			t.Errorf("%d, %s: no test", b.number, b.what)
		case has && b.untested != "":
			t.Errorf("%d, %s: %q says that it has no test, but there is %q", b.number, b.what, b.untested, tests[b.number][0])
		}
		delete(tests, b.number)
	}
	for number, test := range elsewhere {
		if _, err := os.Stat(test[0]); err != nil {
			t.Errorf("%d: %v", number, err)
		}
	}
	for number, names := range tests {
		t.Errorf("there is no behaviour %d, for %q", number, names)
	}
}
