package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"crosspeer/internal/hostile"
)

// FuzzVar converts anything from every form to every form. The first byte says
// which. What comes out is read again.
func FuzzVar(f *testing.F) {
	from := []string{"hex", "base64", "raw", "text", "json"}
	to := []string{"text", "json", "hex", "base64", "raw"}
	var seeds [][]byte
	for i, input := range []string{vec, "BQAAAAAAgD8AAABA", "\x02\x00\x00\x00\x07\x00\x00\x00",
		`{"id": 42, "pos": Vector2(1, 2), &"x": [^"a/b", Plane(1, 2, 3, 4)]}`, `{"a":[1,2.5,"x",null,true]}`} {
		for way := range 4 * len(to) { // into each form, for each version
			seeds = append(seeds, append([]byte{byte(i + 5*(way%5) + 25*(way/5%2) + 50*(way/10))}, input...))
		}
	}
	convert := func(c varCmd, input []byte) ([]byte, error) {
		var out bytes.Buffer
		err := c.Run(streams{in: bytes.NewReader(input), out: &out, err: io.Discard})
		return out.Bytes(), err
	}
	command := func(b []byte) (varCmd, []byte) {
		if len(b) == 0 {
			b = []byte{0}
		}
		way := int(b[0])
		c := varCmd{From: from[way%5], To: to[way/5%5], Godot: []string{"3", "4"}[way/25%2], Objects: way/50%2 == 1}
		c.All = way/100%2 == 1 && way%5 < 3
		return c, b[1:]
	}
	hostile.Fuzz(f, seeds, func(b []byte) { convert(command(b)) }, func(t testing.TB, b []byte) {
		c, input := command(b)
		out, err := convert(c, input)
		if err != nil || c.All || c.Godot == "3" {
			return // of several only the first is read, and Godot 3 reads texts that no text form has
		}
		back := varCmd{From: c.To, To: c.To, Godot: c.Godot, Objects: c.Objects}
		again, err := convert(back, out)
		if err == nil {
			out, err = convert(back, again) // NaN and the like settle
		}
		if err != nil || !bytes.Equal(out, again) {
			t.Fatalf("%s of %q as %s: %q, then %q, %v", c.From, input, c.To, out, again, err)
		}
	})
}

// FuzzURL reads anything as the URL of a server. What is wrong is said in one
// line.
func FuzzURL(f *testing.F) {
	seeds := [][]byte{[]byte("enet://host:4242"), []byte("host"), []byte("wss://[::1]:443/path?q"), []byte("rtc+ws://u:p@h/x#f"), []byte("ws://h%20:1")}
	read := func(b []byte) (error, error) {
		c := joinCmd{URL: string(b), Compression: "none"}
		_, err := c.dialer()
		return err, checkAddress("--enet", string(b))
	}
	hostile.Fuzz(f, seeds, func(b []byte) { read(b) }, func(t testing.TB, b []byte) {
		first, second := read(b)
		for _, err := range []error{first, second} {
			if err != nil && (strings.Contains(err.Error(), "\n") || err.Error() == "") {
				t.Fatalf("%q: %q", b, err)
			}
		}
	})
}

// FuzzReadable prints anything without moving the cursor of a terminal.
func FuzzReadable(f *testing.F) {
	seeds := [][]byte{[]byte("hello"), []byte("\x04hello"), []byte("\x1b[2J"), bytes.Repeat([]byte{0xff}, 100)}
	hostile.Fuzz(f, seeds, func(b []byte) { readable(b) }, func(t testing.TB, b []byte) {
		s := readable(b)
		if !utf8.ValidString(s) || !printable([]byte(s)) || len(s) > max(len(b), 4*shownBytes)+20 {
			t.Fatalf("%q is shown as %q", b, s)
		}
	})
}
