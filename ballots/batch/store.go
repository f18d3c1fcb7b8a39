package batch

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"urna/ballots"
	"urna/internal/database"
)

type batchRow struct {
	ID             int64 `gorm:"primaryKey"`
	ElectionID     int64
	ConstituencyID int64
	StationID      *int64 // nil where the constituency has no polling stations
	OfficialID     int64
	OfficialName   string
	FileName       string
	SpoolFile      string
	SHA256         []byte `gorm:"column:sha256"`
	Bytes          int64
	Lines          int64
	State          string
	Processed      int64
	Valid          int64
	Invalid        int64
	Duplicates     int64
	Failure        string
	Reason         string
	AcceptedAt     int64
	CountedAt      *int64
	FirstLine      int64  // of a part of a file; 0 for a batch that is its whole file
	FileOffset     int64  // of a part, in bytes
	SentSHA256     []byte `gorm:"column:sent_sha256"` // of the whole file, of a part
	UploadID       *int64 // that was confirmed; nil where there was no question
	Correction     int    // in which it was accepted or last moved; 0: in none
	Late           string // why the batch is late; "" if it is not
	LateState      string
	LateReason     string
	LateDecider    string
	LateRemark     string
}

// TableName names the table.
func (batchRow) TableName() string { return "batches" }

func (r *batchRow) batch() Batch {
	b := Batch{
		ID: r.ID, ElectionID: r.ElectionID, ConstituencyID: r.ConstituencyID, StationID: idOf(r.StationID), OfficialID: r.OfficialID,
		OfficialName: r.OfficialName, FileName: r.FileName, SHA256: hex.EncodeToString(r.SHA256), Bytes: r.Bytes,
		State: r.state(), Lines: r.Lines, Processed: r.Processed, Valid: r.Valid, Invalid: r.Invalid,
		Duplicates: r.Duplicates, Failure: r.Failure, Reason: r.Reason, AcceptedAt: time.UnixMilli(r.AcceptedAt), Correction: r.Correction,
	}
	if r.FirstLine != 0 {
		b.FirstLine, b.SentSHA256 = r.FirstLine, hex.EncodeToString(r.SentSHA256)
	}
	if r.CountedAt != nil {
		t := time.UnixMilli(*r.CountedAt)
		b.CountedAt = &t
	}
	if r.Late != "" {
		b.Late = &Late{
			Cause: LateCause(r.Late), State: LateState(r.LateState), Reason: r.LateReason, Decider: r.LateDecider, Remark: r.LateRemark,
		}
	}
	return b
}

// idOf returns the id of a polling station, 0 for none, and orNil what a row has of it.
func idOf(station *int64) int64 {
	if station == nil {
		return 0
	}
	return *station
}

func orNil(station int64) *int64 {
	if station == 0 {
		return nil
	}
	return &station
}

// state returns the state as people know it. A late batch that waits is stored as one that is out of the count.
func (r *batchRow) state() State {
	if LateState(r.LateState) == LateWaiting {
		return Waiting
	}
	return State(r.State)
}

// standing chooses batches whose file is not to be sent again without a question: all but retracted and refused ones.
const standing = `(state NOT IN ('retracted', 'retracting') OR late_state = 'waiting')`

func findBatch(db database.Source, id int64) (batchRow, error) {
	var r batchRow
	err := db.Gorm().Where("id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, ballots.ErrUnknownBatch
	}
	if err != nil {
		return r, fmt.Errorf("batch: find batch: %w", err)
	}
	return r, nil
}

