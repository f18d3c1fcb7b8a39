package ingest

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// TestVerify_ReadsEverything runs `urna verify` on a folder with a counted file, and measures it where it
// is told to.
func TestVerify_ReadsEverything(t *testing.T) {
	size := *lines
	if !*measuring {
		size = tinyLines
	}
	binary := program.Build(t)
	f := writeFile(t, size, manyBatches)
	s := newEnv(t, binary, 1)
	ids, err := s.send(t.Context(), f, 1)
	must(t, err)
	s.wait(t, ids)
	s.server.Stop(t)

	// As on a folder that was copied elsewhere: nothing serves it.
	verify := exec.CommandContext(t.Context(), binary, "verify", "--data", s.data)
	start := time.Now()
	output, err := verify.CombinedOutput()
	elapsed := time.Since(start)
	if err != nil || !strings.Contains(string(output), "1 accepted files were read") {
		t.Fatalf("want everything compared without a difference, got %v\n%s", err, output)
	}
	if usage, ok := verify.ProcessState.SysUsage().(*syscall.Rusage); ok && *measuring {
		t.Logf("urna verify: %d lines in %.2f s, %.2f s of processor time, %d MiB at most",
			size, elapsed.Seconds(), (verify.ProcessState.UserTime() + verify.ProcessState.SystemTime()).Seconds(), usage.Maxrss>>10)
	}
}
