package godot3

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/link/enetlink"
	"crosspeer/variant"
)

// values are what GDScript expressions are in Go. Every type is there.
var values = []struct {
	script string
	v      any
}{
	{"null", nil},
	{"true", true},
	{"false", false},
	{"0", int64(0)},
	{"-1", int64(-1)},
	{"2147483647", int64(math.MaxInt32)},
	{"2147483648", int64(math.MaxInt32 + 1)},
	{"-2147483649", int64(math.MinInt32 - 1)},
	{"9223372036854775807", int64(math.MaxInt64)},
	{"0.5", 0.5},
	{"0.1", 0.1},
	{"-16777217.0", -16777217.0},
	{"INF", math.Inf(1)},
	{`""`, ""},
	{`"a"`, "a"},
	{`"quote \" slash \\ line \n tab \t end"`, "quote \" slash \\ line \n tab \t end"},
	{`"é 你好 😀"`, "é 你好 😀"},
	{"Vector2(1.5, -2)", variant.Vector2{X: 1.5, Y: -2}},
	{"Rect2(1, 2, 3, 4)", variant.Rect2{Position: variant.Vector2{X: 1, Y: 2}, Size: variant.Vector2{X: 3, Y: 4}}},
	{"Vector3(0.1, 2, 3)", variant.Vector3{X: 0.1, Y: 2, Z: 3}},
	{"Transform2D(Vector2(1, 2), Vector2(3, 4), Vector2(5, 6))",
		variant.Transform2D{X: variant.Vector2{X: 1, Y: 2}, Y: variant.Vector2{X: 3, Y: 4}, Origin: variant.Vector2{X: 5, Y: 6}}},
	{"Plane(0, 1, 0, 5)", variant.Plane{Normal: variant.Vector3{Y: 1}, D: 5}},
	{"Quat(0.1, 0.2, 0.3, 0.9)", variant.Quat{X: 0.1, Y: 0.2, Z: 0.3, W: 0.9}},
	{"AABB(Vector3(1, 2, 3), Vector3(4, 5, 6))", variant.AABB{Position: variant.Vector3{X: 1, Y: 2, Z: 3}, Size: variant.Vector3{X: 4, Y: 5, Z: 6}}},
	{"Basis(Vector3(1, 2, 3), Vector3(4, 5, 6), Vector3(7, 8, 9))", basis},
	{"Transform(Vector3(1, 2, 3), Vector3(4, 5, 6), Vector3(7, 8, 9), Vector3(10, 11, 12))",
		variant.Transform{Basis: basis, Origin: variant.Vector3{X: 10, Y: 11, Z: 12}}},
	{"Color(1, 0.5, 0.25, 2)", variant.Color{R: 1, G: 0.5, B: 0.25, A: 2}},
	{`NodePath("")`, variant.NodePath{}},
	{`NodePath("/root/Main")`, variant.Path("/root/Main")},
	{`NodePath("../A/B:pos:x")`, variant.Path("../A/B:pos:x")},
	{`NodePath(":modulate")`, variant.Path(":modulate")},
	{`NodePath("a//b")`, variant.Path("a//b")},
	{`NodePath("a/")`, variant.Path("a/")},
	{`NodePath("//a/:b:")`, variant.Path("//a/:b:")},
	{`NodePath("a:b/c")`, variant.Path("a:b/c")},
	{`NodePath("a::b")`, variant.Path("a::b")},
	{`NodePath("::b")`, variant.Path("::b")},
	{`NodePath("a::")`, variant.Path("a::")},
	{"{}", variant.Dictionary{}},
	{`{"z": 1, "a": [true, {2: null}], 1.5: Vector2(1, 2), Vector2(3, 4): "x"}`, variant.Dictionary{
		{Key: "z", Value: int64(1)},
		{Key: "a", Value: variant.Array{true, variant.Dictionary{{Key: int64(2), Value: nil}}}},
		{Key: 1.5, Value: variant.Vector2{X: 1, Y: 2}},
		{Key: variant.Vector2{X: 3, Y: 4}, Value: "x"},
	}},
	{"[]", variant.Array{}},
	{`[1, "two", [3.0, [null]]]`, variant.Array{int64(1), "two", variant.Array{3.0, variant.Array{nil}}}},
	{"PoolByteArray()", []byte{}},
	{"PoolByteArray([1, 2, 250])", []byte{1, 2, 250}},
	{"PoolIntArray([1, -2, 2147483647])", []int32{1, -2, math.MaxInt32}},
	{"PoolRealArray([0.5, 0.1])", []float32{0.5, 0.1}},
	{`PoolStringArray(["", "a", "abcd", "é"])`, []string{"", "a", "abcd", "é"}},
	{"PoolVector2Array([Vector2(1, 2), Vector2(3, 4)])", []variant.Vector2{{X: 1, Y: 2}, {X: 3, Y: 4}}},
	{"PoolVector3Array([Vector3(1, 2, 3)])", []variant.Vector3{{X: 1, Y: 2, Z: 3}}},
	{"PoolColorArray([Color(1, 0, 0, 1), Color(0, 0, 0, 0)])", []variant.Color{{R: 1, A: 1}, {}}},
	{"RID()", variant.RID(0)},
}

