package openfiles

import "testing"

func TestConnections_LeaveFilesToSpoolAndDatabase(t *testing.T) {
	for limit, want := range map[int][2]int{ // feeds, other connections
		1024:    {682, 278},
		4096:    {2730, 1110},
		20_000:  {13_332, 5418},
		524_288: {50_000, 50_000},
		1 << 62: {50_000, 50_000},
		64:      {42, 16},
	} {
		if got := [2]int{feeds(limit), connections(limit)}; got != want {
			t.Errorf("%d files: want %d feeds and %d connections, got %d", limit, want[0], want[1], got)
		}
		if limit > 1000 && limit-feeds(limit)-connections(limit) < 64 {
			t.Errorf("%d files: want some left", limit)
		}
	}
}
