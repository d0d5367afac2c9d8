package hostile

import (
	"bytes"
	"testing"
)

func TestTheSameSeedDamagesTheSame(t *testing.T) {
	valid := [][]byte{[]byte("a message"), {}, bytes.Repeat([]byte("long "), 100)}
	one, two, other := NewDamager(1, 300, valid), NewDamager(1, 300, valid), NewDamager(2, 300, valid)
	differ, damaged := 0, 0
	for range 10_000 {
		b := one.Next()
		if !bytes.Equal(b, two.Next()) {
			t.Fatal("the same seed gives different copies")
		}
		if len(b) > 300 {
			t.Fatalf("a copy of %d bytes", len(b))
		}
		if !bytes.Equal(b, other.Next()) {
			differ++
		}
		if !bytes.Equal(b, valid[0]) && !bytes.Equal(b, valid[1]) && !bytes.Equal(b, valid[2][:300]) {
			damaged++
		}
	}
	if differ < 9000 || damaged < 8000 {
		t.Errorf("of 10000 copies %d depend on the seed and %d are damaged", differ, damaged)
	}
	if string(valid[0]) != "a message" || !bytes.Equal(valid[2], bytes.Repeat([]byte("long "), 100)) {
		t.Error("a message itself was damaged")
	}
}

func TestAllocationsAreMeasured(t *testing.T) {
	var kept []byte
	take := func(n int) func([]byte) {
		return func([]byte) { kept = make([]byte, n) }
	}
	if n := allocated(take(MaxAllocation+1), nil); n <= MaxAllocation || n > 2*MaxAllocation {
		t.Errorf("%d bytes measured for %d", n, MaxAllocation+1)
	}
	if n := allocated(take(1000), nil, nil); n > MaxAllocation {
		t.Errorf("%d bytes measured for 2000", n)
	}
	if len(kept) != 1000 {
		t.Error("nothing was parsed")
	}
}
