// Package lobby holds the rules of a signalling server as a value without I/O:
// who is in which lobby, who hears of whom, and when a connection is closed
// with which reason. It is driven by what comes from connections and by the
// time, and gives back what is to be sent and closed.
//
// The reference is the demo's Node.js server, with the deviations that make
// sense for both dialects on one port: binary frames are taken, whoever leaves
// is announced, and only the host's pairs are announced in a lobby without
// mesh, as the GDScript server does.
package lobby
