package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
)

// The picture, in pixels: charts beside each other, each with room for its
// labels.
const (
	chartWidth, chartHeight = 250.0, 200.0
	left, top               = 48.0, 56.0
	gap, bottom             = 62.0, 46.0
)

// style has colours for light pages and for dark ones.
const style = `<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.grid { stroke: #d0d7de; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
.s0 { stroke: #0969da; fill: #0969da } .s1 { stroke: #bc4c00; fill: #bc4c00 } .s2 { stroke: #6e7781; fill: #6e7781 }
text.s0, text.s1, text.s2 { stroke: none }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.grid { stroke: #3d444d }
.s0 { stroke: #58a6ff; fill: #58a6ff } .s1 { stroke: #ffa657; fill: #ffa657 } .s2 { stroke: #9198a1; fill: #9198a1 }
}
</style>
`

// axis is a logarithmic scale between two powers of ten.
type axis struct {
	low, high  float64 // exponents
	from, upto float64 // pixels
}

// axisOf has room for some values, and for a power of ten at least.
func axisOf(values []float64, from, upto float64) axis {
	a := axis{math.Inf(1), math.Inf(-1), from, upto}
	for _, v := range values {
		a.low, a.high = min(a.low, math.Floor(math.Log10(v))), max(a.high, math.Ceil(math.Log10(v)))
	}
	if a.high <= a.low {
		a.high = a.low + 1
	}
	return a
}

func (a axis) at(v float64) float64 {
	return a.from + (math.Log10(v)-a.low)/(a.high-a.low)*(a.upto-a.from)
}

func draw(out io.Writer, runs []run) error {
	w := bufio.NewWriter(out)
	servers := serversOf(runs)
	width := left + float64(len(charts))*(chartWidth+gap) - gap + 24
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" role="img" aria-label="What many peers cost">`+"\n%s",
		width, top+chartHeight+bottom, style)
	for i, s := range servers {
		fmt.Fprintf(w, `<text class="s%d" x="%.0f" y="16">— %s</text>`+"\n", i%3, left+float64(i)*110, s)
	}
	for i, c := range charts {
		c.draw(w, runs, servers, left+float64(i)*(chartWidth+gap))
	}
	fmt.Fprintln(w, "</svg>")
	return w.Flush()
}

// draw draws a chart at x: a grid, and a line for each server. What is 0 has
// no place on a logarithmic scale.
func (c chart) draw(w io.Writer, runs []run, servers []string, x float64) {
	var sizes, values []float64
	lines := make([][]point, len(servers))
	for i, s := range servers {
		for _, p := range c.points(runs, s) {
			if p.value > 0 {
				sizes, values, lines[i] = append(sizes, p.n), append(values, p.value), append(lines[i], p)
			}
		}
	}
	if len(values) == 0 {
		return
	}
	h, v := axisOf(sizes, x, x+chartWidth), axisOf(values, top+chartHeight, top)
	fmt.Fprintf(w, `<text class="title" x="%.0f" y="%.0f">%s</text>`+"\n", x, top-14, c.title)
	for e := h.low; e <= h.high; e++ {
		at := h.at(math.Pow(10, e))
		fmt.Fprintf(w, `<path class="grid" d="M%.1f %.0fV%.0f"/><text x="%.1f" y="%.0f" text-anchor="middle">%s</text>`+"\n",
			at, top, top+chartHeight, at, top+chartHeight+18, label(e))
	}
	for e := v.low; e <= v.high; e++ {
		at := v.at(math.Pow(10, e))
		fmt.Fprintf(w, `<path class="grid" d="M%.0f %.1fH%.0f"/><text x="%.0f" y="%.1f" text-anchor="end">%s</text>`+"\n",
			x, at, x+chartWidth, x-6, at+4, label(e))
	}
	fmt.Fprintf(w, `<text x="%.0f" y="%.0f" text-anchor="middle">peers</text>`+"\n", x+chartWidth/2, top+chartHeight+36)
	for i, line := range lines {
		path := ""
		for _, p := range line {
			path += fmt.Sprintf(" %.1f,%.1f", h.at(p.n), v.at(p.value))
			fmt.Fprintf(w, `<circle class="s%d" cx="%.1f" cy="%.1f" r="3"/>`+"\n", i%3, h.at(p.n), v.at(p.value))
		}
		if path != "" {
			fmt.Fprintf(w, `<polyline class="line s%d" style="fill:none" points="%s"/>`+"\n", i%3, path[1:])
		}
	}
}

// label writes a power of ten.
func label(exponent float64) string {
	if exponent >= 3 {
		return fmt.Sprintf("%.0f,000", math.Pow(10, exponent-3))
	}
	return fmt.Sprintf("%g", math.Pow(10, exponent))
}
