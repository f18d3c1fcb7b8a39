package respond

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
)

func TestJSON_WhatCannotBeEncodedIsALogged500(t *testing.T) {
	for name, answer := range map[string]func(c *gin.Context){
		"a time":         func(c *gin.Context) { JSON(c, http.StatusCreated, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)) },
		"a number":       func(c *gin.Context) { JSON(c, http.StatusOK, map[string]any{"share": math.NaN()}) },
		"deep in a list": func(c *gin.Context) { JSON(c, http.StatusOK, []any{1, []any{make(chan int)}}) },
		"a refusal's own": func(c *gin.Context) {
			Error(c, problem.New(problem.Conflict, "taken", messages.Verbatim("Taken.")).WithExtra("at", math.Inf(1)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			before := slog.Default()
			slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
			defer slog.SetDefault(before)

			recorder := httptest.NewRecorder()
			c, _ := gin.CreateTestContext(recorder)
			c.Request = httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
			c.Header("Location", "/somewhere")
			answer(c)
			var body struct {
				Type   string `json:"type"`
				Status int    `json:"status"`
			}
			err := json.Unmarshal(recorder.Body.Bytes(), &body)
			if recorder.Code != http.StatusInternalServerError || err != nil || body.Type != "/problems/internal" || body.Status != recorder.Code {
				t.Errorf("want a 500 that says so, got %d %q", recorder.Code, recorder.Body)
			}
			if !strings.Contains(log.String(), "ERROR") {
				t.Errorf("want it in the log, got %q", log.String())
			}
		})
	}
	recorder := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(recorder)
	JSON(c, http.StatusCreated, map[string]string{"name": "<b>"})
	if recorder.Code != http.StatusCreated || recorder.Body.String() != `{"name":"\u003cb\u003e"}` ||
		recorder.Header().Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("want the value, got %d %q", recorder.Code, recorder.Body)
	}
}
