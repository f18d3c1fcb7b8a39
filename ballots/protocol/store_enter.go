package protocol

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"urna/internal/database"
)

// rowsAtOnce bounds the rows of one INSERT.
const rowsAtOnce = 200

// placeholders returns the placeholders of so many rows with so many columns.
func placeholders(rows, columns int) string {
	var b strings.Builder
	for n := range rows * columns {
		switch {
		case n == 0:
			b.WriteString("($")
		case n%columns == 0:
			b.WriteString("), ($")
		default:
			b.WriteString(", $")
		}
		b.WriteString(strconv.Itoa(n + 1))
	}
	return b.String() + ")"
}

// insertProtocols stores protocols of which nothing was entered before, and sets their ids.
func insertProtocols(ctx context.Context, tx *database.Tx, rows []*protocolRow) error {
	const columns = 12
	for some := range slices.Chunk(rows, rowsAtOnce) {
		args := make([]any, 0, columns*len(some))
		byStation := make(map[int64]*protocolRow, len(some))
		for _, r := range some {
			args = append(args, r.ElectionID, r.ConstituencyID, r.StationID, r.Round, r.State, r.Differences, r.DefinitiveAt,
				r.Late, r.LateState, r.LateOfficial, r.LateReason, r.Correction)
			byStation[r.StationID] = r
		}
		stored, err := tx.SQL().QueryContext(ctx, `INSERT INTO protocols (election_id, constituency_id, station_id, round, state, differences,
			definitive_at, late, late_state, late_official, late_reason, correction) VALUES `+placeholders(len(some), columns)+`
			RETURNING id, station_id`, args...)
		if err != nil {
			return wrap("insert protocols", err)
		}
		if err := setIDs(stored, byStation); err != nil {
			return wrap("insert protocols", err)
		}
	}
	return nil
}

// protocolsToEnter reads the protocols of stations. A list has thousands, so no columns are mapped to fields.
func protocolsToEnter(ctx context.Context, tx *database.Tx, stationIDs []int64) (found []*protocolRow, err error) {
	for some := range slices.Chunk(stationIDs, atOnce) {
		in, ids := database.In(some)
		rows, err := tx.SQL().QueryContext(ctx, `SELECT id, election_id, constituency_id, station_id, round, state, differences, reason,
			retractions_after_end, definitive_at, late, late_state, late_official, late_reason, late_decider, late_remark, correction
			FROM protocols WHERE station_id `+in, ids...)
		if err == nil {
			err = scanAll(rows, func() error {
				var r protocolRow
				found = append(found, &r)
				return rows.Scan(&r.ID, &r.ElectionID, &r.ConstituencyID, &r.StationID, &r.Round, &r.State, &r.Differences, &r.Reason,
					&r.RetractionsAfterEnd, &r.DefinitiveAt, &r.Late, &r.LateState, &r.LateOfficial, &r.LateReason, &r.LateDecider, &r.LateRemark,
					&r.Correction)
			})
		}
		if err != nil {
			return nil, wrap("read protocols", err)
		}
	}
	return found, nil
}

// eachEntry calls fn with the typist and the content of each entry of protocols, of all rounds, the first ones first.
func eachEntry(ctx context.Context, tx *database.Tx, protocolIDs []int64, fn func(entryRow)) error {
	for some := range slices.Chunk(protocolIDs, atOnce) {
		in, ids := database.In(some)
		rows, err := tx.SQL().QueryContext(ctx, `SELECT id, protocol_id, round, typist_id, content FROM protocol_entries
			WHERE protocol_id `+in+` ORDER BY protocol_id, round, number`, ids...)
		if err == nil {
			err = scanAll(rows, func() error {
				var e entryRow
				if err := rows.Scan(&e.ID, &e.ProtocolID, &e.Round, &e.TypistID, &e.Content); err != nil {
					return err
				}
				fn(e)
				return nil
			})
		}
		if err != nil {
			return wrap("read entries", err)
		}
	}
	return nil
}

// scanAll calls scan for each row, and closes them.
func scanAll(rows *sql.Rows, scan func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// setIDs reads the ids of stored protocols.
func setIDs(stored *sql.Rows, byStation map[int64]*protocolRow) (err error) {
	defer func() { err = errors.Join(err, stored.Close()) }()
	for stored.Next() {
		var id, station int64
		if err := stored.Scan(&id, &station); err != nil {
			return err
		}
		byStation[station].ID = id
	}
	return stored.Err()
}

// updateEntered stores what entries change of protocols. Most of a list become definitive together: those with the same
// changes share a statement.
func updateEntered(tx *database.Tx, rows []*protocolRow) error {
	alike := map[protocolRow][]int64{}
	for _, r := range rows {
		changed := protocolRow{
			State: r.State, Differences: r.Differences, DefinitiveAt: r.DefinitiveAt, Correction: r.Correction, Late: r.Late, LateState: r.LateState,
			LateOfficial: r.LateOfficial, LateReason: r.LateReason, LateDecider: r.LateDecider, LateRemark: r.LateRemark,
		}
		alike[changed] = append(alike[changed], r.ID)
	}
	for changed, ids := range alike {
		for some := range slices.Chunk(ids, atOnce) {
			err := tx.Gorm().Model(&protocolRow{}).Where("id IN ?", some).Select("state", "differences", "definitive_at", "correction", "late",
				"late_state", "late_official", "late_reason", "late_decider", "late_remark").Updates(&changed).Error
			if err != nil {
				return wrap("update protocols", err)
			}
		}
	}
	return nil
}

// insertEntries stores entries.
func insertEntries(ctx context.Context, tx *database.Tx, rows []entryRow) error {
	const columns = 8
	for some := range slices.Chunk(rows, rowsAtOnce) {
		args := make([]any, 0, columns*len(some))
		for i := range some {
			r := &some[i]
			args = append(args, r.ProtocolID, r.Round, r.Number, r.TypistID, r.TypistName, r.Content, r.Commitment, r.EnteredAt)
		}
		_, err := tx.SQL().ExecContext(ctx, `INSERT INTO protocol_entries (protocol_id, round, number, typist_id, typist_name, content,
			commitment, entered_at) VALUES `+placeholders(len(some), columns), args...)
		if err != nil {
			return wrap("insert entries", err)
		}
	}
	return nil
}

// dropDrafts deletes what a person was typing of stations.
func dropDrafts(tx *database.Tx, accountID int64, stationIDs []int64) error {
	for some := range slices.Chunk(stationIDs, atOnce) {
		if err := tx.Gorm().Where("station_id IN ? AND account_id = ?", some, accountID).Delete(&draftRow{}).Error; err != nil {
			return wrap("delete drafts", err)
		}
	}
	return nil
}
