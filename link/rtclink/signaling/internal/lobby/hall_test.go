package lobby_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "crosspeer/link/rtclink/signaling/internal/lobby"
	"crosspeer/link/rtclink/signaling/internal/protocol"
)

func config() Config {
	id, name := int32(100), 0
	return Config{
		MaxPeers: 8, MaxLobbies: 2, MaxMembers: 3, JoinTime: time.Second, SealTime: 10 * time.Second,
		Rate: 10, Burst: 20, Session: "session",
		NewID:   func() int32 { id++; return id },
		NewName: func() string { name++; return fmt.Sprintf("room%d", name) },
	}
}

// play runs a script against a Hall and gives what came out, one line each.
// Lines of the script are "OPEN a", "GONE a", "TIME 1s", "ACCEPT a 7 1,9",
// "POST a OFFER 7 x", "DROP a", or "a: message", in which \n is a line end.
func play(t *testing.T, cfg Config, script string) []string {
	t.Helper()
	h := New(cfg)
	var now time.Duration
	var log []string
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		word := strings.Fields(line)
		if len(word) == 0 {
			continue
		}
		conn := func(i int) ConnID { return ConnID(word[i][0]) }
		var err error
		switch word[0] {
		case "OPEN":
			h.Open(now, conn(1), nil)
		case "GONE":
			h.Gone(conn(1))
		case "DROP":
			h.Close(conn(1), TooSlow, "")
		case "TIME":
			d, bad := time.ParseDuration(word[1])
			if bad != nil {
				t.Fatal(bad)
			}
			now += d
			h.Advance(now)
		case "ACCEPT":
			s := Seat{Mesh: true, Name: "session"}
			fmt.Sscan(word[2], &s.ID)
			for _, p := range strings.Split(word[3], ",") {
				var id int32
				fmt.Sscan(p, &id)
				s.Peers = append(s.Peers, id)
			}
			err = h.Accept(conn(1), s)
		case "POST":
			var m protocol.Message
			for k := protocol.Join; k <= protocol.Seal; k++ {
				if k.String() == word[2] {
					m.Kind = k
				}
			}
			fmt.Sscan(word[3], &m.ID)
			m.Data = word[4]
			err = h.Post(conn(1), m)
		default:
			name, message, _ := strings.Cut(line, ": ")
			h.Receive(now, ConnID(name[0]), []byte(strings.ReplaceAll(message, `\n`, "\n")))
		}
		if err != nil {
			log = append(log, "error: "+err.Error())
		}
		for _, o := range h.Outputs() {
			log = append(log, show(o))
		}
	}
	return log
}

func show(o Output) string {
	who := string(rune(o.Conn))
	switch o.Kind {
	case Send:
		return who + " " + strings.ReplaceAll(string(o.Data), "\n", `\n`)
	case Close:
		return fmt.Sprintf("%s closed %d %s", who, o.Cause.Code(), o.Reason)
	case Ask:
		return who + " asks in " + o.Dialect.String()
	}
	return fmt.Sprintf("%s tells %v %d %q", who, o.Message.Kind, o.Message.ID, o.Message.Data)
}

