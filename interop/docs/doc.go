// Package docs has no code: its tests paste the snippets of the README and of
// docs/ into a Go module and a Godot project of their own, and run them.
package docs
