package server

import (
	"context"
	"log/slog"
	"time"

	"urna/internal/app/backup"
	"urna/internal/database"
	"urna/web/metrics"
)

const mebibyte = 1 << 20

// measure has the metrics read what the server and its folder know.
func (s *Server) measure(m *metrics.Metrics, certificateEnds func() time.Time) {
	a := s.App
	s.measureReadiness(m, certificateEnds)
	m.Votes("urna_votes_total", "Votes online that were stored since the start.", func() float64 {
		stored, _ := a.Votes.Numbers()
		return float64(stored)
	})
	m.Waiting("urna_votes_waiting", "Votes online that wait for their commit.", func() float64 {
		_, waiting := a.Votes.Numbers()
		return float64(waiting)
	})
	m.Gauges("urna_batches", "Batches, by state.", "state", func(ctx context.Context) (map[string]float64, error) {
		byState, _, err := a.Batches.Numbers(ctx)
		found := map[string]float64{}
		for state, number := range byState {
			found[string(state)] = float64(number)
		}
		return found, err
	})
	m.Gauge("urna_batch_ballots", "Ballots of batches that are counted.", 0, func() float64 {
		_, counted, err := a.Batches.Numbers(context.Background())
		complain("urna_batch_ballots", err)
		return float64(counted)
	})
	m.Gauge("urna_uploads_waiting_bytes", "Size of uploaded files that wait for their confirmation.", mebibyte, func() float64 {
		usage, err := a.Batches.Usage(context.Background())
		complain("urna_uploads_waiting_bytes", err)
		return float64(usage.Waiting)
	})
	m.Counters("urna_sign_ins_total", "Sign-ins since the start, by their end.", "result", func(context.Context) (map[string]float64, error) {
		c := a.Auth.SignIns()
		return map[string]float64{
			"succeeded": float64(c.Succeeded), "refused": float64(c.Refused), "delayed": float64(c.Delayed), "busy": float64(c.Busy),
		}, nil
	})
	m.Gauge("urna_live_watchers", "Open live feeds.", 0, func() float64 { return float64(s.Web.Watchers()) })
	m.Level("urna_connections", "Open connections beside live feeds.", func() float64 { return float64(s.Web.Connections()) })
	m.Gauge("urna_clock_difference_seconds", "Machine's clock minus the time since the start; 0 while they agree within a minute.", 1, func() float64 {
		parting, _ := a.ClockParted()
		return parting.Machine.Sub(parting.Counted).Seconds()
	})
	s.measureBackups(m)
	s.measureDisk(m)
}

// measureReadiness adds what /readyz says, and the end of the certificate.
func (s *Server) measureReadiness(m *metrics.Metrics, certificateEnds func() time.Time) {
	m.Gauge("urna_ready", "1 if the server can work, as /readyz answers; 0 if not.", 0, func() float64 {
		return oneIf(s.App.Ready(context.Background()) == nil)
	})
	m.Gauge("urna_warnings", "Warnings of /readyz about a server that works, without that of the clock.", 0, func() float64 {
		return float64(len(s.App.Warnings.Now(context.Background())))
	})
	m.Gauge("urna_tls_certificate_end_timestamp_seconds", "When the first certificate that the server itself uses ends; 0 for none.", 0, func() float64 {
		if certificateEnds == nil || certificateEnds().IsZero() {
			return 0
		}
		return float64(certificateEnds().Unix())
	})
}

// measureBackups adds the state of the schedule of backups; without one all is 0.
func (s *Server) measureBackups(m *metrics.Metrics) {
	status := func() (found backup.Status) {
		if s.App.Backups != nil {
			found = s.App.Backups.Status()
		}
		return found
	}
	m.Gauge("urna_backup_last_timestamp_seconds", "When the newest backup of the schedule was made; 0 for none.", 0, func() float64 {
		if last := status().Last; last != nil {
			return float64(last.Made.Unix())
		}
		return 0
	})
	m.Gauge("urna_backup_late", "1 if the newest backup is older than two intervals of the schedule.", 0, func() float64 {
		return oneIf(status().Late(s.App.Options.Now()))
	})
	m.Gauge("urna_backup_failed", "1 if the schedule's last backup failed, or if it pauses because it must encrypt.", 0, func() float64 {
		return oneIf(status().Failed != nil)
	})
}

func oneIf(condition bool) float64 {
	if condition {
		return 1
	}
	return 0
}

// measureDisk adds the sizes of files and of the disk.
func (s *Server) measureDisk(m *metrics.Metrics) {
	folder := s.App.Folder
	m.Gauge("urna_database_bytes", "Size of the database.", mebibyte, func() float64 {
		size, _, err := s.App.Sizes(context.Background())
		complain("urna_database_bytes", err)
		return float64(size)
	})
	m.Gauge("urna_wal_bytes", "Size of the database's write-ahead log; 0 with PostgreSQL, which measures its own.", mebibyte, func() float64 {
		_, size, err := s.App.Sizes(context.Background())
		complain("urna_wal_bytes", err)
		return float64(size)
	})
	m.Gauge("urna_disk_size_bytes", "Size of the file system of the data folder.", mebibyte, func() float64 {
		size, _, err := database.DiskSpace(folder.Path("."))
		complain("urna_disk_size_bytes", err)
		return float64(size)
	})
	m.Gauge("urna_disk_free_bytes", "Space of that file system that the program may still fill.", mebibyte, func() float64 {
		_, free, err := database.DiskSpace(folder.Path("."))
		complain("urna_disk_free_bytes", err)
		return float64(free)
	})
}

// complain logs why a measurement is missing.
func complain(metric string, err error) {
	if err != nil {
		slog.Warn("a measurement could not be read", "metric", metric, "error", err)
	}
}