var basis = variant.Basis{
	X: variant.Vector3{X: 1, Y: 2, Z: 3}, Y: variant.Vector3{X: 4, Y: 5, Z: 6}, Z: variant.Vector3{X: 7, Y: 8, Z: 9},
}

// scripts is a GDScript list of the values.
func scripts() string {
	var list []string
	for _, v := range values {
		list = append(list, v.script)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// sized is encodings one after the other, each behind its size.
func sized(encodings [][]byte) (all []byte) {
	for _, b := range encodings {
		all = append(append(all, byte(len(b)), byte(len(b)>>8), byte(len(b)>>16), byte(len(b)>>24)), b...)
	}
	return all
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := variant.Marshal(v)
	if err != nil {
		t.Fatalf("%v: %v", v, err)
	}
	return b
}

// sameBytes says whether the engine's encoding is ours. Behind the names of a
// NodePath it leaves whatever was in its memory, which decoding and encoding
// again makes zero.
func sameBytes(t *testing.T, engine, ours []byte) bool {
	t.Helper()
	if string(engine) == string(ours) {
		return true
	}
	v, n, err := variant.Decode(engine)
	return err == nil && n == len(engine) && strings.Contains(variant.Godot3.Format(v), "NodePath(") &&
		string(encode(t, v)) == string(ours)
}

func TestTheEngineEncodesEveryTypeAsGoDoes(t *testing.T) {
	e := Start(t, "engine")
	var theirs []string
	e.Run("var out = []\nfor v in " + scripts() + ":\n\tout.append(var2bytes(v))\nreturn out").Into(&theirs)
	if len(theirs) != len(values) {
		t.Fatalf("%d encodings of %d values", len(theirs), len(values))
	}
	for i, want := range values {
		b, err := hex.DecodeString(theirs[i])
		if err != nil {
			t.Fatal(err)
		}
		if ours := encode(t, want.v); !sameBytes(t, b, ours) {
			t.Errorf("%s: Go encodes\n%x, the engine\n%x", want.script, ours, b)
		}
		if v, _, err := variant.Decode(b); err != nil || !reflect.DeepEqual(v, want.v) {
			t.Errorf("%s: Go decodes %#v, %v, want %#v", want.script, v, err, want.v)
		}
	}
}

func TestTheEngineDecodesEveryTypeOfGo(t *testing.T) {
	e := Start(t, "engine")
	var ours [][]byte
	var texts []string
	for _, v := range values {
		ours = append(ours, encode(t, v.v))
		texts = append(texts, strconv.Quote(strings.ReplaceAll(variant.Godot3.Format(v.v), "\n", `\n`)))
	}
	var out []struct {
		Same  bool   // as the expression
		Shown string // by the engine
		Again string // its encoding of what it has decoded
		Text  string // its encoding of what it reads in our text
	}
	e.RunWith(sized(ours), `
		var buffer = StreamPeerBuffer.new()
		buffer.data_array = bytes
		var texts = [`+strings.Join(texts, ", ")+`]
		var out = []
		for v in `+scripts()+`:
			var got = bytes2var(buffer.get_data(buffer.get_u32())[1])
			out.append({
				"Same": typeof(got) == typeof(v) and var2str(got) == var2str(v),
				"Shown": str(got), "Again": var2bytes(got), "Text": var2bytes(str2var(texts[out.size()])),
			})
		return out`).Into(&out)
	if len(out) != len(values) {
		t.Fatalf("%d of %d values", len(out), len(values))
	}
	for i, got := range out {
		if !got.Same {
			t.Errorf("%s: the engine decodes %s", values[i].script, got.Shown)
		}
		if again, err := hex.DecodeString(got.Again); err != nil || !sameBytes(t, again, ours[i]) {
			t.Errorf("%s: the engine encodes again as\n%x, want\n%x", values[i].script, again, ours[i])
		}
		text, err := hex.DecodeString(got.Text)
		if _, isRID := values[i].v.(variant.RID); err != nil || !isRID && !sameBytes(t, text, ours[i]) {
			t.Errorf("the engine reads the text %s as\n%x, want\n%x", texts[i], text, ours[i])
		}
	}
}

// reencoded is what the engine decodes and encodes again, nil for what it does
// not decode and for null. A StreamPeer gives null where bytes2var would end
// the script.
func reencoded(t *testing.T, e *Engine, encodings [][]byte) (again [][]byte) {
	t.Helper()
	var out []*string
	e.RunWith(sized(encodings), `
		var buffer = StreamPeerBuffer.new()
		buffer.data_array = bytes
		var out = []
		while buffer.get_position() < bytes.size():
			var start = buffer.get_position()
			var end = start + 4 + buffer.get_u32()
			buffer.seek(start)
			var v = buffer.get_var()
			out.append(null if v == null else var2bytes(v))
			buffer.seek(end)
		return out`).Into(&out)
	if len(out) != len(encodings) {
		t.Fatalf("%d of %d answers", len(out), len(encodings))
	}
	for _, s := range out {
		var b []byte
		if s != nil {
			var err error
			if b, err = hex.DecodeString(*s); err != nil {
				t.Fatal(err)
			}
		}
		again = append(again, b)
	}
	return again
}

// agree checks that Go reads the same in bytes as the engine, and says how many
// of them are values.
func agree(t *testing.T, e *Engine, encodings [][]byte) (taken int) {
	t.Helper()
	theirs := reencoded(t, e, encodings)
	for i, b := range encodings {
		v, _, err := variant.Decode(b)
		text := variant.Godot3.Format(v)
		switch {
		case theirs[i] == nil && err == nil && v != nil:
			t.Errorf("%x: Go decodes %s, the engine nothing", b, text)
		case theirs[i] == nil:
		case err != nil:
			t.Errorf("%x: Go says %v, the engine decodes %x", b, err, theirs[i])
		case strings.Contains(text, "Object("):
			// The engine gives its holder of an id another id.
		case !sameBytes(t, theirs[i], encode(t, v)):
			t.Errorf("%x: Go encodes %s again as\n%x, the engine as\n%x", b, text, encode(t, v), theirs[i])
		default:
			taken++
		}
	}
	return taken
}

func TestTheEngineAndGoAgreeOnDamagedBytes(t *testing.T) {
	e := Start(t, "engine")
	r := rand.New(rand.NewPCG(3, 23))
	var damaged [][]byte
	for len(damaged) < 5000 {
		b := encode(t, values[r.IntN(len(values))].v)
		for range 1 + r.IntN(2) {
			switch i := r.IntN(len(b)); r.IntN(5) {
			case 0:
				b = b[:max(i, 1)]
			case 1:
				b[i] ^= 1 << r.IntN(8)
			case 2:
				b[i] = byte(r.Uint32())
			case 3:
				b[i] = []byte{0, 1, 0x7f, 0x80, 0xc3, 0xe2, 0xed, 0xf4, 0xff}[r.IntN(9)]
			case 4:
				b = append(b, encode(t, values[r.IntN(len(values))].v)...)
			}
		}
		damaged = append(damaged, b)
	}
	if taken := agree(t, e, damaged); taken < 1000 || taken > 4000 {
		t.Errorf("%d of %d are values: that tells little", taken, len(damaged))
	}
}

func TestTheEngineAndGoAgreeOnWhatIsText(t *testing.T) {
	e := Start(t, "engine")
	var texts [][]byte
	add := func(text ...byte) {
		texts = append(texts, variant.Godot3.AppendString(nil, string(text)))
	}
	for lead := 0x80; lead <= 0xff; lead++ {
		for _, second := range []byte{'a', 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0x8f, 0x90, 0x98, 0xa0, 0xbb, 0xbf, 0xc0} {
			add(byte(lead), second)
			for _, third := range []byte{'a', 0x80, 0x81, 0x82, 0x84, 0x88, 0x90, 0xa0, 0xbf} {
				add(byte(lead), second, third)
				for _, more := range []string{"\x80", "\xbf\x80", "\x81\x80\xbf", "\x80\x80\x80z"} {
					add(append([]byte{byte(lead), second, third}, more...)...)
				}
			}
		}
	}
	for _, text := range []string{"\xef\xbb\xbf", "\xef\xbb\xbf\xef\xbb\xbfa", "\xf0\x8f\xbb\xbfa", "a\xef\xbb\xbf", "\xef\xbb\xbf\xff", "\xc3\x00\xa9", "\x00\xff"} {
		add([]byte(text)...)
	}
	if taken := agree(t, e, texts); taken < 1000 {
		t.Errorf("%d of %d are texts: that tells little", taken, len(texts))
	}
}

// valueSession is a Go server with a stock client that does not fetch its
// packets.
func valueSession(t *testing.T, cfg crosspeer.Config) (*crosspeer.Peer, *Engine) {
	t.Helper()
	e := Start(t, "client")
	p, err := crosspeer.Listen(t.Context(), &cfg, enetlink.Listen("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	_, port, err := net.SplitHostPort(strings.TrimPrefix(p.Addrs()[0], "enet://"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	c := e.Joining(n, ClientOptions{})
	if result := c.Join(); result != OK {
		t.Fatalf("joining returned %d", result)
	}
	c.Expect(PeerConnected(ServerID), Succeeded())
	e.Run("agent.draining = false\npeer.set_target_peer(1)\npeer.transfer_mode = 2")
	return p, e
}

// getVar waits for a value.
func getVar(t *testing.T, p *crosspeer.Peer, allowObjects bool) (any, error) {
	t.Helper()
	for p.AvailablePacketCount() == 0 {
		if err := p.PollContext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return p.GetVar(allowObjects)
}

func TestValuesTravelBetweenAGoServerAndAStockClient(t *testing.T) {
	p, e := valueSession(t, crosspeer.Config{})
	e.Run("for v in " + scripts() + ":\n\tpeer.put_var(v)")
	for _, want := range values {
		if v, err := getVar(t, p, false); err != nil || !reflect.DeepEqual(v, want.v) {
			t.Errorf("%s: put_var arrives as %#v, %v, want %#v", want.script, v, err, want.v)
		}
		if err := p.PutVar(want.v, false); err != nil {
			t.Errorf("%s: %v", want.script, err)
		}
	}
	var arrived []string
	for len(arrived) < len(values) {
		var more []string
		e.Run(fmt.Sprintf(`
			agent.turn()
			var values = %s
			var out = []
			while peer.get_available_packet_count() > 0:
				var got = peer.get_var()
				var want = values[%d + out.size()]
				var same = typeof(got) == typeof(want) and var2str(got) == var2str(want)
				out.append(var2bytes(got).hex_encode() if same else str(got))
			return out`, scripts(), len(arrived))).Into(&more)
		arrived = append(arrived, more...)
	}
	for i, got := range arrived {
		if b, err := hex.DecodeString(got); err != nil || !sameBytes(t, b, encode(t, values[i].v)) {
			t.Errorf("%s: PutVar arrives as %s", values[i].script, got)
		}
	}
}

func TestObjectsTravelAsIdsOrInFull(t *testing.T) {
	p, e := valueSession(t, crosspeer.Config{})
	var id string
	e.Run(`
		var o = Resource.new()
		o.resource_name = "nm"
		agent.set_meta("kept", o)
		peer.put_var(o)
		peer.put_var(o, true)
		peer.put_var(o, true)
		peer.allow_object_decoding = true
		peer.put_var([o])
		peer.allow_object_decoding = false
		return str(o.get_instance_id())`).Into(&id)
	if v, err := getVar(t, p, false); err != nil || fmt.Sprint(v.(variant.Object).ID) != id {
		t.Errorf("got %#v, %v, want the id %s", v, err, id)
	}
	if v, err := getVar(t, p, false); err == nil {
		t.Errorf("an object in full is taken: %#v", v)
	}
	v, err := getVar(t, p, true)
	o, ok := v.(variant.Object)
	if name, _ := o.Get("resource_name"); err != nil || !ok || o.Class != "Resource" || name != "nm" {
		t.Errorf("got %#v, %v, want a Resource named nm", v, err)
	}
	if v, err := getVar(t, p, true); err != nil || !reflect.DeepEqual(v, variant.Array{o}) {
		t.Errorf("got %#v, %v, want a list of the same", v, err)
	}

	for _, full := range []bool{true, true, false} {
		sent := o
		sent.ID = 77
		if err := p.PutVar(sent, full); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for len(got) < 3 {
		var more []string
		e.Run(fmt.Sprintf(`
			agent.turn()
			var out = []
			while peer.get_available_packet_count() > 0:
				var o = peer.get_var(%d + out.size() == 0)
				if o == null:
					out.append("refused")
				elif o is EncodedObjectAsID:
					out.append("id " + str(o.object_id))
				else:
					out.append(o.get_class() + " " + o.resource_name)
			return out`, len(got))).Into(&more)
		got = append(got, more...)
	}
	if want := []string{"Resource nm", "refused", "id 77"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the client got %q, want %q", got, want)
	}
}
