package rpc

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"crosspeer"
	"crosspeer/variant"
)

// Caller says who calls a function, and how. Functions that want to know have
// it as their first parameter.
type Caller struct {
	// ID is the peer that calls, also when the server passed the call on; this
	// peer for its own calls. Godot 3.2, get_rpc_sender_id.
	ID crosspeer.PeerID

	// Node is where, and Name the method or property.
	Node *Node
	Name string

	// Mode is how the call travelled, and Local that it did not: this process
	// made it.
	Mode  crosspeer.TransferMode
	Local bool
}

// entry is a method or property of a node.
type entry struct {
	name string
	mode Mode // guarded by the API's lock

	fn       reflect.Value // called with the arguments, or
	variable reflect.Value // set to the one argument

	caller bool           // the function's first parameter is a Caller
	params []reflect.Type // behind it
	rest   reflect.Type   // of a variadic parameter's elements, nil if there is none
	frames sync.Pool      // of *frame
}

var (
	callerType      = reflect.TypeFor[Caller]()
	errorType       = reflect.TypeFor[error]()
	unmarshalerType = reflect.TypeFor[variant.Unmarshaler]()
)

func checkName(name string) error {
	if name == "" || strings.IndexByte(name, 0) >= 0 {
		return fmt.Errorf("%w: %q", ErrName, name)
	}
	return nil
}

// entryOf makes the entry of a function.
func entryOf(name string, f any, mode Mode) (*entry, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := mode.validate(); err != nil {
		return nil, err
	}
	fn := reflect.ValueOf(f)
	if fn.Kind() != reflect.Func || fn.IsNil() {
		return nil, fmt.Errorf("%w: %q is a %T, want a function", ErrSignature, name, f)
	}
	e := &entry{name: name, mode: mode, fn: fn}
	if err := e.signature(fn.Type()); err != nil {
		return nil, fmt.Errorf("%w: %q is a %T: %w", ErrSignature, name, f, err)
	}
	e.frames.New = e.newFrame
	return e, nil
}

// signature takes a function's type apart.
func (e *entry) signature(t reflect.Type) error {
	if n := t.NumOut(); n > 1 || n == 1 && t.Out(0) != errorType {
		return fmt.Errorf("its results are lost, want none or an error")
	}
	for i := range t.NumIn() {
		p := t.In(i)
		switch {
		case p == callerType && i > 0:
			return fmt.Errorf("a Caller is the first parameter")
		case p == callerType:
			e.caller = true
			continue
		case t.IsVariadic() && i == t.NumIn()-1:
			p = p.Elem()
			e.rest = p
		default:
			e.params = append(e.params, p)
		}
		if !convertible(p, nil) {
			return fmt.Errorf("no argument becomes a %v", p)
		}
	}
	return nil
}

// variableOf makes the entry of a property.
func variableOf(name string, target any, mode Mode) (*entry, error) {
	v := reflect.ValueOf(target)
	if v.Kind() != reflect.Pointer {
		e, err := entryOf(name, target, mode)
		if err == nil && (len(e.params) != 1 || e.rest != nil) {
			err = fmt.Errorf("%w: %q is a %T, want a function of one value", ErrSignature, name, target)
		}
		return e, err
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := mode.validate(); err != nil {
		return nil, err
	}
	if v.IsNil() || !convertible(v.Type().Elem(), nil) {
		return nil, fmt.Errorf("%w: %q is a %T, want a pointer to what a value becomes", ErrSignature, name, target)
	}
	e := &entry{name: name, mode: mode, variable: v.Elem(), params: []reflect.Type{v.Type().Elem()}}
	e.frames.New = e.newFrame
	return e, nil
}

// convertible says whether values of Godot can become a type.
func convertible(t reflect.Type, inside []reflect.Type) bool {
	if t.Implements(unmarshalerType) || reflect.PointerTo(t).Implements(unmarshalerType) {
		return true
	}
	for _, outer := range inside {
		if outer == t {
			return true // as far as the rest of it
		}
	}
	inside = append(inside, t)
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128, reflect.Uintptr:
		return false
	case reflect.Interface:
		return t.NumMethod() == 0
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return convertible(t.Elem(), inside)
	case reflect.Map:
		return convertible(t.Key(), inside) && convertible(t.Elem(), inside)
	}
	return true
}

// frame is the arguments of one call of an entry. It is used again.
type frame struct {
	caller   *Caller
	in       []reflect.Value // what the function is called with
	params   []reflect.Value // without the Caller
	pointers []any           // to the params
}

func (e *entry) newFrame() any {
	f := new(frame)
	if e.caller {
		f.caller = new(Caller)
		f.in = append(f.in, reflect.ValueOf(f.caller).Elem())
	}
	for _, t := range e.params {
		p := reflect.New(t)
		f.params = append(f.params, p.Elem())
		f.pointers = append(f.pointers, p.Interface())
	}
	f.in = append(f.in, f.params...)
	return f
}

// run reads the arguments and calls the function or sets the variable. Errors:
// ErrArguments, and the function's own.
func (e *entry) run(c Caller, argc int, args variant.Reader) (own bool, err error) {
	if want := len(e.params); argc < want || argc > want && e.rest == nil {
		least := ""
		if e.rest != nil {
			least = "at least "
		}
		return false, fmt.Errorf("%w: %d of them, want %s%d", ErrArguments, argc, least, want)
	}
	f := e.frames.Get().(*frame)
	defer f.release(e)
	for i, p := range f.pointers {
		if err := args.Read(p); err != nil {
			return false, argumentError(i, err)
		}
	}
	in := f.in
	for i := len(f.params); i < argc; i++ {
		p := reflect.New(e.rest)
		if err := args.Read(p.Interface()); err != nil {
			return false, argumentError(i, err)
		}
		in = append(in[:len(in):len(in)], p.Elem())
	}
	if e.variable.IsValid() {
		e.variable.Set(f.params[0])
		return false, nil
	}
	if f.caller != nil {
		*f.caller = c
	}
	if out := e.fn.Call(in); len(out) == 1 && !out[0].IsNil() {
		return true, out[0].Interface().(error)
	}
	return false, nil
}

func argumentError(i int, err error) error {
	return fmt.Errorf("%w: number %d: %w", ErrArguments, i+1, err)
}

// release forgets the arguments, so that nothing of them is in the next call.
func (f *frame) release(e *entry) {
	for _, p := range f.params {
		p.SetZero()
	}
	if f.caller != nil {
		*f.caller = Caller{}
	}
	e.frames.Put(f)
}
