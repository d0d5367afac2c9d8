package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheEncryptionPage does what the page says: it makes the certificate, has
// crosspeer serve with it, and joins with the command and with the game. The
// distribution's engine ignores use_dtls, so the game comes in the clear, as
// the page says too.
func TestTheEncryptionPage(t *testing.T) {
	const page = "docs/encryption.md"
	local := func(s string) string { return strings.ReplaceAll(s, "game.example", "localhost") }
	dir := t.TempDir()
	sh := blocks(t, page, "sh")
	make := exec.Command("sh", "-c", local(sh[0]))
	make.Dir = dir
	if out, err := make.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	bin := filepath.Join(dir, "crosspeer")
	build := exec.Command("go", "build", "-o", bin, "./cmd/crosspeer")
	build.Dir = checkout(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	args := strings.Fields(sh[2])
	if args[0] != "crosspeer" || args[1] != "serve" {
		t.Fatalf("the third command is %q", sh[2])
	}
	serve := exec.Command(bin, append(args[1:], "--dtls", "allow", "--http", "off")...)
	serve.Dir = dir
	server := runs(t, serve)
	expect(t, "serve", server, "listening on=enets://")

	join := exec.Command(bin, "join", "enets://localhost", "--ca", "game.crt")
	join.Dir = dir
	in, err := join.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	client := runs(t, join)
	expect(t, "join", client, "+ peer 1, the server")
	expect(t, "serve", server, `tls="DTLS 1.2 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"`)

	cmd := game(t, local(blocks(t, page, "gdscript")[0]))
	cert, err := os.ReadFile(filepath.Join(dir, "game.crt"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(cmd.Dir, "game.crt"), string(cert))
	expect(t, "the game", runs(t, cmd), "I am peer ")
	expect(t, "serve", server, "compression=none peers=2")
}
