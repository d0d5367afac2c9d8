package engine

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestRingKeepsOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var r ring[int]
	var want []int
	for i := range 20_000 {
		if rnd.IntN(2) == 0 || i%2000 < 600 {
			if got := r.push(i); *got != i {
				t.Fatalf("push gives the place of %d, want %d", *got, i)
			}
			want = append(want, i)
		} else if r.len() > 0 {
			if *r.at(0) != want[0] {
				t.Fatalf("the front is %d, want %d", *r.at(0), want[0])
			}
			r.pop()
			want = want[1:]
		}
		if r.len() == 0 {
			r.shrink(peerRing)
		}
		if r.len() != len(want) {
			t.Fatalf("%d elements, want %d", r.len(), len(want))
		}
		if i%100 == 0 {
			var got []int
			for k := range r.len() {
				got = append(got, *r.at(k))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	}
}

func TestRingGivesTheMemoryOfABurstBack(t *testing.T) {
	use := func(r *ring[int], n int) {
		for i := range n {
			r.push(i)
		}
		for range n {
			r.pop()
		}
		r.shrink(peerRing)
	}
	for _, tt := range []struct {
		name string
		uses []int
		want int // capacity in the end
	}{
		{"small uses", []int{10, 50, 64}, 64},
		{"a large burst", []int{peerRing + 1}, 0},
		{"steady use", []int{300, 300, 300}, 512},
		{"steady use that ends", []int{300, 300, 5}, 0},
		{"steady use that ends, then goes on", []int{300, 5, 300}, 512},
		{"steady use with pauses", []int{300, 0, 0, 300, 0}, 512},
	} {
		var r ring[int]
		for _, n := range tt.uses {
			use(&r, n)
		}
		if len(r.buf) != tt.want {
			t.Errorf("%s: capacity %d, want %d", tt.name, len(r.buf), tt.want)
		}
	}
}
