// Package variant holds the values of Godot's scripts and their binary form:
// what var2bytes, PacketPeer.put_var and the arguments of remote calls are
// made of. Two dialects are known, Godot 3 (3.2.3, measured) and Godot 4 (4.0
// and later); bytes are those of the engine, in both directions.
//
//	b, err := variant.Marshal(variant.Dictionary{
//		{Key: "id", Value: 42},
//		{Key: "pos", Value: variant.Vector2{X: 10.5, Y: -3}},
//	})
//	var v any
//	err = variant.Unmarshal(b, &v) // a Dictionary
//
//	type state struct {
//		ID  int             `variant:"id"`
//		Pos variant.Vector2 `variant:"pos"`
//	}
//	var s state
//	err = variant.Unmarshal(b, &s)
//
// Functions of the package speak Godot 3. A Config speaks either and names the
// limits. Godot3 and Godot4 have typed functions that append a value without
// allocation; a Reader reads typed values the same way.
//
// Values in an any are nil, bool, int64, float64, string, the types of this
// package, and slices of Go: see Array and the Pool types. Objects are ids or
// lists of properties. Nothing is ever instantiated or executed.
//
// Bytes that are not a value give an error with the offset, what was expected
// and what was there. No input panics, and none makes the package allocate
// more than some twenty times its own size and a quarter of a megabyte.
package variant
