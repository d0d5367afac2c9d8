package variant

// encoder appends values of any type.
type encoder struct {
	Config
	start int // of the outermost value
	depth int
}

// size says whether too much was appended.
func (e *encoder) size(dst []byte) error {
	if n := len(dst) - e.start; n > e.MaxBytes {
		return &LimitError{"MaxBytes", e.MaxBytes, n}
	}
	return nil
}

// enter begins a container; leave ends it.
func (e *encoder) enter(dst []byte) error {
	if e.depth++; e.depth > e.MaxDepth {
		return &LimitError{"MaxDepth", e.MaxDepth, len(dst) - e.start}
	}
	return e.size(dst)
}

func (e *encoder) leave() { e.depth-- }

// value appends v. The types that are quickest to tell come first.
func (e *encoder) value(dst []byte, v any) ([]byte, error) {
	d := e.Dialect
	switch v := v.(type) {
	case nil:
		return d.AppendNil(dst), nil
	case bool:
		return d.AppendBool(dst, v), nil
	case int:
		return d.AppendInt(dst, int64(v)), nil
	case int64:
		return d.AppendInt(dst, v), nil
	case int32:
		return d.AppendInt(dst, int64(v)), nil
	case float64:
		return d.AppendFloat(dst, v), nil
	case float32:
		return d.AppendFloat(dst, float64(v)), nil
	case string:
		return e.text(dst, TypeString, v)
	case StringName:
		return e.text(dst, TypeStringName, string(v))
	case Vector2:
		return d.AppendVector2(dst, v), nil
	case Vector3:
		return d.AppendVector3(dst, v), nil
	case Array:
		return e.array(dst, ElementType{}, v)
	case Dictionary:
		return e.dictionary(dst, ElementType{}, ElementType{}, v)
	case NodePath:
		return e.nodePath(dst, v)
	case Object:
		return e.object(dst, v)
	case *Object:
		if v == nil {
			return d.AppendNil(dst), nil
		}
		return e.object(dst, *v)
	case RID:
		dst = d.header(dst, TypeRID, 0)
		if d == Godot3 {
			return dst, nil
		}
		return le.AppendUint64(dst, uint64(v)), nil
	case Callable:
		return e.typed(dst, TypeCallable)
	case Signal:
		return e.signal(dst, v)
	case TypedArray:
		return e.array(dst, v.Element, v.Items)
	case TypedDictionary:
		return e.dictionary(dst, v.Key, v.Value, v.Pairs)
	}
	if dst, ok, err := e.pool(dst, v); ok || err != nil {
		return dst, err
	}
	if dst, ok, err := e.numbers(dst, v); ok || err != nil {
		return dst, err
	}
	return e.goValue(dst, v)
}
