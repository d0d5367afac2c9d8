package variant

import "fmt"

func (e *encoder) object(dst []byte, o Object) ([]byte, error) {
	d := e.Dialect
	switch {
	case o.Class == "" && o.ID == 0:
		return d.AppendNil(dst), nil
	case o.Class == "" || o.ID != 0 && !e.AllowObjects:
		return le.AppendUint64(d.header(dst, TypeObject, wide), o.ID), nil
	case !e.AllowObjects:
		return dst, fmt.Errorf("%w: a %s without an id", ErrObject, o.Class)
	}
	if err := e.enter(dst); err != nil {
		return dst, err
	}
	defer e.leave()
	dst, err := e.text(dst, TypeObject, o.Class)
	if err != nil {
		return dst, err
	}
	dst = le.AppendUint32(dst, uint32(len(o.Properties)))
	for _, p := range o.Properties {
		if err := e.checkText(p.Name); err != nil {
			return dst, err
		}
		if dst, err = e.value(appendText(dst, p.Name), p.Value); err != nil {
			return dst, within(err, "."+p.Name)
		}
	}
	return dst, nil
}

func (e *encoder) array(dst []byte, t ElementType, items Array) ([]byte, error) {
	if err := e.enter(dst); err != nil {
		return dst, err
	}
	defer e.leave()
	kind, err := e.kind(t)
	if err != nil {
		return dst, err
	}
	dst = e.elementType(e.Dialect.header(dst, TypeArray, kind<<kindShift), kind, t)
	dst = le.AppendUint32(dst, uint32(len(items)))
	for i, v := range items {
		if err := e.fits(t, v); err != nil {
			return dst, within(err, fmt.Sprintf("[%d]", i))
		}
		if dst, err = e.value(dst, v); err != nil {
			return dst, within(err, fmt.Sprintf("[%d]", i))
		}
		if err := e.size(dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (e *encoder) dictionary(dst []byte, kt, vt ElementType, pairs Dictionary) ([]byte, error) {
	if err := e.enter(dst); err != nil {
		return dst, err
	}
	defer e.leave()
	kk, err := e.kind(kt)
	if err != nil {
		return dst, err
	}
	vk, err := e.kind(vt)
	if err != nil {
		return dst, err
	}
	dst = e.Dialect.header(dst, TypeDictionary, kk<<kindShift|vk<<valueKindShift)
	dst = e.elementType(e.elementType(dst, kk, kt), vk, vt)
	dst = le.AppendUint32(dst, uint32(len(pairs)))
	for _, p := range pairs {
		if err := e.fits(kt, p.Key); err != nil {
			return dst, within(err, keyPath(p.Key))
		}
		if err := e.fits(vt, p.Value); err != nil {
			return dst, within(err, keyPath(p.Key))
		}
		if dst, err = e.value(dst, p.Key); err != nil {
			return dst, within(err, keyPath(p.Key))
		}
		if dst, err = e.value(dst, p.Value); err != nil {
			return dst, within(err, keyPath(p.Key))
		}
		if err := e.size(dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}
