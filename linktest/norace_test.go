//go:build !race

package linktest

// raceDetector says whether the race detector is on.
const raceDetector = false
