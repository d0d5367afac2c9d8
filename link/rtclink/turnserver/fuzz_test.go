package turnserver

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/turn/v5"

	"crosspeer/internal/hostile"
)

// FuzzUsername gives nobody the key of another, and none at all to one whose
// time is over.
func FuzzUsername(f *testing.F) {
	s := &Server{cfg: Config{Secret: "secret"}}
	at := func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) + ":player" }
	valid, late := at(time.Now().Add(24*time.Hour)), at(time.Now().Add(-time.Hour))
	ask := func(username string) (key []byte, ok bool) {
		_, key, ok = s.authenticate(&turn.RequestAttributes{Username: username, Realm: "realm"})
		return key, ok
	}
	if _, ok := ask(valid); !ok {
		f.Fatalf("%q may not come in", valid)
	}
	if _, ok := ask(late); ok {
		f.Fatalf("%q may come in", late)
	}
	own, _ := ask(valid)
	hostile.Fuzz(f, [][]byte{[]byte(valid), []byte(late), []byte("9999999999:x")}, func(b []byte) { ask(string(b)) }, func(t testing.TB, b []byte) {
		key, ok := ask(string(b))
		expires, _, _ := strings.Cut(string(b), ":")
		if n, err := strconv.ParseInt(expires, 10, 64); ok && (err != nil || n <= time.Now().Add(-time.Minute).Unix()) {
			t.Fatalf("%q may come in", b)
		}
		if ok && string(b) != valid && string(key) == string(own) {
			t.Fatalf("%q has the key of %q", b, valid)
		}
	})
}
