package crosspeer_test

import (
	"testing"

	"crosspeer"
)

// form is an encoded form that counts its releases.
type form struct{ released int }

func (f *form) Release() { f.released++ }

func TestAFrameRemembersTwoFramings(t *testing.T) {
	var f crosspeer.Frame
	forms := []*form{{}, {}, {}, {}}
	check := func(when string, want map[string]crosspeer.Releaser, released ...int) {
		t.Helper()
		for _, name := range []string{"a", "b", "c", "d"} {
			if got := f.Encoding(name); got != want[name] {
				t.Errorf("%s, %s: %p, want %p", when, name, got, want[name])
			}
		}
		for i, n := range released {
			if forms[i].released != n {
				t.Errorf("%s, form %d was released %d times, want %d", when, i, forms[i].released, n)
			}
		}
	}
	check("empty", nil, 0, 0, 0, 0)
	f.SetEncoding("a", forms[0])
	check("with one", map[string]crosspeer.Releaser{"a": forms[0]}, 0, 0, 0, 0)
	f.SetEncoding("b", forms[1])
	check("with two", map[string]crosspeer.Releaser{"a": forms[0], "b": forms[1]}, 0, 0, 0, 0)
	f.SetEncoding("c", forms[2])
	check("with a third", map[string]crosspeer.Releaser{"a": forms[0], "c": forms[2]}, 0, 1, 0, 0)
	f.SetEncoding("d", forms[3])
	check("with a fourth", map[string]crosspeer.Releaser{"a": forms[0], "d": forms[3]}, 0, 1, 1, 0)
	f.Kind, f.Peer, f.Hint, f.Data = crosspeer.FrameAdd, 50, 3, []byte("x")
	f.Reset()
	check("after Reset", nil, 1, 1, 1, 1)
	if f.Kind != 0 || f.Peer != 0 || f.Hint != 0 || f.Data != nil {
		t.Errorf("after Reset it has %v, %d, %d, %q", f.Kind, f.Peer, f.Hint, f.Data)
	}
	f.Reset()
	check("after another", nil, 1, 1, 1, 1)
}