// findSame returns the id of the standing batch of a constituency with this content, or 0.
func findSame(db database.Source, constituencyID int64, sum []byte) (int64, error) {
	var ids []int64
	err := db.Gorm().Model(&batchRow{}).
		Where("constituency_id = ? AND (sha256 = ? OR sent_sha256 = ?) AND "+standing, constituencyID, sum, sum).
		Order("id").Limit(1).Pluck("id", &ids).Error
	if err != nil {
		return 0, fmt.Errorf("batch: find same file: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return ids[0], nil
}

// hasCounted reports whether a batch of a polling station is in the count, or waits for a decision.
func hasCounted(db database.Source, station int64) (bool, error) {
	var ids []int64
	err := db.Gorm().Model(&batchRow{}).Where("station_id = ? AND (state = 'counted' OR late_state = 'waiting')", station).Limit(1).Pluck("id", &ids).Error
	if err != nil {
		return false, fmt.Errorf("batch: find batches of a station: %w", err)
	}
	return len(ids) > 0, nil
}

// listBatches lists batches as their rows are, with the state of stopped ones corrected: on a full disk their rows
// cannot be updated.
func listBatches(db database.Source, f Filter, stopped map[int64]bool) ([]Batch, error) {
	query := db.Gorm()
	if f.ElectionID != 0 {
		query = query.Where("election_id = ?", f.ElectionID)
	}
	if f.ConstituencyID != 0 {
		query = query.Where("constituency_id = ?", f.ConstituencyID)
	}
	if f.StationID != 0 {
		query = query.Where("station_id = ?", f.StationID)
	}
	if f.Elections != nil {
		query = query.Where("election_id IN ?", f.Elections)
	}
	if f.OfficialID != 0 {
		query = query.Where("official_id = ?", f.OfficialID)
	}
	switch f.State {
	case "":
	case Waiting:
		query = query.Where("late_state = 'waiting'")
	case Retracted:
		query = query.Where("state = 'retracted' AND late_state <> 'waiting'")
	default:
		// Of a stopped batch that waits or is being counted the row may say either; see Batch.tell.
		state, ids := "CASE WHEN state IN ('queued', 'processing') AND id IN ? THEN 'failed' ELSE state END = ?", slices.Collect(maps.Keys(stopped))
		query = query.Where(state, ids, string(f.State))
		if f.State != Counted {
			query = query.Where(ballots.Unsettled)
		}
	}
	if f.Before != 0 {
		query = query.Where("id < ?", f.Before)
	}
	if f.Limit == 0 {
		f.Limit = 100
	}
	var rows []batchRow
	if err := query.Order("id DESC").Limit(f.Limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("batch: list batches: %w", err)
	}
	found := make([]Batch, 0, len(rows))
	for i := range rows {
		b := rows[i].batch()
		b.markStopped(stopped)
		found = append(found, b)
	}
	return found, nil
}

// countBatches returns how many batches have each stored state, and how many lines of all batches are in the count.
func countBatches(db database.Source) (byState map[string]int64, valid int64, err error) {
	var found []struct {
		State  string
		Number int64
		Valid  int64
	}
	err = db.Gorm().Model(&batchRow{}).Select("state, count(*) AS number, sum(valid) AS valid").Group("state").Scan(&found).Error
	byState = map[string]int64{}
	for _, f := range found {
		byState[f.State] = f.Number
		valid += f.Valid
	}
	return byState, valid, err
}

func listOfficials(db database.Source) ([]Official, error) {
	var found []Official
	// The name is that of the latest batch. Each step looks up the next official in an index, so that no batches are walked through.
	err := db.Gorm().Raw(`WITH RECURSIVE officials (id) AS (SELECT min(official_id) FROM batches
			UNION ALL SELECT (SELECT min(official_id) FROM batches WHERE official_id > o.id) FROM officials o WHERE o.id IS NOT NULL)
		SELECT o.id, (SELECT official_name FROM batches WHERE official_id = o.id ORDER BY id DESC LIMIT 1) AS name,
			(SELECT max(id) FROM batches WHERE official_id = o.id) AS latest
		FROM officials o WHERE o.id IS NOT NULL ORDER BY 2, 1`).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("batch: list officials: %w", err)
	}
	return found, nil
}

// waiting returns the batches above an id that are not counted in full, in the order of acceptance.
func waiting(db database.Source, above int64, limit int) ([]batchRow, error) {
	var rows []batchRow
	err := db.Gorm().Where(ballots.Unsettled).
		Where("id > ? AND state IN ('queued', 'processing', 'failed')", above).Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("batch: read queue: %w", err)
	}
	return rows, nil
}

