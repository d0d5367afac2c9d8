package udpbatch

import "errors"

// ErrShare: the system has no way of distributing the datagrams of one port
// over several sockets by their source.
var ErrShare = errors.New("several sockets on one port need Linux")
