package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/internal/app/backup"
	"urna/web/respond"
)

// backups are the backups that the server makes by itself.
type backups interface {
	Status() backup.Status
	Now()
}

type backupsView struct {
	Folder       string       `json:"folder"`
	EverySeconds int64        `json:"every_seconds"`
	Keep         int          `json:"keep"`
	KeepDays     int          `json:"keep_days"`
	Recipients   []string     `json:"recipients"`
	Running      bool         `json:"running"`
	NextAt       time.Time    `json:"next_at"`
	Failure      *string      `json:"failure"`
	Paused       []int64      `json:"paused"`
	Late         bool         `json:"late"`
	Files        []backupView `json:"files"`
}

type backupView struct {
	Name      string    `json:"name"`
	MadeAt    time.Time `json:"made_at"`
	Bytes     int64     `json:"bytes"`
	Encrypted bool      `json:"encrypted"`
}

func (a *API) viewBackups(s backup.Status) backupsView {
	view := backupsView{
		Folder: s.Plan.Folder, EverySeconds: int64(s.Plan.Every / time.Second), Keep: s.Plan.Keep, KeepDays: s.Plan.KeepDays,
		Recipients: append([]string{}, s.Plan.To.Names()...), Running: s.Running, NextAt: s.Next.UTC(), Paused: append([]int64{}, s.Paused()...),
		Late: s.Late(a.services.Now()), Files: []backupView{},
	}
	if s.Failed != nil {
		failure := s.Failed.Err.Error()
		view.Failure = &failure
	}
	for _, f := range s.Files {
		view.Files = append(view.Files, backupView{Name: f.Name, MadeAt: f.Made, Bytes: f.Bytes, Encrypted: f.Encrypted})
	}
	return view
}

// Backups answers GET /backups.
func (a *API) Backups(c *gin.Context) { a.showBackups(c, http.StatusOK) }

// BackupNow answers POST /backups.
func (a *API) BackupNow(c *gin.Context) {
	err := respond.Encoded(c)
	if err == nil && c.Request.ContentLength != 0 {
		err = readBody(c, object{})
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	if a.services.Backups != nil {
		a.services.Backups.Now()
	}
	a.showBackups(c, http.StatusAccepted)
}

func (a *API) showBackups(c *gin.Context, status int) {
	if a.services.Backups == nil {
		respond.Error(c, backup.ErrNoSchedule)
		return
	}
	respond.JSON(c, status, a.viewBackups(a.services.Backups.Status()))
}
