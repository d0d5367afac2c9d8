// Package server is what the command "crosspeer serve" runs: one session that
// Godot games join over ENet, and browsers and games over WebSocket and WebRTC,
// with an HTTP server for the latter, for a page to try it, and for probes.
//
// Programs that want a session of their own use package crosspeer with the
// links directly; this package is for a server without a game in it.
package server
