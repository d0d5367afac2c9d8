// Package protocol is the byte layout of ENet datagrams: the header, the
// twelve commands, and nothing else. It keeps no state; every function takes
// bytes and gives bytes or values.
//
// All integers are big-endian. The one field that is not an integer is the
// connection identifier: four opaque bytes that are copied, never swapped.
//
// Source: the ENet protocol as spoken by libenet 1.3.13 to 1.3.18.
package protocol
