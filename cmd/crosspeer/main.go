// Command crosspeer serves and joins sessions of Godot's high-level
// multiplayer.
//
//	crosspeer serve                        # a relay for Godot games
//	crosspeer join enet://localhost:4242   # see events, type lines
//	crosspeer var 0200000007000000         # what the bytes mean
//	crosspeer token make --key arena.key --audience arena-3
//	crosspeer version
//
// Logs go to standard error, results to standard output. Exit codes: 0 done,
// 1 failed, 2 wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run a server that Godot games join."`
	Join    joinCmd    `cmd:"" help:"Join a session, see its events, send typed lines."`
	Var     varCmd     `cmd:"" help:"Show a value of Godot's that was captured, and make one."`
	Token   tokenCmd   `cmd:"" help:"Make and show connect tokens, and their keys."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// streams are the standard ones, or a test's.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := interruptible()
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// interruptible gives a context that the first Ctrl-C ends. The second one
// ends the program.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	c := make(chan os.Signal, 2)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-c
		cancel()
		<-c
		os.Exit(exitFailed)
	}()
	return ctx, cancel
}

// run is the program without the process around it.
func run(ctx context.Context, args []string, std streams) (code int) {
	exited := -1
	parser, err := kong.New(new(cli),
		kong.Name("crosspeer"),
		kong.Description("Godot's high-level multiplayer peer for Go: server, client and relay."),
		kong.DefaultEnvars("CROSSPEER"),
		kong.Writers(std.out, std.err),
		kong.Exit(func(c int) { exited = c; panic(exited) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ValueFormatter(describe),
	)
	if err != nil {
		panic(err) // the commands above are wrong
	}
	defer func() { // --help ends the program from inside the parser
		if exited >= 0 {
			recover()
			code = exited
		}
	}()
	k, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(std.err, "crosspeer: %v; see crosspeer --help\n", err)
		return exitUsage
	}
	if err := k.Run(); err != nil {
		fmt.Fprintf(std.err, "crosspeer: %s\n", explain(err))
		var usage *usageError
		if errors.As(err, &usage) {
			return exitUsage
		}
		return exitFailed
	}
	return exitDone
}

// usageError is a flag or argument that parses but makes no sense.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// describe is what --help says of a flag: its text, its default, its name in
// the environment.
func describe(v *kong.Value) string {
	text := kong.DefaultHelpValueFormatter(v)
	if v.HasDefault && !v.IsBool() && v.Default != "" && v.Default != "0" {
		before, envs, found := strings.Cut(text, " ($")
		text = before + " [" + v.Default + "]"
		if found {
			text += " ($" + envs
		}
	}
	return text
}
