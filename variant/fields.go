package variant

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// plan is how a struct is a Dictionary.
type plan struct {
	fields []field
	byName map[string]int
	err    error
}

type field struct {
	name      string
	index     []int // as reflect.Value.FieldByIndex takes it
	omitEmpty bool
}

var plans sync.Map // reflect.Type to *plan

// planOf makes or finds the plan of a struct type.
func planOf(t reflect.Type) (*plan, error) {
	if p, ok := plans.Load(t); ok {
		return p.(*plan), p.(*plan).err
	}
	p := &plan{byName: map[string]int{}}
	p.err = p.collect(t, nil, []reflect.Type{t})
	plans.Store(t, p)
	return p, p.err
}

// collect adds the fields of a struct, and of those embedded in it. outer are
// the structs around it, each of which is left out of itself.
func (p *plan) collect(t reflect.Type, index []int, outer []reflect.Type) error {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("variant")
		name, options, _ := strings.Cut(tag, ",")
		at := append(index[:len(index):len(index)], i)
		if name == "-" && options == "" {
			continue
		}
		if inner := structOf(f.Type); f.Anonymous && !tagged && inner != nil {
			if f.Type.Kind() == reflect.Pointer && !f.IsExported() {
				continue // cannot be set
			}
			if !contains(outer, inner) {
				if err := p.collect(inner, at, append(outer[:len(outer):len(outer)], inner)); err != nil {
					return err
				}
			}
			continue
		}
		if !f.IsExported() {
			if tagged {
				return fmt.Errorf("variant: %v.%s has a tag but is not exported", t, f.Name)
			}
			continue
		}
		if name == "" {
			name = f.Name
		}
		if options != "" && options != "omitempty" {
			return fmt.Errorf("variant: %v.%s: tag option %q is not known, want omitempty", t, f.Name, options)
		}
		if _, twice := p.byName[name]; twice {
			return fmt.Errorf("variant: %v has two fields named %q", t, name)
		}
		p.byName[name] = len(p.fields)
		p.fields = append(p.fields, field{name, at, options == "omitempty"})
	}
	return nil
}

// structOf is the struct type that an embedded field brings in, nil if it is
// a value of its own.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if _, exact := exactTypes[t]; exact || t.Kind() != reflect.Struct ||
		t.Implements(marshalerType) || reflect.PointerTo(t).Implements(marshalerType) {
		return nil
	}
	return t
}

func contains(list []reflect.Type, t reflect.Type) bool {
	for _, o := range list {
		if o == t {
			return true
		}
	}
	return false
}
