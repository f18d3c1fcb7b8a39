package program

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// ProcessorTime returns how long the processors have worked for a process; 0 where only Linux would say.
func ProcessorTime(pid int) time.Duration {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(content), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	var ticks int64
	for _, field := range fields[11:13] { // in user code and in the kernel
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
