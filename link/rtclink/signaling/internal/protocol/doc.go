// Package protocol is the signalling protocol of Godot's official demo
// "webrtc_signaling" as functions: its messages, in the text dialect of the
// demo for Godot 3.1 to 3.5 and the JSON dialect of the demo for Godot 4.
package protocol
