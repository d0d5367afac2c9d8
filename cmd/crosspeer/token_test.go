package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ran runs a command to its end, with nothing on standard input.
func ran(t *testing.T, args ...string) (out, errs string, code int) {
	t.Helper()
	p := start(t, nil, args...)
	p.stdin.Close()
	code = p.wait()
	return strings.TrimSuffix(p.out.all(), "\n"), strings.TrimSuffix(p.err.all(), "\n"), code
}

// must gives the output of a command that has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, code := ran(t, args...)
	if code != exitDone || errs != "" {
		t.Fatalf("%v ends with %d: %s", args, code, errs)
	}
	return out
}

// pair makes a pair of keys and gives their path without extension.
func pair(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, "token", "key", path)
	return path
}

func TestATokenIsMadeAndInspected(t *testing.T) {
	key := pair(t, "arena")
	info, err := os.Stat(key + ".key")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret key's mode is %v, %v", info.Mode(), err)
	}
	text := must(t, "token", "make", "--key", key+".key", "--audience", "arena-3", "--expires", "2h", "--not-before", "1h", "--single-use",
		"--source", "192.0.2.7/24", "--source", "2001:db8::7", "--id", "7", "--subject", "ann", "--meta", "team=red", "--meta", "note=a;b=c",
		"--packets-per-sec", "60", "--bytes-per-sec", "9000")
	out := must(t, "token", "inspect", text)
	for _, line := range []string{
		"audience     arena-3", "subject      ann", "single use   yes", "sources      192.0.2.0/24 2001:db8::7/128", "peer id      7",
		"packets/s    60", "bytes/s      9000", "meta         team=red", "meta         note=a;b=c", "verdict      not checked, see --key",
	} {
		if !strings.Contains(out+"\n", line+"\n") {
			t.Errorf("%s\nhas no line %q", out, line)
		}
	}
	for _, part := range []string{"Z (in 2h0m", "Z (in 1h0m", "Z (in 1h59m", "Z (in 59m"} {
		if strings.Contains(out, part) {
			return
		}
	}
	t.Errorf("%s\ndoes not say when it begins and ends", out)
}

func TestVerdictsOfInspect(t *testing.T) {
	key, other := pair(t, "arena"), pair(t, "other")
	text := must(t, "token", "make", "--key", key+".key", "--audience", "arena-3", "--source", "192.0.2.0/24", "--single-use")
	for _, tt := range []struct {
		name string
		args []string
		out  string // at its end
		errs string
		code int
	}{
		{"accepted", []string{"--key", key + ".pem"}, "verdict      accepted", "", exitDone},
		{"accepted, by the secret key", []string{"--key", key + ".key"}, "verdict      accepted", "", exitDone},
		{"accepted, by a directory", []string{"--key", filepath.Dir(key)}, "verdict      accepted", "", exitDone},
		{"accepted from there", []string{"--key", key + ".pem", "--audience", "arena-3", "--from", "192.0.2.9"}, "verdict      accepted", "", exitDone},
		{"another key", []string{"--key", other + ".pem"}, "verdict      refused", "which is not accepted here", exitFailed},
		{"another session", []string{"--key", key + ".pem", "--audience", "arena-4"}, "verdict      refused", `it is for the session "arena-3"`, exitFailed},
		{"from elsewhere", []string{"--key", key + ".pem", "--from", "192.0.3.1"}, "verdict      refused", "who come from 192.0.3.1", exitFailed},
		{"later", []string{"--key", key + ".pem", "--at", "2100-01-01T00:00:00Z"}, "verdict      refused", "it expired at", exitFailed},
		{"no key there", []string{"--key", "absent.pem"}, "", "no such file", exitFailed},
		{"no address", []string{"--key", key + ".pem", "--from", "here"}, "", "want an IP address", exitUsage},
		{"an address and no key", []string{"--from", "192.0.2.9"}, "", "needs --key", exitUsage},
		{"a time that is none", []string{"--at", "noon"}, "", "--at", exitUsage},
	} {
		out, errs, code := ran(t, append([]string{"token", "inspect", text}, tt.args...)...)
		if code != tt.code || !strings.HasSuffix(out, tt.out) || !strings.Contains(errs, tt.errs) || (errs == "") != (tt.errs == "") {
			t.Errorf("%s: it ends with %d:\n%s\n%s", tt.name, code, out, errs)
		}
	}
	p := start(t, nil, "token", "inspect", "--key", key+".pem")
	p.types(text)
	p.stdin.Close()
	if code := p.wait(); code != exitDone {
		t.Errorf("from standard input it ends with %d", code)
	}
}

func TestWrongUsesOfToken(t *testing.T) {
	key := pair(t, "arena")
	mk := func(args ...string) []string {
		return append([]string{"token", "make", "--key", key + ".key", "--audience", "arena-3"}, args...)
	}
	for _, tt := range []struct {
		name string
		args []string
		says string
		code int
	}{
		{"a pair that is there", []string{"token", "key", key}, "exists already", exitFailed},
		{"a directory that is not", []string{"token", "key", key + "/no/x"}, "no such file or directory", exitFailed},
		{"the public key", []string{"token", "make", "--key", key + ".pem", "--audience", "a"}, "it has no secret key; a public one cannot sign", exitFailed},
		{"no key", []string{"token", "make", "--key", "absent", "--audience", "a"}, "no such file", exitFailed},
		{"no flag", []string{"token", "make"}, "missing flags", exitUsage},
		{"no time", mk("--expires", "0s"), "--expires must be 1s or more", exitUsage},
		{"a beginning after the end", mk("--not-before", "1h"), "--not-before must be less than --expires, 1h0m0s", exitUsage},
		{"a source that is none", mk("--source", "here"), `--source "here"`, exitUsage},
		{"the server's id", mk("--id", "1"), "--id is 1", exitUsage},
		{"a long subject", mk("--subject", strings.Repeat("x", 129)), "--subject has 129 bytes", exitUsage},
		{"inspecting something else", []string{"token", "inspect", "hello"}, "this is no token: the text of one begins with cp1.", exitFailed},
	} {
		out, errs, code := ran(t, tt.args...)
		if code != tt.code || out != "" || !strings.Contains(errs, tt.says) {
			t.Errorf("%s: it ends with %d: %q %q", tt.name, code, out, errs)
		}
	}
	if _, err := os.Stat(key + ".key"); err != nil {
		t.Error(err)
	}
}
