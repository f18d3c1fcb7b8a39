package turnout

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"urna/internal/database"
)

type reportRow struct {
	ID             int64 `gorm:"primaryKey"`
	ElectionID     int64
	ConstituencyID int64
	StationID      *int64
	Place          int64 // the station's id, or the constituency's below zero
	Hour           int64
	Voters         int64
	Reason         string
	ReporterID     int64
	ReporterName   string
	ReportedAt     int64
	Replaces       *int64
	ReplacedAt     *int64
}

// TableName names the table.
func (reportRow) TableName() string { return "turnout_reports" }

// report returns the row without the figure that it replaced.
func (r *reportRow) report() Report {
	report := Report{
		ID: r.ID, ElectionID: r.ElectionID, Place: Place{ConstituencyID: r.ConstituencyID}, Hour: time.UnixMilli(r.Hour),
		Voters: r.Voters, Reason: r.Reason, Reporter: r.ReporterName, ReportedAt: time.UnixMilli(r.ReportedAt), Holds: r.ReplacedAt == nil,
	}
	if r.StationID != nil {
		report.StationID = *r.StationID
	}
	if r.Replaces != nil {
		report.Replaced = &Replaced{ID: *r.Replaces}
	}
	return report
}

// number is one number for stations and constituencies.
func (p Place) number() int64 {
	if p.StationID != 0 {
		return p.StationID
	}
	return -p.ConstituencyID
}

func orNil(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// store inserts the row, in the place of the one that holds, nil for none.
func (r *reportRow) store(tx *database.Tx, holds *reportRow) error {
	if holds != nil {
		err := tx.Gorm().Model(&reportRow{}).Where("id = ?", holds.ID).Update("replaced_at", r.ReportedAt).Error
		if err != nil {
			return fmt.Errorf("turnout: replace a report: %w", err)
		}
		r.Replaces = &holds.ID
	}
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("turnout: store a report: %w", err)
	}
	return nil
}

// around are the figures that hold for a place, around an hour; nil is none.
type around struct{ before, same, after *reportRow }

func neighbours(db database.Source, p Place, hour time.Time) (found around, err error) {
	at := hour.UnixMilli()
	for _, one := range []struct {
		into  **reportRow
		where string
		order string
	}{{&found.before, "hour < ?", "hour DESC"}, {&found.same, "hour = ?", "id"}, {&found.after, "hour > ?", "hour"}} {
		var rows []reportRow
		err := ofPlace(db, p).Where("replaced_at IS NULL").Where(one.where, at).Order(one.order).Limit(1).Find(&rows).Error
		if err != nil {
			return around{}, fmt.Errorf("turnout: read reports: %w", err)
		}
		if len(rows) > 0 {
			*one.into = &rows[0]
		}
	}
	return found, nil
}

func ofPlace(db database.Source, p Place) *gorm.DB {
	return db.Gorm().Where("place = ?", p.number())
}

// reportsOf returns all reports of a place, in the order of their hours, each hour's oldest first.
func reportsOf(db database.Source, p Place) ([]Report, error) {
	var rows []reportRow
	if err := ofPlace(db, p).Order("hour, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("turnout: read reports: %w", err)
	}
	return withReplaced(rows), nil
}

// withReplaced returns the reports with the figures that they replaced, which are among the rows.
func withReplaced(rows []reportRow) []Report {
	voters := make(map[int64]int64, len(rows))
	reports := make([]Report, 0, len(rows))
	for i := range rows {
		voters[rows[i].ID] = rows[i].Voters
		r := rows[i].report()
		if r.Replaced != nil {
			r.Replaced.Voters = voters[r.Replaced.ID]
		}
		reports = append(reports, r)
	}
	return reports
}