// leaving returns the batches that are being retracted or restored, in the order of
// acceptance.
func leaving(db database.Source) ([]batchRow, error) {
	var rows []batchRow
	err := db.Gorm().Where(ballots.Unsettled).
		Where("state IN ('retracting', 'restoring')").Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("batch: read queue: %w", err)
	}
	return rows, nil
}

// KnownFiles returns the names of all files that batches or uploads refer to.
func KnownFiles(_ context.Context, tx *database.Tx) (map[string]bool, error) { return spoolFiles(tx) }

// spoolFiles returns the names of all files that batches or uploads refer to.
func spoolFiles(db database.Source) (map[string]bool, error) {
	names := map[string]bool{}
	for _, model := range []any{&batchRow{}, &uploadRow{}} {
		var found []string
		if err := db.Gorm().Model(model).Pluck("spool_file", &found).Error; err != nil {
			return nil, fmt.Errorf("batch: read spool files: %w", err)
		}
		for _, name := range found {
			names[fileOf(name)] = true
		}
	}
	return names, nil
}

func insertBatch(tx *database.Tx, r *batchRow) error {
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("batch: insert: %w", err)
	}
	return nil
}

// allBatches returns every accepted batch in the order of acceptance.
func allBatches(db database.Source) ([]batchRow, error) {
	var rows []batchRow
	if err := db.Gorm().Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("batch: read batches: %w", err)
	}
	return rows, nil
}

// batchesOf returns an election's batches in the order of acceptance.
func batchesOf(db database.Source, electionID int64) ([]batchRow, error) {
	var rows []batchRow
	if err := db.Gorm().Where("election_id = ?", electionID).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("batch: read batches: %w", err)
	}
	return rows, nil
}

// advance records a committed chunk and its outcome.
func advance(tx *database.Tx, r *batchRow) error {
	err := tx.Gorm().Model(r).
		Select("state", "processed", "valid", "invalid", "duplicates", "failure", "counted_at").
		Updates(r).Error
	if err != nil {
		return fmt.Errorf("batch: record progress: %w", err)
	}
	return nil
}

// add adds an outcome to the batch's sums.
func (r *batchRow) add(o ballots.Outcome) {
	r.Valid, r.Invalid, r.Duplicates = r.Valid+o.Valid, r.Invalid+o.Invalid, r.Duplicates+o.Duplicates
}

// addToSums adds the outcomes, by batch id, to the sums of batches that gained or lost GUIDs through another batch.
func addToSums(ctx context.Context, tx *database.Tx, outcomes map[int64]ballots.Outcome) error {
	for id, o := range outcomes {
		_, err := tx.SQL().ExecContext(ctx, `UPDATE batches SET valid = valid + $1, invalid = invalid + $2, duplicates = duplicates + $3 WHERE id = $4`,
			o.Valid, o.Invalid, o.Duplicates, id)
		if err != nil {
			return fmt.Errorf("batch: sums: %w", err)
		}
	}
	return nil
}

// decideLate records what was decided about a late batch.
func decideLate(tx *database.Tx, r *batchRow) error {
	err := tx.Gorm().Model(r).Select("state", "reason", "late_state", "late_decider", "late_remark").Updates(r).Error
	if err != nil {
		return fmt.Errorf("batch: decide about a late batch: %w", err)
	}
	return nil
}

// storeRequest records that a batch is to leave the count or to come back, and why, with the change of its number of
// retractions after the end.
func storeRequest(tx *database.Tx, r *batchRow, retractions int) error {
	changes := map[string]any{"state": r.State, "reason": r.Reason, "failure": "", "correction": r.Correction}
	if retractions != 0 {
		changes["retractions_after_end"] = gorm.Expr("retractions_after_end + ?", retractions)
	}
	err := tx.Gorm().Model(&batchRow{ID: r.ID}).Updates(changes).Error
	if err != nil {
		return fmt.Errorf("batch: request: %w", err)
	}
	return nil
}
