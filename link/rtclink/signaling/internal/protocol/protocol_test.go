package protocol_test

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"crosspeer/internal/hostile"
	. "crosspeer/link/rtclink/signaling/internal/protocol"
)

var iceServers = []ICEServer{
	{URLs: []string{"stun:s.example"}},
	{URLs: []string{"turn:t.example?transport=udp", "turn:t.example?transport=tcp"}, Username: "u", Credential: "p\"w"},
}

func TestMessagesByteForByte(t *testing.T) {
	for _, test := range []struct {
		dialect Dialect
		m       Message
		text    string
	}{
		{JSON, Message{Kind: Join}, `{"data":"","id":0,"type":0}`},
		{JSON, Message{Kind: Join, ID: WantClientServer, Data: "room"}, `{"data":"room","id":1,"type":0}`},
		{JSON, Message{Kind: ID, ID: 1, Data: "true"}, `{"data":"true","id":1,"type":1}`},
		{JSON, Message{Kind: PeerConnect, ID: 2147483647}, `{"data":"","id":2147483647,"type":2}`},
		{JSON, Message{Kind: PeerDisconnect, ID: 7}, `{"data":"","id":7,"type":3}`},
		{JSON, Message{Kind: Offer, ID: 1, Data: "v=0\r\no=- \"\\/ ä€\t<&>\u2028\x01"},
			`{"data":"v=0\r\no=- \"\\/ ä€\t<&>` + "\u2028" + `\u0001","id":1,"type":4}`},
		{JSON, Message{Kind: Answer, ID: 9, Data: "x"}, `{"data":"x","id":9,"type":5}`},
		{JSON, Message{Kind: Candidate, ID: 1, Data: "\n0\n0\ncandidate:1"}, `{"data":"\n0\n0\ncandidate:1","id":1,"type":6}`},
		{JSON, Message{Kind: Seal}, `{"data":"","id":0,"type":7}`},
		{JSON, Message{Kind: ID, ID: 5, Data: "true", ICEServers: iceServers},
			`{"data":"true","iceServers":[{"urls":["stun:s.example"]},{"credential":"p\"w","urls":["turn:t.example?transport=udp","turn:t.example?transport=tcp"],"username":"u"}],"id":5,"type":1}`},
		{Text, Message{Kind: Join}, "J: \n"},
		{Text, Message{Kind: Join, Data: "room"}, "J: room\n"},
		{Text, Message{Kind: ID, ID: 1}, "I: 1\n"},
		{Text, Message{Kind: PeerConnect, ID: 2147483647}, "N: 2147483647\n"},
		{Text, Message{Kind: PeerDisconnect, ID: 7}, "D: 7\n"},
		{Text, Message{Kind: Offer, ID: 1, Data: "v=0\r\no=-\n\n"}, "O: 1\nv=0\r\no=-\n\n"},
		{Text, Message{Kind: Answer, ID: 9, Data: ""}, "A: 9\n"},
		{Text, Message{Kind: Candidate, ID: 1, Data: "\ndata\n0\ncandidate:1"}, "C: 1\n\ndata\n0\ncandidate:1"},
		{Text, Message{Kind: Seal}, "S: \n"},
	} {
		if got := string(test.dialect.Append([]byte("> "), test.m)); got != "> "+test.text {
			t.Errorf("%v %+v is written\n\t%q, want\n\t%q", test.dialect, test.m, got, test.text)
		}
		got, err := test.dialect.Parse([]byte(test.text))
		if err != nil || !reflect.DeepEqual(got, test.m) {
			t.Errorf("%v %q is read %+v, %v, want %+v", test.dialect, test.text, got, err, test.m)
		}
		if d, got, err := Recognize([]byte(test.text)); d != test.dialect || err != nil || !reflect.DeepEqual(got, test.m) {
			t.Errorf("%q is taken for %v %+v, %v", test.text, d, got, err)
		}
	}
}

