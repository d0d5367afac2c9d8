package main

import (
	"strings"
	"testing"
)

// converted runs crosspeer var with input on standard input, and gives its
// output.
func converted(t *testing.T, input string, args ...string) (out, errs string, code int) {
	t.Helper()
	p := start(t, nil, append([]string{"var"}, args...)...)
	if _, err := p.stdin.Write([]byte(input)); err != nil {
		t.Fatal(err)
	}
	p.stdin.Close()
	code = p.wait()
	return p.out.all(), p.err.all(), code
}

// vec is Vector2(1, 2), game what a game might send.
const (
	vec  = "050000000000803f00000040"
	game = "1200000002000000040000000200000069640000020000002a0000000400000003000000706f7300" + vec
)

func TestVarShowsValuesAndMakesThem(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stdin string
		args  []string
		want  string
	}{
		{"hex to text", "", []string{vec}, "Vector2(1, 2)"},
		{"hex as captures have it", "", []string{"05 00:00:00,0000803F", "0x00 0x00 0x00 0x40"}, "Vector2(1, 2)"},
		{"hex of standard input", "0500 0000\n0000803f\n00000040\n", nil, "Vector2(1, 2)"},
		{"base64", "", []string{"--from", "base64", "BQAAAAAAgD8AAABA"}, "Vector2(1, 2)"},
		{"base64 of URLs, padded", "", []string{"--from", "base64", "FAAAAAIAAAD7_wAA=="}, "PoolByteArray(251, 255)"},
		{"bytes as they are", "\x02\x00\x00\x00\x07\x00\x00\x00", []string{"--from", "raw"}, "7"},
		{"a dictionary", "", []string{game}, `{"id": 42, "pos": Vector2(1, 2)}`},
		{"to JSON", "", []string{"--to", "json", vec}, `{"type":"Vector2","x":1,"y":2}`},
		{"JSON to hex", `{"type": "Vector2", "x": 1, "y": 2}`, []string{"--from", "json"}, vec},
		{"text to hex", "", []string{"--from", "text", `{"id": 42, "pos":`, `Vector2(1, 2)}`}, game},
		{"text to base64", "", []string{"--from", "text", "--to", "base64", "Vector2(1, 2)"}, "BQAAAAAAgD8AAABA"},
		{"text to JSON", "", []string{"--from", "text", "--to", "json", "7"}, `{"type":"int","value":"7"}`},
		{"text to bytes", "", []string{"--from", "text", "--to", "raw", "0x41424344"}, "\x02\x00\x00\x00DCBA"},
		{"Godot 4", "", []string{"--godot", "4", "1c000100020000000200000002000000010000000200000002000000"}, "Array[int]([1, 2])"},
		{"Godot 4 from text", "", []string{"--godot", "4", "--from", "text", "Array[int]([1, 2])"}, "1c000100020000000200000002000000010000000200000002000000"},
		{"behind a header", "", []string{"--skip", "8", "0100000000000000" + vec}, "Vector2(1, 2)"},
		{"several values", "", []string{"--all", vec + "0200000007000000"}, "Vector2(1, 2)\n7"},
		{"an object's id", "", []string{"11000100d204000000000000"}, "Object(1234)"},
		{"an object in full", "", []string{"--objects", "11000000090000005265666572656e63650000000100000006000000736372697074000000000000"},
			`Object(Reference, "script": null)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, code := converted(t, tt.stdin, tt.args...)
			if strings.TrimSuffix(out, "\n") != tt.want || errs != "" || code != exitDone {
				t.Errorf("it says %q, %q and ends with %d, want %q", out, errs, code, tt.want)
			}
		})
	}
}

func TestVarTellsOfBytesThatAreLeft(t *testing.T) {
	out, errs, code := converted(t, "", vec+"0200000007000000")
	if out != "Vector2(1, 2)\n" || errs != "crosspeer: 8 more bytes from offset 12 on; see --all\n" || code != exitDone {
		t.Errorf("it says %q, %q and ends with %d", out, errs, code)
	}
}

func TestVarMistakesAreOneClearLine(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stdin string
		args  []string
		code  int
		want  string
	}{
		{"no bytes", "", nil, exitFailed, "offset 0: want 4 bytes of a value's header, have 0"},
		{"too few", "", []string{"05000000"}, exitFailed, "offset 4: want 8 bytes of Vector2, have 0"},
		{"too few behind a header", "", []string{"--skip", "8", "010000000000000005000000"}, exitFailed, "offset 12: want 8 bytes of Vector2, have 0"},
		{"too few in the second", "", []string{"--all", vec + "02000000"}, exitFailed, "offset 16: want 4 bytes of int, have 0"},
		{"no type", "", []string{"1b000000"}, exitFailed, "offset 0: want a type of Godot 3, have number 27"},
		{"too deep", strings.Repeat("1300000001000000", 1025), nil, exitFailed, "offset 8196: over the limit Config.MaxDepth, which is 1024"},
		{"an object in full", "", []string{"1100000000000000"}, exitFailed,
			"offset 0: want an Object as its id, since Config.AllowObjects is not set, have one in full; see --objects"},
		{"no hex", "", []string{"05zz"}, exitFailed, "no hex at digit 3: 'z'; see --from for other forms"},
		{"half a byte", "", []string{"050"}, exitFailed, "3 digits in hex: the last byte has only one"},
		{"a text that Godot would cut", `["a\u0000b"]`, []string{"--from", "text", "--to", "text"}, exitFailed, "[0]: want text, have a zero byte at 1, where Godot ends a text"},
		{"no base64", "", []string{"--from", "base64", "BQ!A"}, exitFailed, "no base64 at character 3"},
		{"no text", "", []string{"--from", "text", "Vector2(1)"}, exitFailed, "offset 9: want ',', have ')'"},
		{"no JSON", "", []string{"--from", "json", `{"type": `}, exitFailed, "offset 9: want JSON, have unexpected EOF"},
		{"JSON that is no value", "", []string{"--from", "json", `{"type": "int"}`}, exitFailed, ".value: want an integer of 64 bits, have null"},
		{"not in Godot 3", "", []string{"--from", "text", "Vector2i(1, 2)"}, exitFailed, "want a type of Godot 3, have Vector2i"},
		{"another form", "", []string{"--from", "yaml", "x"}, exitUsage, `--from must be one of "hex","base64","raw","text","json" but got "yaml"; see crosspeer --help`},
		{"another Godot", "", []string{"--godot", "5", vec}, exitUsage, `--godot must be one of "3","4" but got "5"; see crosspeer --help`},
		{"skipping too much", "", []string{"--skip", "13", vec}, exitUsage, "--skip 13: there are 12 bytes"},
		{"skipping back", "", []string{"--skip=-1", vec}, exitUsage, "--skip must be 0 or more"},
		{"all of a text", "", []string{"--all", "--from", "text", "1"}, exitUsage, "--all and --skip are for bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, code := converted(t, tt.stdin, tt.args...)
			if out != "" && tt.name != "too few in the second" || errs != "crosspeer: "+tt.want+"\n" || code != tt.code {
				t.Errorf("it says %q, %q and ends with %d, want %q and %d", out, errs, code, tt.want, tt.code)
			}
		})
	}
}
