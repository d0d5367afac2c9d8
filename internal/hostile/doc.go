// Package hostile is what tests need to play somebody who sends anything:
// damaged copies of valid messages, and fuzz targets that count.
//
// A target is a native fuzz target, so go test -fuzz works on it. In an
// ordinary run it also holds the parser to its bound of memory, and with
// FUZZ_EXECS=n it runs n damaged seeds through the target in this process,
// which is some times faster than go test -fuzz and gives an exact count:
//
//	FUZZ_EXECS=30000000 go test -run '^FuzzENet$' -v ./wire
package hostile
