package pages

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"urna/internal/app/backup"
	"urna/internal/messages"
	"urna/internal/sealed"
	"urna/web/respond"
	"urna/web/view"
)

const backupsPath = "/admin/backups"

// Backups are the backups that the server makes by itself.
type Backups interface {
	Status() backup.Status
	// Now has one made at once.
	Now()
}

// AdminBackups shows the backups that the server makes by itself.
func (p *Pages) AdminBackups(c *gin.Context) {
	model := view.BackupsPage{Page: p.page(c, view.SectionAdmin, messages.BackupsHeading())}
	if p.Backups != nil {
		model.Schedule = p.backupSchedule(p.Backups.Status())
		if c.Query("done") == "requested" {
			model.Notice = messages.BackupsRequested()
		}
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Backups(model))
}

func (p *Pages) backupSchedule(s backup.Status) *view.BackupSchedule {
	model := &view.BackupSchedule{
		Running: s.Running, Folder: s.Plan.Folder, Every: messages.BackupsMinutes(int64(s.Plan.Every / time.Minute)), Next: view.NewMoment(s.Next, p.zone()),
		Kept: messages.BackupsKeptRule(int64(s.Plan.Keep), int64(s.Plan.KeepDays)),
	}
	for _, name := range s.Plan.To.Names() {
		model.To = append(model.To, sealed.Short(name))
	}
	switch paused := s.Paused(); {
	case len(paused) > 0:
		names := make([]string, 0, len(paused))
		for _, id := range paused {
			names = append(names, decimal(id))
		}
		model.Paused = messages.BackupsPaused(strings.Join(names, ", "))
	case s.Failed != nil:
		model.Failed = messages.BackupsFailed(view.NewMoment(s.Failed.At, p.zone()).Text, s.Failed.Err.Error())
	}
	for _, f := range s.Files {
		model.Files = append(model.Files, view.BackupRow{Name: f.Name, Made: view.NewMoment(f.Made, p.zone()), Size: messages.Size(f.Bytes), Encrypted: f.Encrypted})
	}
	return model
}

// AdminBackupNow has a backup made at once.
func (p *Pages) AdminBackupNow(c *gin.Context) {
	if p.Backups == nil {
		respond.Error(c, backup.ErrNoSchedule)
		return
	}
	p.Backups.Now()
	respond.SeeOther(c, backupsPath+"?done=requested")
}
