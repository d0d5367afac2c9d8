package linktest

import (
	"strings"
	"testing"
	"testing/synctest"
)

func TestCyclesNoticeWhatIsLeftBehind(t *testing.T) {
	for _, row := range []struct {
		fault string
		run   func(*suite, int)
		says  string
	}{
		{"leaves a goroutine behind", cycleJoins, "goroutines became"},
		{"leaves a goroutine behind", cycleServers, "goroutines became"},
		{"forgets Detach", cycleJoins, "do not leave"},
		{"", cycleJoins, ""},
		{"", cycleDials, ""},
		{"", cycleServers, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := failures(t, testCase{run: func(s *suite) { row.run(s, 40) }}, newStream(row.fault))
			if row.says == "" && got != "" || !strings.Contains(got, row.says) {
				t.Errorf("a transport that %q fails with\n%s\nwant %q", row.fault, got, row.says)
			}
		})
	}
}
