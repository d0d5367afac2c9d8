package variant

// Object stands for an object of the engine. It is an id, or with permission
// (Config.AllowObjects) a class and its stored properties; those are only
// data. The engine makes an object of them, script included, and so hands its
// machine to the sender: allow objects only among programs that trust each
// other.
//
// A null object is a plain nil.
type Object struct {
	// ID is the instance id in the process that sent the object.
	ID uint64

	// Class and Properties are the full form; Class is empty otherwise.
	Class      string
	Properties []Property
}

// Property is one of an Object, in the engine's order.
type Property struct {
	Name  string
	Value any
}

// Get is the value of a property. ok is false if there is none of that name.
func (o Object) Get(name string) (value any, ok bool) {
	for _, p := range o.Properties {
		if p.Name == name {
			return p.Value, true
		}
	}
	return nil, false
}

// encodedID is the class that stands for objects that are sent as ids. Godot,
// EncodedObjectAsID.
const encodedID = "EncodedObjectAsID"

// RID is the id of a resource in the sender's process. Godot 3 sends none, so
// that it arrives as 0.
type RID uint64

// StringName is a text that the engine keeps once. Godot 4.
type StringName string

// Callable is a function of an object. It carries nothing over the wire.
// Godot 4.
type Callable struct{}

// Signal is a signal of an object. Godot 4.
type Signal struct {
	Name   string
	Object uint64 // instance id in the sender's process
}
