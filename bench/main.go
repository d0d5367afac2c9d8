package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const defaultServer = "c=bench/bin/enetrelay --port {port} --mode {mode} --max-peers {max} {extra}"

type options struct {
	suites   []suite
	servers  []server // the reference, the one under test, an older one of it
	reps     int
	quick    bool
	markdown bool
	verbose  bool
	results  string // directory
	bench    bench
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string, log io.Writer) (options, error) {
	var (
		o     options
		specs [3]string
		names string
		load  string
		err   error
	)
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is told once, by main
	flags.StringVar(&names, "suite", "all", "suites, separated by commas")
	flags.StringVar(&specs[0], "a", defaultServer, "name=command of the first server")
	flags.StringVar(&specs[1], "b", "", "name=command of the second one; without it there are no ratios")
	flags.StringVar(&specs[2], "base", "", "name=command of a third one, beside which the second stands too; it may fail")
	flags.IntVar(&o.reps, "reps", 0, "repeats of each case (default 5, 1 with -quick)")
	flags.BoolVar(&o.quick, "quick", false, "few cases and short windows: about a minute for all suites with two servers")
	flags.BoolVar(&o.markdown, "markdown", false, "print Markdown tables")
	flags.BoolVar(&o.verbose, "v", false, "tell about every run on standard error")
	flags.StringVar(&load, "load", "", "more options of the load generator, such as \"--payload 200 --checksum\"")
	flags.StringVar(&o.results, "results", "bench/results", "directory for the lines of JSON; empty: write none")
	flags.StringVar(&o.bench.bin, "bin", "bench/bin", "directory of enetload and lossy")
	flags.IntVar(&o.bench.serverCPU, "server-cpu", 0, "processor of the server, -1 for any")
	flags.IntVar(&o.bench.loadCPU, "load-cpu", 1, "processor of the load, -1 for any")
	flags.IntVar(&o.bench.nice, "nice", 0, "niceness of server and load; below 0 keeps other work away but needs privileges")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: bench [-suite names] [-a name=command] [-b name=command] [flags]")
		flags.PrintDefaults()
		fmt.Fprintln(flags.Output(), "suites:")
		for _, s := range suites {
			fmt.Fprintf(flags.Output(), "  %-10s %s\n", s.name, s.about)
		}
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(log)
			flags.Usage()
		}
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	o.bench.options = strings.Fields(load)
	if o.suites, err = findSuites(names); err != nil {
		return o, err
	}
	for _, spec := range specs {
		if spec == "" {
			continue
		}
		s, err := parseServer(spec)
		if err != nil {
			return o, err
		}
		o.servers = append(o.servers, s)
	}
	if o.reps == 0 {
		o.reps = pick(o.quick, 5, 1)
	}
	if o.reps < 0 || len(o.servers) == 0 {
		return o, errors.New("nothing to run: -reps below 0 or no server")
	}
	if specs[2] != "" && len(o.servers) < 3 {
		return o, errors.New("-base without -a and -b")
	}
	return o, nil
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	o, err := parse(args, log)
	if err != nil {
		return err
	}
	if err := needTools(o.bench); err != nil {
		return err
	}
	record, err := openRecord(o.results)
	if err != nil {
		return err
	}
	defer record.close()
	begin, failed := time.Now(), 0
	for _, s := range o.suites {
		outcomes, err := runSuite(ctx, o, s, record, log)
		if err != nil {
			return err
		}
		printSuite(out, o, s, outcomes)
		if goals := goalTable(o.servers, outcomes); len(goals.rows) > 0 {
			printGoals(ctx, out, o, goals)
		}
		for _, oc := range outcomes {
			failed += oc.failures()
		}
	}
	fmt.Fprintf(out, "\n%d repeats, %.0f s. Medians, in brackets the range.%s\n", o.reps, time.Since(begin).Seconds(), record.mention())
	if failed > 0 {
		return fmt.Errorf("%d runs failed", failed)
	}
	return record.close()
}

// needTools tells early what every run would stumble over.
func needTools(b bench) error {
	for _, program := range []string{"enetload", "lossy"} {
		if _, err := os.Stat(b.bin + "/" + program); err != nil {
			return fmt.Errorf("%w; build it with make -C bench/c", err)
		}
	}
	for cpu, option := range map[int]string{b.serverCPU: "-server-cpu", b.loadCPU: "-load-cpu"} {
		if cpu >= runtime.NumCPU() {
			return fmt.Errorf("%s %d: there are %d processors", option, cpu, runtime.NumCPU())
		}
	}
	if _, err := exec.LookPath("taskset"); err != nil && (b.serverCPU >= 0 || b.loadCPU >= 0) {
		return fmt.Errorf("%w; it is part of util-linux, or use -server-cpu -1 -load-cpu -1", err)
	}
	return nil
}

func printSuite(out io.Writer, o options, s suite, outcomes []outcome) {
	t := tableOf(o.servers, outcomes)
	bullet := "! "
	if o.markdown {
		bullet = "- "
	}
	printTable(out, o, s.name+": "+s.about, t)
	list := notes(o.servers, outcomes)
	if warning := foreignLoad(outcomes); warning != "" {
		list = append(list, warning)
	}
	if o.markdown && len(list) > 0 {
		fmt.Fprintln(out)
	}
	for _, note := range list {
		fmt.Fprintf(out, "%s%s\n", bullet, note)
	}
}

// printTable prints a table under a heading.
func printTable(out io.Writer, o options, title string, t table) {
	heading, write := "\n%s\n\n", t.text
	if o.markdown {
		heading, write = "\n### %s\n\n", t.markdown
	}
	fmt.Fprintf(out, heading, title)
	write(out)
}

// printGoals prints what became of the goals, and of the one that tests hold.
func printGoals(ctx context.Context, out io.Writer, o options, t table) {
	if !o.quick {
		t.rows = append(t.rows, allocationRow(ctx, len(t.head)))
	}
	printTable(out, o, "goals", t)
}