func TestRules(t *testing.T) {
	// abc makes a text lobby of a, who hosts, b (101) and c (102).
	const ab = "OPEN a\na: J: \\n\nOPEN b\nb: J: room1\\n\n"
	const abc = ab + "OPEN c\nc: J: room1\\n\n"
	abLog := []string{`a I: 1\n`, `a J: room1\n`, `b I: 101\n`, `a N: 101\n`, `b N: 1\n`, `b J: room1\n`}
	abcLog := append(slices.Clone(abLog), `c I: 102\n`, `a N: 102\n`, `c N: 1\n`, `b N: 102\n`, `c N: 101\n`, `c J: room1\n`)
	for _, test := range []struct {
		name   string
		script string
		after  []string // what the script's beginning gives
		want   []string
	}{
		{"a mesh is joined in order", abc, nil, abcLog},
		{"without mesh only the host's pairs hear of each other", `
			OPEN a
			a: {"type":0,"id":1,"data":""}
			OPEN b
			b: {"type":0,"id":0,"data":"room1"}
			OPEN c
			c: {"type":0,"id":0,"data":"room1"}
			GONE c`, nil, []string{
			`a {"data":"","id":1,"type":1}`, `a {"data":"room1","id":0,"type":0}`,
			`b {"data":"","id":101,"type":1}`, `a {"data":"","id":101,"type":2}`, `b {"data":"","id":1,"type":2}`, `b {"data":"room1","id":0,"type":0}`,
			`c {"data":"","id":102,"type":1}`, `a {"data":"","id":102,"type":2}`, `c {"data":"","id":1,"type":2}`, `c {"data":"room1","id":0,"type":0}`,
			`a {"data":"","id":102,"type":3}`, `b {"data":"","id":102,"type":3}`}},
		{"a lobby of one dialect is not there in the other", ab + `
			OPEN c
			c: {"type":0,"id":0,"data":"room1"}`, abLog, []string{"c closed 4000 Lobby does not exists"}},
		{"the dialect of the first message stays", ab + `
			b: {"type":4,"id":1,"data":"x"}`, abLog, []string{"b closed 4000 Invalid message format", `a D: 101\n`}},
		{"messages go to one member, under the sender's id", abc + `
			b: O: 1\nx
			a: A: 101\ny
			c: C: 101\n\nm\n0\nz`, abcLog, []string{`a O: 101\nx`, `b A: 1\ny`, `b C: 102\n\nm\n0\nz`}},
		{"a member may write to itself, as on the demo's servers", ab + "b: O: 101\\nx", abLog, []string{`b O: 101\nx`}},
		{"a destination has to be in the lobby", ab + "b: O: 102\\nx", abLog, []string{"b closed 4000 Invalid destination", `a D: 101\n`}},
		{"a kind that clients do not send", ab + "b: N: 1\\n", abLog, []string{"b closed 4000 Invalid command", `a D: 101\n`}},
		{"an unknown letter to nobody is a bad destination first", ab + "b: Z: 9\\n", abLog, []string{"b closed 4000 Invalid destination", `a D: 101\n`}},
		{"a member leaves", abc + "GONE b", abcLog, []string{`a D: 101\n`, `c D: 101\n`}},
		{"the host leaves", abc + "GONE a\nTIME 1m", abcLog, []string{"b closed 4000 Room host has disconnected", "c closed 4000 Room host has disconnected"}},
		{"the host offends", abc + "a: J: \\n", abcLog, []string{
			"a closed 4000 Already in a lobby", "b closed 4000 Room host has disconnected", "c closed 4000 Room host has disconnected"}},
		{"a seal", abc + `
			a: S: \n
			OPEN d
			d: J: room1\n
			TIME 5s
			a: S: \n
			GONE c
			TIME 4s
			TIME 1s
			OPEN e
			e: J: room1\n`, abcLog, []string{
			`a S: \n`, `b S: \n`, `c S: \n`, "d closed 4000 Lobby is sealed", `a D: 102\n`, `b D: 102\n`,
			"a closed 1000 Seal complete", "b closed 1000 Seal complete", "e closed 4000 Lobby does not exists"}},
		{"the host of a sealed lobby leaves", ab + "a: S: \\n\nGONE a\nTIME 1m", abLog, []string{
			`a S: \n`, `b S: \n`, "b closed 4000 Room host has disconnected"}},
		{"only the host seals", ab + "b: S: \\n", abLog, []string{"b closed 4000 Only host can seal the lobby", `a D: 101\n`}},
		{"who says nothing is closed", "OPEN a\nTIME 999ms\nTIME 1ms", nil, []string{"a closed 4000 Have not joined lobby yet"}},
		{"who has joined may be silent", ab + "TIME 1h", abLog, nil},
		{"who has gone is not closed", "OPEN a\nGONE a\nTIME 1h\na: J: \\n", nil, nil},
		{"a message before joining", "OPEN a\na: O: 1\\nx", nil, []string{"a closed 4000 Invalid message when not in a lobby"}},
		{"a seal before joining", "OPEN a\na: {\"type\":7,\"id\":0}", nil, []string{"a closed 4000 Invalid message when not in a lobby"}},
		{"garbage", "OPEN a\na: garbage", nil, []string{"a closed 4000 Invalid message format"}},
		{"too many lobbies", `
			OPEN a
			a: J: \n
			OPEN b
			b: {"type":0,"id":0,"data":""}
			OPEN c
			c: J: \n
			GONE a
			OPEN d
			d: J: \n`, nil, []string{
			`a I: 1\n`, `a J: room1\n`, `b {"data":"true","id":1,"type":1}`, `b {"data":"room2","id":0,"type":0}`,
			"c closed 4000 Too many lobbies open, disconnecting", `d I: 1\n`, `d J: room3\n`}},
		{"a full lobby", abc + "OPEN d\nd: J: room1\\n", abcLog, []string{"d closed 4000 Lobby is full"}},
		{"too many peers", "OPEN a\nOPEN b\nOPEN c\nOPEN d\nOPEN e\nOPEN f\nOPEN g\nOPEN h\nOPEN i\nGONE i\nGONE a\nOPEN j\nj: J: \\n", nil, []string{
			"i closed 4000 Too many peers connected", `j I: 1\n`, `j J: room1\n`}},
		{"a flood", "OPEN a\na: J: \\n\n" + strings.Repeat("a: O: 1\\nx\n", 19) + "TIME 100ms\na: O: 1\\ny\na: O: 1\\nz", nil, append(append([]string{`a I: 1\n`, `a J: room1\n`},
			slices.Repeat([]string{`a O: 1\nx`}, 19)...), `a O: 1\ny`, "a closed 4000 Too many messages")},
		{"the driver closes one", ab + "DROP b\nGONE b", abLog, []string{"b closed 4000 Does not read its messages", `a D: 101\n`}},
		{"the session", `
			OPEN a
			a: J: session\n
			ACCEPT a 7 1,9
			OPEN b
			b: {"type":0,"id":1,"data":"session"}
			TIME 1m
			ACCEPT b 7 1
			ACCEPT b 1 1
			ACCEPT b 8 1
			ACCEPT b 8 1
			POST a OFFER 8 x
			POST b CANDIDATE 7 y
			POST b PEER_DISCONNECT 7 -
			a: A: 8\nz
			b: {"type":4,"id":1234,"data":"w"}
			a: S: \n
			POST a OFFER 8 x
			b: {"type":2,"id":7,"data":""}`, nil, []string{
			"a asks in text", `a I: 7\n`, `a N: 1\n`, `a N: 9\n`, `a J: session\n`,
			"b asks in json",
			"error: another member of the session has the id", "error: not an id that a member can have",
			`b {"data":"true","id":8,"type":1}`, `b {"data":"","id":1,"type":2}`, `b {"data":"session","id":0,"type":0}`,
			"error: the member was accepted before",
			`a O: 8\nx`, `b {"data":"y","id":7,"type":6}`, `b {"data":"-","id":7,"type":3}`,
			`a tells ANSWER 8 "z"`, `b tells OFFER 1234 "w"`,
			"a closed 4000 Only host can seal the lobby", "error: the member has gone",
			"b closed 4000 Invalid command"}},
		{"who waits for the session may not speak", `
			OPEN a
			a: J: session\n
			a: O: 1\nx
			OPEN b
			b: J: session\n
			b: J: session\n
			ACCEPT a 7 1
			POST b OFFER 1 x`, nil, []string{
			"a asks in text", "a closed 4000 Invalid message when not in a lobby",
			"b asks in text", "b closed 4000 Already in a lobby", "error: the member has gone", "error: the member has gone"}},
		{"posts are for members of the session", ab + "POST b OFFER 1 x\nACCEPT b 7 1\nOPEN c\nACCEPT c 7 1\nc: J: session\\n\nPOST c OFFER 1 x", abLog, []string{
			"error: the member was not accepted", "error: the connection did not ask for the session", "error: the connection did not ask for the session",
			"c asks in text", "error: the member was not accepted"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := play(t, config(), test.script)
			want := append(slices.Clone(test.after), test.want...)
			if !slices.Equal(got, want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
			}
		})
	}
}

