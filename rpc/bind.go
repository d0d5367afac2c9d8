package rpc

import (
	"fmt"
	"reflect"

	"crosspeer"
)

// Bind makes a Go function of a remote method, so that the compiler checks the
// arguments. F is a function of the target and the arguments, and returns an
// error:
//
//	hit, err := rpc.Bind[func(to crosspeer.PeerID, damage int, by string) error](node, "hit")
//	err = hit(crosspeer.TargetServer, 5, "arrow")
//
// Calling it is Node.Call. Errors: ErrName, and ErrSignature for another F.
func Bind[F any](n *Node, method string) (F, error) { return bind[F](n.Call, method) }

// BindUnreliable is Bind for Node.CallUnreliable.
func BindUnreliable[F any](n *Node, method string) (F, error) {
	return bind[F](n.CallUnreliable, method)
}

// BindVar makes a Go function of a remote property. Calling it is Node.Set.
func BindVar[T any](n *Node, property string) func(to crosspeer.PeerID, value T) error {
	return func(to crosspeer.PeerID, value T) error { return n.Set(to, property, value) }
}

// BindVarUnreliable is BindVar for Node.SetUnreliable.
func BindVarUnreliable[T any](n *Node, property string) func(to crosspeer.PeerID, value T) error {
	return func(to crosspeer.PeerID, value T) error { return n.SetUnreliable(to, property, value) }
}

func bind[F any](call func(crosspeer.PeerID, string, ...any) error, method string) (f F, err error) {
	if err := checkName(method); err != nil {
		return f, err
	}
	t := reflect.TypeFor[F]()
	if t.Kind() != reflect.Func || t.NumIn() == 0 || t.In(0) != reflect.TypeFor[crosspeer.PeerID]() ||
		t.IsVariadic() && t.NumIn() == 1 || t.NumOut() != 1 || t.Out(0) != errorType {
		return f, fmt.Errorf("%w: %q as a %v, want func(crosspeer.PeerID, arguments ...) error", ErrSignature, method, t)
	}
	made := reflect.MakeFunc(t, func(in []reflect.Value) []reflect.Value {
		var args []any
		for i, v := range in[1:] {
			if t.IsVariadic() && i == len(in)-2 {
				for j := range v.Len() {
					args = append(args, v.Index(j).Interface())
				}
				break
			}
			args = append(args, v.Interface())
		}
		err := call(crosspeer.PeerID(in[0].Int()), method, args...)
		return []reflect.Value{reflect.ValueOf(&err).Elem()}
	})
	return made.Interface().(F), nil
}
