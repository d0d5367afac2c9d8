package variant

import (
	"errors"
	"fmt"
)

// Errors, for errors.Is. Returned errors say more.
var (
	// ErrInvalidData: the bytes are no value. Godot: ERR_INVALID_DATA.
	ErrInvalidData = errors.New("variant: invalid data")

	// ErrTextLength: a text reaches beyond the end. Godot: ERR_FILE_EOF.
	ErrTextLength = errors.New("variant: text reaches beyond the end")

	// ErrObject: an object in full, and Config.AllowObjects is not set. Godot:
	// ERR_UNAUTHORIZED.
	ErrObject = errors.New("variant: objects are not allowed")

	// ErrLimit: a limit of the Config.
	ErrLimit = errors.New("variant: over the limit")

	// ErrType: a value that does not fit the Go type it is to go to, or that
	// the dialect has no type for.
	ErrType = errors.New("variant: wrong type")
)

// SyntaxError says where bytes, text or JSON are not what they should be.
type SyntaxError struct {
	Offset int    // in bytes from the start of the input
	Want   string // what was expected there
	Have   string // what was there
	Err    error  // ErrInvalidData, ErrTextLength or ErrObject
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("variant: offset %d: want %s, have %s", e.Offset, e.Want, e.Have)
}

// Unwrap gives Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

// TypeError says which value has the wrong type. It is an ErrType.
type TypeError struct {
	Offset int    // of the value, -1 if it is not known
	Path   string // to the value inside others: ".players[2].pos"
	Want   string
	Have   string
}

func (e *TypeError) Error() string {
	switch {
	case e.Path != "":
		return fmt.Sprintf("variant: %s: want %s, have %s", e.Path, e.Want, e.Have)
	case e.Offset >= 0:
		return fmt.Sprintf("variant: offset %d: want %s, have %s", e.Offset, e.Want, e.Have)
	}
	return fmt.Sprintf("variant: want %s, have %s", e.Want, e.Have)
}

// Unwrap gives ErrType.
func (e *TypeError) Unwrap() error { return ErrType }

// LimitError says which limit of the Config was met. It is an ErrLimit.
type LimitError struct {
	Limit  string // the field: "MaxDepth", "MaxBytes" or "MaxElements"
	Max    int
	Offset int // where reading stopped, or how much was written
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("variant: offset %d: over the limit Config.%s, which is %d", e.Offset, e.Limit, e.Max)
}

// Unwrap gives ErrLimit.
func (e *LimitError) Unwrap() error { return ErrLimit }
