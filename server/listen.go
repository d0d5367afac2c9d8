package server

import (
	"context"

	"crosspeer"
)

// ListenError says which of the configuration's addresses could not be opened.
type ListenError struct {
	Field string // of Config: ENet, HTTP, RTC or TURN
	Err   error  // the system's
}

func (e *ListenError) Error() string { return "server: Config." + e.Field + ": " + e.Err.Error() }

// Unwrap gives the system's error.
func (e *ListenError) Unwrap() error { return e.Err }

// opening is a listener whose errors name its field.
type opening struct {
	crosspeer.Listener
	field string
}

// Listen implements crosspeer.Listener.
func (o opening) Listen(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	t, err := o.Listener.Listen(ctx, hub)
	if err != nil {
		return nil, &ListenError{o.field, err}
	}
	return t, nil
}
