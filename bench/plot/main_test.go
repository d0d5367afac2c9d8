package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

const recorded = `{"suite":"growth","case":"10 idle","server":"go","server_util":0.001,"rss_connected_kb":9000}
{"suite":"growth","case":"10 idle","server":"go","server_util":0.003,"rss_connected_kb":9000}
{"suite":"growth","case":"1000 idle","server":"go","server_util":0.02,"rss_connected_kb":12000}
{"suite":"growth","case":"1000 idle","server":"c","server_util":0.04,"rss_connected_kb":4000}
{"suite":"growth","case":"1000 beside","server":"go","server_util":0.07}
{"suite":"growth","case":"4000 idle","server":"c","error":"it failed"}
{"suite":"relay","case":"5000 idle","server":"x","server_util":1}
`

func TestPointsAreMediansInOrder(t *testing.T) {
	runs, err := read(nil, strings.NewReader(recorded))
	if err != nil || !slices.Equal(serversOf(runs), []string{"c", "go"}) {
		t.Fatalf("%v, %v", serversOf(runs), err)
	}
	got := fmt.Sprintf("%.2f", charts[0].points(runs, "go"))
	if want := "[{10.00 0.20} {1000.00 2.00}]"; got != want {
		t.Errorf("points %s, want %s", got, want)
	}
	if got := charts[0].points(runs, "c"); len(got) != 1 {
		t.Errorf("the reference has %v", got)
	}
}

func TestAxis(t *testing.T) {
	a := axisOf([]float64{10, 3000}, 0, 300)
	for v, want := range map[float64]float64{10: 0, 100: 100, 10000: 300} {
		if got := a.at(v); got < want-0.01 || got > want+0.01 {
			t.Errorf("%g is at %g, want %g", v, got, want)
		}
	}
	if a := axisOf([]float64{10}, 0, 1); a.high != a.low+1 {
		t.Errorf("one value: %+v", a)
	}
}

func TestThePictureIsXML(t *testing.T) {
	runs, err := read(nil, strings.NewReader(recorded))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := draw(&b, runs); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"prefers-color-scheme: dark", ">1,000<", charts[2].title} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in the picture", want)
		}
	}
	circles := 0
	for d := xml.NewDecoder(&b); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
			circles++
		}
	}
	if circles != 7 {
		t.Errorf("%d points, want 7", circles)
	}
}
