package variant

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// random makes values of every type of a dialect.
type random struct {
	*rand.Rand
	d Dialect
}

func newRandom(d Dialect, seed uint64) random { return random{rand.New(rand.NewPCG(seed, 1)), d} }

func (r random) float() float32 {
	switch r.IntN(8) {
	case 0:
		return float32(math.Inf(1))
	case 1:
		return math.Float32frombits(r.Uint32()) // NaNs too
	case 2:
		return 0
	}
	return float32(r.IntN(2001)-1000) / 8
}

func (r random) double() float64 {
	switch r.IntN(8) {
	case 0:
		return math.Inf(-1)
	case 1:
		return math.Float64frombits(r.Uint64() | 1<<51) // quiet NaNs
	case 2:
		return 0.1
	}
	return float64(r.float32())
}

func (r random) float32() float32 { return float32(r.IntN(2001)-1000) / 8 }

func (r random) int() int64 { return int64(r.Uint64()) >> r.IntN(64) }

func (r random) text() string {
	var b strings.Builder
	for range r.IntN(7) {
		b.WriteRune([]rune{'a', '"', '\\', '\n', 'é', '你', '😀', '/', ':', 0x7f}[r.IntN(10)])
	}
	return b.String()
}

func (r random) texts() (list []string) {
	for range r.IntN(4) {
		list = append(list, r.text())
	}
	return list
}

func (r random) numbers(t Type) any {
	f := make([]float32, numberCount[t])
	n := make([]int32, numberCount[t])
	for i := range f {
		f[i], n[i] = r.float(), int32(r.Uint32())
	}
	if t.isWhole() {
		return ofWholes(t, n)
	}
	return ofNumbers(t, f)
}

func sliceOf[T any](r random, next func() T) []T {
	list := []T{}
	for range r.IntN(5) {
		list = append(list, next())
	}
	return list
}

// value is a value of some type, or of one that is given.
func (r random) value(depth int) any {
	for {
		t := Type(r.IntN(int(typeCount)))
		if r.d.id(t) == absent || depth <= 0 && (t == TypeArray || t == TypeDictionary || t == TypeObject) {
			continue
		}
		return r.of(t, depth)
	}
}

func (r random) of(t Type, depth int) any {
	switch t {
	case TypeNil:
		return nil
	case TypeBool:
		return r.IntN(2) == 1
	case TypeInt:
		return r.int()
	case TypeFloat:
		return r.double()
	case TypeString:
		return r.text()
	case TypeStringName:
		return StringName(r.text())
	case TypeNodePath:
		p := NodePath{Names: r.texts(), Subnames: r.texts()}
		p.Absolute = !p.IsEmpty() && r.IntN(2) == 1
		return p
	case TypeRID:
		if r.d == Godot3 {
			return RID(0)
		}
		return RID(r.Uint64())
	case TypeCallable:
		return Callable{}
	case TypeSignal:
		return Signal{r.text(), r.Uint64()}
	case TypeObject:
		if r.IntN(2) == 0 {
			return Object{ID: r.Uint64() | 1}
		}
		o := Object{Class: "Class" + strings.Trim(r.text(), "\\\"")}
		for range r.IntN(3) {
			o.Properties = append(o.Properties, Property{r.text(), r.value(depth - 1)})
		}
		return o
	case TypeArray:
		return r.array(depth)
	case TypeDictionary:
		return r.dictionary(depth)
	case TypeByteArray:
		return sliceOf(r, func() byte { return byte(r.Uint32()) })
	case TypeInt32Array:
		return sliceOf(r, func() int32 { return int32(r.Uint32()) })
	case TypeInt64Array:
		return sliceOf(r, r.int)
	case TypeFloat32Array:
		return sliceOf(r, r.float)
	case TypeFloat64Array:
		return sliceOf(r, r.double)
	case TypeStringArray:
		return sliceOf(r, r.text)
	case TypeVector2Array:
		return sliceOf(r, func() Vector2 { return r.numbers(TypeVector2).(Vector2) })
	case TypeVector3Array:
		return sliceOf(r, func() Vector3 { return r.numbers(TypeVector3).(Vector3) })
	case TypeVector4Array:
		return sliceOf(r, func() Vector4 { return r.numbers(TypeVector4).(Vector4) })
	case TypeColorArray:
		return sliceOf(r, func() Color { return r.numbers(TypeColor).(Color) })
	default:
		return r.numbers(t)
	}
}

