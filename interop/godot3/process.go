package godot3

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

//go:embed agent.gd
var agentSource []byte

const projectSource = "config_version=4\n\n[application]\n\nconfig/name=\"agent\"\n"

// process is a running engine with its project folder. A goroutine waits for
// the process, so that it is reaped whatever ends it.
type process struct {
	cmd    *exec.Cmd
	output *os.File      // standard output and error, in the order written
	done   chan struct{} // closed once the process has ended and is reaped
}

// startProcess runs the agent in an engine that has a project folder and a
// home of its own. atExit is called when the process has ended.
func startProcess(t testing.TB, controlPort int, atExit func()) *process {
	t.Helper()
	path := Find(t)
	dir := t.TempDir()
	// The engine complains when the folder for its user data is not there.
	if err := os.MkdirAll(filepath.Join(dir, "data", "godot", "app_userdata", "agent"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"project.godot": []byte(projectSource), "agent.gd": agentSource} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// A file and not a pipe: what the engine wrote before an answer is
	// certainly in it when the answer is here.
	output, err := os.Create(filepath.Join(dir, "output"))
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(path, "-s", "agent.gd"), output: output, done: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = output, output
	p.cmd.Env = append(os.Environ(),
		"HOME="+dir,
		"XDG_DATA_HOME="+filepath.Join(dir, "data"),
		"XDG_CONFIG_HOME="+filepath.Join(dir, "config"),
		"XDG_CACHE_HOME="+filepath.Join(dir, "cache"),
		"LC_ALL=C.UTF-8",
		"LANG=en_US.UTF-8",
		fmt.Sprintf("CROSSPEER_CONTROL_PORT=%d", controlPort),
		fmt.Sprintf("CROSSPEER_INLINE_LIMIT=%d", InlineLimit),
	)
	if err := p.cmd.Start(); err != nil {
		output.Close()
		t.Fatalf("start %s: %v", path, err)
	}
	go func() {
		// The error is the exit status, which ProcessState keeps.
		_ = p.cmd.Wait()
		atExit()
		close(p.done)
	}()
	return p
}

// kill ends the process without giving it a chance to say goodbye, and
// returns when it is gone.
func (p *process) kill() {
	// The only error is that the process has ended already.
	_ = p.cmd.Process.Kill()
	<-p.done
}

// written returns what the engine has written from an offset on.
func (p *process) written(from int64) string {
	info, err := p.output.Stat()
	if err != nil || info.Size() <= from {
		return ""
	}
	text := make([]byte, info.Size()-from)
	n, _ := p.output.ReadAt(text, from)
	return string(text[:n])
}
