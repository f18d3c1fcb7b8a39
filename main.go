// Command urna runs elections: one binary, one data folder, a browser.
package main

import (
	"os"
	_ "time/tzdata" // elections have time zones, whatever the machine has

	"urna/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Process(os.Args[1:])))
}
