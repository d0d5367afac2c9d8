package docs

import (
	"bufio"
	"context"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crosspeer/interop/godot3"
)

// checkout is the root of the module.
func checkout(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// blocks gives the fenced blocks of a language in a document.
func blocks(t *testing.T, document, language string) (found []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(checkout(t), document))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), "```"+language+"\n")
	for ok {
		var block string
		block, rest, _ = strings.Cut(rest, "\n```")
		found = append(found, block+"\n")
		_, rest, ok = strings.Cut(rest, "```"+language+"\n")
	}
	return found
}

// program gives the one block that is a whole Go program.
func program(t *testing.T, document string) string {
	t.Helper()
	for _, b := range blocks(t, document, "go") {
		if strings.HasPrefix(b, "package main") {
			return b
		}
	}
	t.Fatalf("%s has no Go program", document)
	return ""
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// build makes a binary of a pasted program, in a module of its own that is
// set up as the documents say.
func build(t *testing.T, source string) string {
	t.Helper()
	dir := module(t, "mygame", map[string]string{"main.go": source})
	inModule(t, dir, "build", "-o", "mygame", ".")
	return filepath.Join(dir, "mygame")
}

// module makes a Go module of pasted files, set up as the documents say.
func module(t *testing.T, name string, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for file, source := range files {
		write(t, filepath.Join(dir, file), source)
	}
	inModule(t, dir, "mod", "init", name)
	inModule(t, dir, "mod", "edit", "-require", "crosspeer@v0.0.0", "-replace", "crosspeer="+checkout(t))
	inModule(t, dir, "mod", "tidy")
	inModule(t, dir, "vet", ".")
	return dir
}

// inModule runs the go command, which must succeed.
func inModule(t *testing.T, dir string, args ...string) (out string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	b, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %v: %v\n%s", args, err, b)
	}
	return string(b)
}

// runs starts a program that ends with the test, and gives its lines.
func runs(t *testing.T, cmd *exec.Cmd) <-chan string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	lines := make(chan string, 1000)
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(lines)
		for s := bufio.NewScanner(r); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		<-read
		r.Close()
	})
	return lines
}

// expect waits for a line that contains a text.
func expect(t *testing.T, who string, lines <-chan string, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var seen []string
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("%s has ended without %q; it said:\n%s", who, want, strings.Join(seen, "\n"))
			}
			if strings.Contains(line, want) {
				return
			}
			seen = append(seen, line)
		case <-ctx.Done():
			t.Fatalf("%s does not say %q; it said:\n%s", who, want, strings.Join(seen, "\n"))
		}
	}
}

// game makes a Godot project whose main scene is a node with a pasted script,
// and gives the command that runs it.
func game(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "project.godot"), `config_version=4
[application]
config/name="snippet"
run/main_scene="res://main.tscn"
`)
	write(t, filepath.Join(dir, "main.tscn"), `[gd_scene load_steps=2 format=2]
[ext_resource path="res://main.gd" type="Script" id=1]
[node name="Main" type="Node"]
script = ExtResource( 1 )
`)
	write(t, filepath.Join(dir, "main.gd"), script)
	cmd := exec.Command(godot3.Find(t))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8")
	return cmd
}

// The programs listen on port 4242, as they do for a reader, so they run one
// after the other.
func TestTheDocumentsProgramsMeet(t *testing.T) {
	for _, tt := range []struct {
		document string
		server   []string // what the Go program says
		client   []string // what the game says, in this order
	}{
		{
			document: "README.md",
			server:   []string{" joined", "sent 17 bytes, reliable"},
			client:   []string{"peer 1 is there", "I am peer ", "peer 1 says hello from Godot"},
		},
		{
			document: "docs/getting-started.md",
			server:   []string{" joined", `"\x04hello from Godot"`},
			client:   []string{"peer 1 is there", "I am peer ", "peer 1 says you are one of 1", "peer 1 says hello from Godot"},
		},
		{
			document: "docs/rpc.md",
			server:   []string{" has 100 gold"},
			client:   []string{"bought sword, 80 gold left"},
		},
		{
			document: "docs/variant.md",
			server:   []string{` is at Vector2(10.5, -3) with ["sword"]`},
			client:   []string{"the server says {id:7, items:[sword], pos:(11.5, -3)}"},
		},
	} {
		t.Run(tt.document, func(t *testing.T) {
			scripts := blocks(t, tt.document, "gdscript")
			if len(scripts) != 1 {
				t.Fatalf("%d scripts, want 1", len(scripts))
			}
			cmd := game(t, scripts[0])
			server := runs(t, exec.Command(build(t, program(t, tt.document))))
			client := runs(t, cmd)
			for _, line := range tt.client {
				expect(t, "the game", client, line)
			}
			for _, line := range tt.server {
				expect(t, "the Go program", server, line)
			}
		})
	}
}

