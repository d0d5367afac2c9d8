package variant

import (
	"errors"
	"fmt"
	"reflect"
)

// How a container's element type is told: two bits of the header, and
// accordingly what follows it.
const (
	kindAny    = 0 // nothing
	kindType   = 1 // the type's number
	kindClass  = 2 // a class name
	kindScript = 3 // a path

	kindMask       = 3
	kindShift      = 16
	valueKindShift = 18 // of a dictionary's values
)

// kind says how an element type is written.
func (e *encoder) kind(t ElementType) (uint32, error) {
	switch {
	case e.Dialect == Godot3 || t == ElementType{}:
		return kindAny, nil
	case t.Type >= typeCount || t.Type != TypeObject && t.Class+t.Script != "":
		return 0, &TypeError{Offset: -1, Want: "an element type", Have: fmt.Sprintf("%+v", t)}
	case t.Type != TypeObject:
		return kindType, nil
	case e.AllowObjects && t.Script != "":
		return kindScript, e.checkText(t.Script)
	case e.AllowObjects:
		return kindClass, e.checkText(t.Class)
	}
	return kindClass, nil
}

// elementType appends what follows the header.
func (e *encoder) elementType(dst []byte, kind uint32, t ElementType) []byte {
	switch kind {
	case kindType:
		return le.AppendUint32(dst, uint32(t.Type))
	case kindScript:
		return appendText(dst, t.Script)
	case kindClass:
		switch {
		case !e.AllowObjects:
			return appendText(dst, encodedID)
		case t.Class == "":
			return appendText(dst, "Object")
		}
		return appendText(dst, t.Class)
	}
	return dst
}

// fits says whether a value may be an element. Godot would drop it otherwise.
func (e *encoder) fits(t ElementType, v any) error {
	if e.Dialect == Godot3 || t.Type == TypeNil {
		return nil
	}
	have, ok := typeOfGo(v)
	if ok && (have == t.Type || have == TypeNil && t.Type == TypeObject) {
		return nil
	}
	return &TypeError{Offset: -1, Want: t.Type.String(), Have: fmt.Sprintf("%T", v)}
}

// adapt makes a value that was read an element of a typed container, as the
// engine does: texts become what is asked for, ints become floats. ok is false
// for one that the engine drops.
func (t ElementType) adapt(v any) (_ any, ok bool) {
	if t.Type == TypeNil {
		return v, true
	}
	have, _ := typeOfGo(v)
	if have == t.Type || have == TypeNil && t.Type == TypeObject {
		return v, true
	}
	switch x := v.(type) {
	case string:
		return StringName(x), t.Type == TypeStringName
	case StringName:
		return string(x), t.Type == TypeString
	case int64:
		return float64(x), t.Type == TypeFloat
	}
	return nil, false
}

// exactTypes are the Go types that stand for one type.
var exactTypes = map[reflect.Type]Type{
	reflect.TypeFor[StringName]():      TypeStringName,
	reflect.TypeFor[Vector2]():         TypeVector2,
	reflect.TypeFor[Vector2i]():        TypeVector2i,
	reflect.TypeFor[Rect2]():           TypeRect2,
	reflect.TypeFor[Rect2i]():          TypeRect2i,
	reflect.TypeFor[Vector3]():         TypeVector3,
	reflect.TypeFor[Vector3i]():        TypeVector3i,
	reflect.TypeFor[Transform2D]():     TypeTransform2D,
	reflect.TypeFor[Vector4]():         TypeVector4,
	reflect.TypeFor[Vector4i]():        TypeVector4i,
	reflect.TypeFor[Plane]():           TypePlane,
	reflect.TypeFor[Quat]():            TypeQuat,
	reflect.TypeFor[AABB]():            TypeAABB,
	reflect.TypeFor[Basis]():           TypeBasis,
	reflect.TypeFor[Transform]():       TypeTransform,
	reflect.TypeFor[Projection]():      TypeProjection,
	reflect.TypeFor[Color]():           TypeColor,
	reflect.TypeFor[NodePath]():        TypeNodePath,
	reflect.TypeFor[RID]():             TypeRID,
	reflect.TypeFor[Object]():          TypeObject,
	reflect.TypeFor[Callable]():        TypeCallable,
	reflect.TypeFor[Signal]():          TypeSignal,
	reflect.TypeFor[Dictionary]():      TypeDictionary,
	reflect.TypeFor[TypedDictionary](): TypeDictionary,
	reflect.TypeFor[Array]():           TypeArray,
	reflect.TypeFor[TypedArray]():      TypeArray,
	reflect.TypeFor[[]byte]():          TypeByteArray,
	reflect.TypeFor[[]int32]():         TypeInt32Array,
	reflect.TypeFor[[]int64]():         TypeInt64Array,
	reflect.TypeFor[[]float32]():       TypeFloat32Array,
	reflect.TypeFor[[]float64]():       TypeFloat64Array,
	reflect.TypeFor[[]string]():        TypeStringArray,
	reflect.TypeFor[[]Vector2]():       TypeVector2Array,
	reflect.TypeFor[[]Vector3]():       TypeVector3Array,
	reflect.TypeFor[[]Color]():         TypeColorArray,
	reflect.TypeFor[[]Vector4]():       TypeVector4Array,
}

// TypeOf is the type that a Go value becomes in Godot 4; []int64 and []float64
// become Arrays in Godot 3. ok is false for a Marshaler and for what has no
// type.
func TypeOf(v any) (t Type, ok bool) { return typeOfGo(v) }

func typeOfGo(v any) (Type, bool) {
	switch v.(type) {
	case nil:
		return TypeNil, true
	case bool:
		return TypeBool, true
	case int64, int:
		return TypeInt, true
	case float64:
		return TypeFloat, true
	case string:
		return TypeString, true
	case Marshaler:
		return 0, false
	}
	t := reflect.TypeOf(v)
	if exact, ok := exactTypes[t]; ok {
		return exact, true
	}
	switch t.Kind() {
	case reflect.Bool:
		return TypeBool, true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return TypeInt, true
	case reflect.Float32, reflect.Float64:
		return TypeFloat, true
	case reflect.String:
		return TypeString, true
	case reflect.Map, reflect.Struct:
		return TypeDictionary, true
	case reflect.Slice, reflect.Array:
		if pool, ok := exactTypes[reflect.SliceOf(t.Elem())]; ok {
			return pool, true
		}
		return TypeArray, true
	case reflect.Pointer:
		if rv := reflect.ValueOf(v); !rv.IsNil() {
			return typeOfGo(rv.Elem().Interface())
		}
		return TypeNil, true
	default:
		return 0, false
	}
}

// within puts a step of the path in front of a TypeError's.
func within(err error, step string) error {
	var t *TypeError
	if errors.As(err, &t) {
		t.Path = step + t.Path
	}
	return err
}

// keyPath is the step of a path to a key: its value if that is short, its type
// otherwise.
func keyPath(key any) string {
	switch k := key.(type) {
	case string:
		return "." + k
	case StringName:
		return "." + string(k)
	}
	if t, ok := typeOfGo(key); ok && t > TypeFloat {
		return fmt.Sprintf("[%v]", t)
	}
	return fmt.Sprintf("[%v]", key)
}