func TestForeignFormsAreRead(t *testing.T) {
	for _, test := range []struct {
		dialect Dialect
		text    string
		m       Message
	}{
		{JSON, " \r\n\t{ \"type\" : 4 , \"id\" : 2.0 , \"data\" : \"x\" } ", Message{Kind: Offer, ID: 2, Data: "x"}},
		{JSON, `{"more":{"a":[1]},"type":0,"id":0,"data":"","Type":9}`, Message{Kind: Join}},
		{JSON, `{"type":0,"id":0}`, Message{Kind: Join}},
		{JSON, `{"type":5e0,"id":1e2,"data":"\u00e4"}`, Message{Kind: Answer, ID: 100, Data: "ä"}},
		{JSON, `{"type":8,"id":1}`, Message{Kind: Unknown, ID: 1}},
		{JSON, `{"type":256,"id":1}`, Message{Kind: Unknown, ID: 1}},
		{JSON, `{"type":255,"id":1}`, Message{Kind: Unknown, ID: 1}},
		{Text, "J:  a room \r\n", Message{Kind: Join, Data: "a room"}},
		{Text, "J: {\n", Message{Kind: Join, Data: "{"}},
		{Text, "S: whatever\nmore", Message{Kind: Seal}},
		{Text, "O:  5 \nx", Message{Kind: Offer, ID: 5, Data: "x"}},
		{Text, "Z: 5\nx", Message{Kind: Unknown, ID: 5}},
		{Text, "N: 5\nignored", Message{Kind: PeerConnect, ID: 5}},
	} {
		if d, got, err := Recognize([]byte(test.text)); d != test.dialect || err != nil || !reflect.DeepEqual(got, test.m) {
			t.Errorf("%q is taken for %v %+v, %v, want %v %+v", test.text, d, got, err, test.dialect, test.m)
		}
	}
}

func TestWhatIsNoMessage(t *testing.T) {
	for _, text := range []string{
		"", " ", "garbage", "J:", "J: ", "J:\n", "J:room\n", "\nJ: \n", "JJ: \n", "N:5\n", "N: \n", "N: x\n", "N: -1\n", "N: +1\n",
		"N: 2147483648\n", "N: 1 2\n", "O: 1", "J: \xff\n", "O: 1\n\xff",
		"{", "{}", "null", "[]", "7", `"J: \n"`, "{\"type\":0}", `{"id":0}`, `{"type":-1,"id":0}`, `{"type":0,"id":-1}`,
		`{"type":"0","id":0}`, `{"type":0,"id":"0"}`, `{"type":0.5,"id":0}`, `{"type":0,"id":1.5}`, `{"type":null,"id":0}`,
		`{"type":0,"id":2147483648}`, `{"type":0,"id":1e999}`, `{"type":0,"id":0,"data":null}`, `{"type":0,"id":0,"data":7}`,
		`{"type":0,"id":0,"data":{}}`, `{"type":0,"id":0,"data":"x"}}`, `{"type":0,"id":0,"data":"` + "\xff" + `"}`, "{\"type\":0,\"id\":0,\"data\":\"\n\"}",
		`{"type":1,"id":2,"data":"","iceServers":7}`, `{"TYPE":0,"ID":0}`,
	} {
		if d, m, err := Recognize([]byte(text)); err != ErrFormat {
			t.Errorf("%q is taken for %v %+v, %v", text, d, m, err)
		}
	}
}

