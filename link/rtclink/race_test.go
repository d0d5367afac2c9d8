//go:build race

package rtclink_test

const raceEnabled = true
