package main

import (
	"fmt"
	"net"
	"strconv"
)

// checkAddress says what is wrong with the form of a host:port that was given
// to a flag, in the flag's words. Whether there is such a host is not its
// business.
func checkAddress(flag, addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return &usageError{fmt.Sprintf("%s %q: want host:port", flag, addr)}
	}
	return checkPort(fmt.Sprintf("%s %q", flag, addr), port, 0)
}

// checkPort says that a port is none.
func checkPort(where, port string, lowest uint64) error {
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n < lowest {
		return &usageError{fmt.Sprintf("%s: the port must be %d to 65535", where, lowest)}
	}
	return nil
}