func TestCandidates(t *testing.T) {
	for _, test := range []struct {
		data string
		want ICE
		ok   bool
	}{
		{"\ndata\n0\ncandidate:1 1 UDP", ICE{"data", 0, "candidate:1 1 UDP"}, true},
		{"data\n2\ncandidate:1", ICE{"data", 2, "candidate:1"}, true},
		{"\n\ndata\n\n1\ncandidate:1\n", ICE{"data", 1, "candidate:1"}, true},
		{"\n\n0\ncandidate:1", ICE{}, false}, // an empty mid is not possible
		{"\ndata\nx\ncandidate:1", ICE{}, false},
		{"\ndata\n-1\ncandidate:1", ICE{}, false},
		{"\ndata\n70000\ncandidate:1", ICE{}, false},
		{"\ndata\n0\ncandidate:1\nmore", ICE{}, false},
		{"", ICE{}, false},
	} {
		got, err := ParseCandidate(test.data)
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("%q is read %+v, %v", test.data, got, err)
		}
	}
	if got := FormatCandidate(ICE{"data", 3, "candidate:1"}); got != "\ndata\n3\ncandidate:1" {
		t.Errorf("%q", got)
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		Join.String(): "JOIN", Seal.String(): "SEAL", Unknown.String(): "kind 255",
		JSON.String(): "json", Text.String(): "text", Dialect(9).String(): "dialect 9",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// recorded gives every recorded message of both directions.
func recorded(f *testing.F) (messages [][]byte) {
	b, err := os.ReadFile("../../testdata/webrtc-signaling-sessions.json")
	if err != nil {
		f.Fatal(err)
	}
	var file struct {
		Servers []struct {
			Steps []struct {
				Messages []struct{ Text *string }
			}
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		f.Fatal(err)
	}
	for _, s := range file.Servers {
		for _, step := range s.Steps {
			for _, m := range step.Messages {
				if m.Text != nil {
					messages = append(messages, []byte(*m.Text))
				}
			}
		}
	}
	return messages
}

// canonical checks that what was read is written in a form that is read the
// same, and written the same again.
func canonical(t testing.TB, d Dialect, m Message) {
	if m.Kind == Unknown {
		return
	}
	if m.ID < 0 {
		t.Fatalf("the id is %d", m.ID)
	}
	form := d.Append(nil, m)
	again, err := d.Parse(form)
	if err != nil {
		t.Fatalf("%+v is written %q, which is not read: %v", m, form, err)
	}
	if second := d.Append(nil, again); string(second) != string(form) {
		t.Fatalf("%q is read %+v and written %q", form, again, second)
	}
	if again.Data != m.Data || again.ID != m.ID && m.Kind != Join && m.Kind != Seal || again.Kind != m.Kind {
		t.Fatalf("%+v is read back %+v", m, again)
	}
}

func FuzzText(f *testing.F) {
	hostile.Fuzz(f, recorded(f), func(b []byte) { Text.Parse(b) }, func(t testing.TB, b []byte) {
		if m, err := Text.Parse(b); err == nil {
			canonical(t, Text, m)
		}
	})
}

func FuzzJSON(f *testing.F) {
	seeds := append(recorded(f), []byte(`{"type":1,"id":2,"data":"true","iceServers":[{"urls":["stun:x"],"username":"u","credential":"c"}]}`))
	hostile.Fuzz(f, seeds, func(b []byte) { JSON.Parse(b) }, func(t testing.TB, b []byte) {
		if m, err := JSON.Parse(b); err == nil {
			canonical(t, JSON, m)
		}
	})
}

func FuzzCandidate(f *testing.F) {
	seeds := [][]byte{[]byte("\ndata\n0\ncandidate:1 1 UDP"), []byte("\n\ndata\n\n65535\ncandidate:1\n")}
	parse := func(b []byte) { ParseCandidate(string(b)) }
	hostile.Fuzz(f, seeds, parse, func(t testing.TB, b []byte) {
		c, err := ParseCandidate(string(b))
		if err != nil {
			return
		}
		if again, err := ParseCandidate(FormatCandidate(c)); err != nil || again != c {
			t.Fatalf("%q is read %+v, and read again %+v, %v", b, c, again, err)
		}
	})
}

func FuzzRecognize(f *testing.F) {
	hostile.Fuzz(f, recorded(f), func(b []byte) { Recognize(b) }, func(t testing.TB, b []byte) {
		d, m, err := Recognize(b)
		same, err2 := d.Parse(b)
		if err != err2 || !reflect.DeepEqual(m, same) {
			t.Fatalf("%q is recognized as %v %+v, %v, and read %+v, %v", b, d, m, err, same, err2)
		}
	})
}
