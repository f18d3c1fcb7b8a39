package vote

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// playEcho is the process to compare with: a bare router that reads the JSON of a vote and sends it back.
func playEcho() error {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.POST("/vote", func(c *gin.Context) {
		var vote struct {
			PersonalID string `json:"personal_id"`
			GUID       string `json:"guid"`
			Candidate  any    `json:"candidate"`
		}
		if err := c.ShouldBindJSON(&vote); err != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		c.JSON(http.StatusOK, vote)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with the process
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr()) //nolint:forbidigo // the parent reads it
	return (&http.Server{Handler: router}).Serve(listener)
}

// serveEcho starts the echo and returns its address and its process.
func serveEcho(t *testing.T) (address string, pid int) {
	t.Helper()
	echo := exec.CommandContext(t.Context(), os.Args[0])
	echo.Env = append(os.Environ(), roleVariable+"=echo")
	echo.Stderr = os.Stderr
	output, err := echo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := echo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = echo.Process.Kill()
		_ = echo.Wait()
	})
	address, err = bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address), echo.Process.Pid
}