func TestASessionAlone(t *testing.T) {
	cfg := config()
	cfg.Alone = true
	got := play(t, cfg, "OPEN a\na: J: \\n\nOPEN b\nb: J: session\\n\nOPEN c\nc: J: other\\n")
	want := []string{"a asks in text", "b asks in text", "c closed 4000 Lobby does not exists"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIDsAreDrawnUntilOneIsFree(t *testing.T) {
	for _, draw := range []int32{-5, 0, 1, 2, 2147483647} {
		cfg := config()
		cfg.NewID = func() int32 { return draw }
		cfg.MaxMembers = 8
		got := play(t, cfg, "OPEN a\na: J: \\n\nOPEN b\nb: J: room1\\n\nOPEN c\nc: J: room1\\n")
		first, second := `b I: 2\n`, `c I: 3\n`
		if draw == 2147483647 {
			first, second = `b I: 2147483647\n`, `c I: 2\n`
		}
		if !slices.Contains(got, first) || !slices.Contains(got, second) {
			t.Errorf("draws of %d give %q", draw, got)
		}
	}
}

func TestDeadlines(t *testing.T) {
	h := New(config())
	expect := func(want time.Duration, is bool) {
		t.Helper()
		if got, ok := h.Deadline(); got != want || ok != is {
			t.Errorf("the deadline is %v, %v, want %v, %v", got, ok, want, is)
		}
	}
	expect(0, false)
	h.Open(5*time.Second, 'a', nil)
	h.Open(6*time.Second, 'b', nil)
	expect(6*time.Second, true)
	h.Gone('a')
	expect(7*time.Second, true)
	h.Receive(6*time.Second, 'b', []byte("J: \n"))
	expect(0, false)
	h.Receive(6*time.Second, 'b', []byte("S: \n"))
	expect(16*time.Second, true)
	h.Open(16*time.Second, 'c', nil)
	expect(16*time.Second, true)
	h.Advance(16 * time.Second)
	expect(17*time.Second, true)
}

func TestEveryCauseHasWords(t *testing.T) {
	names := map[string]bool{}
	for _, c := range Causes() {
		if c.String() == "" || names[c.String()] || c.Code() < 1000 || c.Reason() == "" || len(c.Reason()) > 123 {
			t.Errorf("cause %d: %q, %d %q", c, c.String(), c.Code(), c.Reason())
		}
		names[c.String()] = true
	}
}
