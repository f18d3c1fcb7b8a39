package vote

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"testing"

	"urna/internal/cli"
)

var profile = flag.String("profile", "", "write a CPU profile of the server, which then runs inside the test's own program, to this file")

// profileVariable names the file that a server of the test's own program writes its profile to.
const profileVariable = "VOTEBENCH_PROFILE"

// serverBinary returns the binary to start as the server: the program as it is built, or, where a profile is
// wanted, the test's own with the same code in it, so that the program itself needs no door for that.
func serverBinary(t *testing.T, binary string) string {
	t.Helper()
	if *profile == "" {
		return binary
	}
	file, err := filepath.Abs(*profile)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(roleVariable, "server")
	t.Setenv(profileVariable, file)
	return os.Args[0]
}

// playServer is the program, with a profile written from its start to its end. It returns the exit code.
func playServer() int {
	file, err := os.Create(os.Getenv(profileVariable))
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := cli.Main(os.Args[1:], &cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	pprof.StopCPUProfile()
	if err := file.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