func (r random) elementType() (ElementType, Type) {
	if r.d == Godot3 || r.IntN(2) == 0 {
		return ElementType{}, typeCount
	}
	t := Type(1 + r.IntN(int(typeCount)-1))
	if t == TypeObject {
		return ElementType{Type: t, Class: "Node"}, t
	}
	return ElementType{Type: t}, t
}

func (r random) element(t Type, depth int) any {
	if t == typeCount {
		return r.value(depth - 1)
	}
	return r.of(t, depth-1)
}

func (r random) array(depth int) any {
	et, t := r.elementType()
	items := Array{}
	for range r.IntN(4) * min(max(depth, 0), 1) {
		items = append(items, r.element(t, depth))
	}
	if t == typeCount {
		return items
	}
	return TypedArray{et, items}
}

func (r random) dictionary(depth int) any {
	kt, k := r.elementType()
	vt, v := r.elementType()
	pairs := Dictionary{}
	for range r.IntN(12) * min(max(depth, 0), 1) {
		pairs.Set(r.element(k, depth), r.element(v, depth))
	}
	if k == typeCount && v == typeCount {
		return pairs
	}
	return TypedDictionary{kt, vt, pairs}
}

const rounds = 3000

// each runs a test with random values of both dialects, and names the seed.
func each(t *testing.T, test func(t *testing.T, c Config, v any)) {
	for _, d := range []Dialect{Godot3, Godot4} {
		for seed := range uint64(rounds) {
			c := Config{Dialect: d, AllowObjects: true}
			v := newRandom(d, seed).value(3)
			test(t, c, v)
			if t.Failed() {
				t.Fatalf("%v, seed %d: %#v", d, seed, v)
			}
		}
	}
}

// same says whether two values have the same parts, NaNs by their bits.
func same(t testing.TB, d Dialect, a, b any) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && describe(t, d, a) == describe(t, d, b)
}

func TestWhatIsEncodedDecodesToTheSame(t *testing.T) {
	each(t, func(t *testing.T, c Config, v any) {
		b, err := c.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if len(b)%4 != 0 {
			t.Errorf("%d bytes, want a multiple of 4", len(b))
		}
		got, n, err := c.Decode(append(b[:len(b):len(b)], "tail"...))
		if err != nil || n != len(b) {
			t.Fatalf("%d of %d bytes read: %v", n, len(b), err)
		}
		again, err := c.Marshal(got)
		if err != nil || string(again) != string(b) || !same(t, c.Dialect, v, got) {
			t.Errorf("encoded %x, decoded %#v, %v", b, got, err)
		}
	})
}

func TestJSONKeepsEverything(t *testing.T) {
	each(t, func(t *testing.T, c Config, v any) {
		text := describe(t, c.Dialect, v)
		got, err := ParseJSON([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want, err1 := c.Marshal(v)
		have, err2 := c.Marshal(got)
		if err1 != nil || err2 != nil || string(want) != string(have) {
			t.Errorf("%s: %x, %v, want %x, %v", text, have, err2, want, err1)
		}
	})
}

func TestTextIsReadBack(t *testing.T) {
	each(t, func(t *testing.T, c Config, v any) {
		text := c.Dialect.Format(v)
		got, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if again := c.Dialect.Format(got); again != text && !strings.Contains(text, "NodePath(") {
			t.Errorf("%s is read as %s", text, again)
		}
	})
}

// Every prefix of an encoding but those that lack only padding at the end is
// an error with an offset inside it.
func TestEveryPrefixIsAnErrorWithAnOffset(t *testing.T) {
	for _, d := range []Dialect{Godot3, Godot4} {
		for seed := range uint64(300) {
			c := Config{Dialect: d, AllowObjects: true}
			b, err := c.Marshal(newRandom(d, seed).value(3))
			if err != nil {
				t.Fatal(err)
			}
			for n := range len(b) - 3 {
				_, _, err := c.Decode(b[:n])
				syntax, ok := err.(*SyntaxError)
				if !ok || syntax.Offset < 0 || syntax.Offset > n {
					t.Fatalf("%v, seed %d: %d of %d bytes give %v", d, seed, n, len(b), err)
				}
			}
		}
	}
}
