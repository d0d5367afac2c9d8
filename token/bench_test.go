package token

import "testing"

func BenchmarkVerify(b *testing.B) {
	key := testKey(b, 1)
	v := verifier(b, NewKeyRing(key.Public()))
	t := sign(b, key, valid())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(t, noon, remote); err != nil {
			b.Fatal(err)
		}
	}
}
