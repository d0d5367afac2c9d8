package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// outcome is what became of all repeats of a case. The lists of the servers
// have one entry per repeat; nil is a run that failed.
type outcome struct {
	c    testCase
	runs [][]result // by server, then by repeat
	bad  [][]string // by server: failures and doubts
}

// table is text in columns with a heading.
type table struct {
	head []string
	rows [][]string
}

// pairs are the servers whose ratio is worth a column, b over a: the second
// one over the first, and over the third if there is one.
func pairs(servers int) [][2]int {
	return [][2]int{{0, 1}, {2, 1}}[:max(0, servers-1)]
}

// tableOf has a line per case and figure.
func tableOf(servers []server, outcomes []outcome) table {
	t := table{head: []string{"case", "figure"}}
	for _, s := range servers {
		t.head = append(t.head, s.name)
	}
	for _, p := range pairs(len(servers)) {
		t.head = append(t.head, servers[p[1]].name+"/"+servers[p[0]].name)
	}
	for _, o := range outcomes {
		name := o.c.name
		for _, f := range o.c.figures {
			row := []string{name, f.label}
			values := make([][]float64, len(servers))
			for i, runs := range o.runs {
				values[i] = valuesOf(f, runs)
				row = append(row, spreadOf(present(values[i])).String())
			}
			for _, p := range pairs(len(servers)) {
				row = append(row, spreadOf(ratios(values[p[0]], values[p[1]])).String())
			}
			t.rows = append(t.rows, row)
			name = ""
		}
	}
	return t
}

// valuesOf keeps the places of failed runs, so that pairs stay pairs.
func valuesOf(f figure, runs []result) []float64 {
	values := make([]float64, len(runs))
	for i, r := range runs {
		v, ok := f.of(r)
		if !ok {
			v = missing
		}
		values[i] = v
	}
	return values
}

// text writes the table for a terminal.
func (t table) text(w io.Writer) {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	line := func(row []string) {
		var b strings.Builder
		for i, cell := range row {
			if i > 0 {
				b.WriteString("  ")
			}
			b.WriteString(cell)
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	line(t.head)
	rule := make([]string, len(widths))
	for i, width := range widths {
		rule[i] = strings.Repeat("-", width)
	}
	line(rule)
	for _, row := range t.rows {
		line(row)
	}
}

// markdown writes the table for a document. Every line names its case.
func (t table) markdown(w io.Writer) {
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(t.head, " | "), strings.Repeat(" --- |", len(t.head)))
	name := ""
	for _, row := range t.rows {
		if row[0] != "" {
			name = row[0]
		}
		fmt.Fprintf(w, "| %s | %s |\n", name, strings.Join(row[1:], " | "))
	}
}

// notes is what is to be said about single runs.
func notes(servers []server, outcomes []outcome) []string {
	var all []string
	for _, o := range outcomes {
		for i, list := range o.bad {
			for _, text := range list {
				all = append(all, fmt.Sprintf("%s, %s: %s", o.c.name, servers[i].name, text))
			}
		}
	}
	return all
}
