package rpc

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// tagKey is the key of the struct tags that name properties.
const tagKey = "rpc"

// Expose makes what a value has callable and settable at the node, both with
// Remote as their mode unless it is set:
//
//   - its exported methods that Func takes, under their names in Godot's
//     spelling: MovePaddle is called as move_paddle. Others, such as String, are
//     left out. Whoever is in the session can call them, so the value should be
//     of a type made for that;
//   - if it points to a struct, its exported fields with a tag
//     `rpc:"name,mode"`. Without a name it is the field's in Godot's spelling.
//
// Errors: ErrSignature if it has neither, or a field that no value can be set
// to; ErrRegistered. After an error nothing was added.
func (n *Node) Expose(value any) error {
	methods, err := methodsOf(value)
	if err != nil {
		return err
	}
	fields, err := fieldsOf(value)
	if err != nil {
		return err
	}
	if len(methods)+len(fields) == 0 {
		return fmt.Errorf("%w: a %T has no exported method that can be called, and no field with a tag %s", ErrSignature, value, tagKey)
	}
	if err := n.add(n.methods, methods...); err != nil {
		return err
	}
	if err := n.add(n.properties, fields...); err != nil {
		n.drop(methods)
		return err
	}
	return nil
}

func (n *Node) drop(methods []*entry) {
	n.api.mu.Lock()
	defer n.api.mu.Unlock()
	for _, e := range methods {
		delete(n.methods, e.name)
	}
}

func methodsOf(value any) (list []*entry, err error) {
	v := reflect.ValueOf(value)
	if !v.IsValid() {
		return nil, nil
	}
	seen := make(map[string]string)
	for i := range v.NumMethod() {
		name := v.Type().Method(i).Name
		e, err := entryOf(snake(name), v.Method(i).Interface(), Remote)
		if err != nil {
			continue // not for remote calls
		}
		if other := seen[e.name]; other != "" {
			return nil, fmt.Errorf("%w: methods %s and %s of %T are both %q", ErrRegistered, other, name, value, e.name)
		}
		seen[e.name] = name
		list = append(list, e)
	}
	return list, nil
}

func fieldsOf(value any) (list []*entry, err error) {
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil, nil
	}
	seen := make(map[string]string)
	for _, field := range reflect.VisibleFields(v.Type().Elem()) {
		tag, ok := field.Tag.Lookup(tagKey)
		if !ok {
			continue
		}
		if !field.IsExported() {
			return nil, fmt.Errorf("%w: field %s of %T has a tag %s and is not exported", ErrSignature, field.Name, value, tagKey)
		}
		name, word, _ := strings.Cut(tag, ",")
		if name == "" {
			name = snake(field.Name)
		}
		mode := Remote
		if word != "" {
			if mode, err = ParseMode(word); err != nil {
				return nil, fmt.Errorf("field %s of %T: %w", field.Name, value, err)
			}
		}
		target, err := v.Elem().FieldByIndexErr(field.Index)
		if err != nil {
			return nil, fmt.Errorf("%w: field %s of %T: %w", ErrSignature, field.Name, value, err)
		}
		e, err := variableOf(name, target.Addr().Interface(), mode)
		if err != nil {
			return nil, fmt.Errorf("field %s of %T: %w", field.Name, value, err)
		}
		if other := seen[name]; other != "" {
			return nil, fmt.Errorf("%w: fields %s and %s of %T are both %q", ErrRegistered, other, field.Name, value, name)
		}
		seen[name] = field.Name
		list = append(list, e)
	}
	return list, nil
}

// snake is a Go name in the spelling of Godot's scripts: HTTPGet is http_get.
func snake(name string) string {
	in := []rune(name)
	var out []rune
	for i, r := range in {
		if unicode.IsUpper(r) && i > 0 && in[i-1] != '_' {
			acronym := unicode.IsUpper(in[i-1]) && (i+1 == len(in) || !unicode.IsLower(in[i+1]))
			if !acronym {
				out = append(out, '_')
			}
		}
		out = append(out, unicode.ToLower(r))
	}
	return string(out)
}
