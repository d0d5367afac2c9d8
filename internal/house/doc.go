// Package house has no code: its tests hold the walls of docs/architecture.md,
// the directions in which packages may import each other and what the
// protocol cores must not know.
package house