// The transport that the document builds passes the suite that it names.
func TestTheDocumentsTransportConforms(t *testing.T) {
	files := map[string]string{}
	for _, b := range blocks(t, "docs/custom-transport.md", "go") {
		switch {
		case !strings.HasPrefix(b, "package mylink"):
		case strings.Contains(b, "func Test"):
			files["mylink_test.go"] = b
		default:
			files["mylink.go"] = b
		}
	}
	if len(files) != 2 {
		t.Fatalf("the document has %d of the transport's two files", len(files))
	}
	out := inModule(t, module(t, "mylink", files), "test", "-count=1", "-v", ".")
	for _, want := range []string{
		"--- PASS: TestConformance/packets_reach_exactly_those_that_they_are_for",
		"--- PASS: TestConformance/a_dial_to_nowhere_ends_with_its_context",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the suite does not say %q:\n%s", want, out)
		}
	}
}

// crosspeer serve takes the place of the Go program; two games then see each
// other.
func TestTheDocumentsGamesMeetInServe(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "crosspeer")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/crosspeer")
	cmd.Dir = checkout(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	script := blocks(t, "README.md", "gdscript")[0]
	first, second := game(t, script), game(t, script)
	server := runs(t, exec.Command(bin, "serve"))
	expect(t, "serve", server, "listening on=enet://")
	a := runs(t, first)
	expect(t, "the first game", a, "I am peer ")
	expect(t, "serve", server, "peer joined")
	b := runs(t, second)
	expect(t, "the second game", b, "I am peer ")
	expect(t, "the first game", a, "says hello from Godot")
	expect(t, "serve", server, "peers=2")
}

// The games of docs/admission.md bring a token to crosspeer serve, over ENet and
// over WebSocket, and without a good one hear that they are refused.
func TestTheDocumentsTokensLetGamesIn(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "crosspeer")
	inCheckout := func(name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Dir = checkout(t)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	inCheckout("go", "build", "-o", bin, "./cmd/crosspeer")
	key := filepath.Join(dir, "arena")
	inCheckout(bin, "token", "key", key)
	text := inCheckout(bin, "token", "make", "--key", key+".key", "--audience", "arena-3", "--subject", "ann")
	server := runs(t, exec.Command(bin, "serve", "--token-keys", key+".pem", "--session", "arena-3"))
	expect(t, "serve", server, "listening on=ws://")
	var scripts []string
	for _, b := range blocks(t, "docs/admission.md", "gdscript") {
		if strings.HasPrefix(b, "extends Node") {
			scripts = append(scripts, b)
		}
	}
	if len(scripts) != 2 {
		t.Fatalf("%d scripts, want 2", len(scripts))
	}
	for i, says := range []string{"token sent", "I am in"} {
		good, bad := game(t, scripts[i]), game(t, scripts[i])
		good.Env = append(good.Env, "TOKEN="+text)
		bad.Env = append(bad.Env, "TOKEN="+text[:len(text)-6]+"AAAAAA")
		expect(t, "the game", runs(t, good), says)
		expect(t, "serve", server, "who=ann")
		expect(t, "the game with a damaged token", runs(t, bad), "refused")
		expect(t, "serve", server, "its signature is wrong")
	}
}

func TestTheDocumentsGoIsFormatted(t *testing.T) {
	documents, err := filepath.Glob(filepath.Join(checkout(t), "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(documents, filepath.Join(checkout(t), "README.md")) {
		rel, err := filepath.Rel(checkout(t), path)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range blocks(t, rel, "go") {
			formatted, err := format.Source([]byte(b))
			if err != nil {
				t.Errorf("%s, block %d: %v", rel, i+1, err)
			} else if string(formatted) != b && !aligned(b) {
				t.Errorf("%s, block %d is not formatted; want\n%s", rel, i+1, formatted)
			}
		}
	}
}

// aligned says whether a fragment has comments that line up by hand, which
// the formatter sees only in whole files.
func aligned(b string) bool { return strings.Contains(b, "   // ") || strings.Contains(b, "  // ") }

func TestTheDocumentsLinkToWhatIsThere(t *testing.T) {
	documents, err := filepath.Glob(filepath.Join(checkout(t), "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Glob(filepath.Join(checkout(t), "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(documents, top...) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for rest := string(b); ; {
			_, after, ok := strings.Cut(rest, "](")
			if !ok {
				break
			}
			var link string
			link, rest, _ = strings.Cut(after, ")")
			if strings.Contains(link, "://") || strings.Contains(link, " ") { // elsewhere, or Go
				continue
			}
			file, _, _ := strings.Cut(link, "#")
			if file == "" {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), file)); err != nil {
				t.Error(fmt.Errorf("%s links to %s: %w", filepath.Base(path), link, err))
			}
		}
	}
}
