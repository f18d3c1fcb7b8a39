package elections

import (
	"context"
	"encoding/json"
	"fmt"

	"urna/internal/audit"
	"urna/internal/database"
)

// CorrectionDifference is a row of a certified election that changed although no open correction named it.
type CorrectionDifference struct {
	ElectionID int64
	Table, Row string
	Sentence   string
}

// CompareCorrections replays the rows of the audit log, as a transaction sees it, and finds those of certified elections
// that changed while no correction was open, or while one was open that did not name their place. tables are all that the
// log has.
func CompareCorrections(ctx context.Context, tx *database.Tx, tables []audit.Table) (found []CorrectionDifference, err error) {
	r := correctionReplay{
		certified: map[int64]bool{}, open: map[int64]int64{}, named: map[correctedPlace]bool{},
		electionOf: map[int64]int64{}, protocols: map[int64]correctedPlace{}, lots: map[int64][2]int64{},
	}
	err = audit.EachChange(ctx, tx.SQL(), tables, func(c audit.ChangesOf) error {
		for _, row := range c.Rows {
			r.learn(row)
		}
		for _, row := range c.Rows {
			if row.Found {
				continue
			}
			election, wrong := r.outside(row)
			if !wrong {
				continue
			}
			found = append(found, CorrectionDifference{
				ElectionID: election, Table: row.Table, Row: row.Row,
				Sentence: fmt.Sprintf("%s: event %d (%s) changed it after the certification, and no open correction names it", row.Row, c.Event, c.Action),
			})
		}
		for _, row := range c.Rows {
			r.close(row)
		}
		return nil
	})
	return found, err
}

// correctedPlace is a polling station, or a constituency without stations, in the correction with a number.
type correctedPlace struct{ election, number, place int64 }

// correctionReplay is what the events so far say of corrections.
type correctionReplay struct {
	certified  map[int64]bool          // elections
	open       map[int64]int64         // by election: the number of the open correction
	named      map[correctedPlace]bool // by corrections
	electionOf map[int64]int64         // by constituency
	protocols  map[int64]correctedPlace
	lots       map[int64][2]int64 // by lot: its election and its number
}

// value returns the number in a column, 0 for none.
func value(row audit.RowChange, column string) (n int64) {
	_ = json.Unmarshal(row.Columns[column], &n) // NULL is 0
	return n
}

func placeIn(row audit.RowChange) int64 {
	if station := value(row, "station_id"); station != 0 {
		return station
	}
	return -value(row, "constituency_id")
}

// learn takes over what a row opens or tells of others.
func (r *correctionReplay) learn(row audit.RowChange) {
	switch row.Table {
	case "constituencies":
		r.electionOf[value(row, "id")] = value(row, "election_id")
	case "protocols":
		r.protocols[value(row, "id")] = correctedPlace{election: value(row, "election_id"), place: placeIn(row)}
	case "lots":
		r.lots[value(row, "id")] = [2]int64{value(row, "election_id"), value(row, "number")}
	case "correction_stations":
		r.named[correctedPlace{value(row, "election_id"), value(row, "number"), value(row, "place")}] = true
	case "corrections":
		if value(row, "ended_at") == 0 && value(row, "certified_at") == 0 {
			r.open[value(row, "election_id")] = value(row, "number")
		}
	}
}

// close takes over what a row makes final.
func (r *correctionReplay) close(row audit.RowChange) {
	switch {
	case row.Table == "elections" && value(row, "certified_at") != 0:
		r.certified[value(row, "id")] = true
	case row.Table == "corrections" && value(row, "ended_at")+value(row, "certified_at") != 0:
		if election := value(row, "election_id"); r.open[election] == value(row, "number") {
			delete(r.open, election)
		}
	}
}

// outside reports whether a changed row belongs to a certified election, and to nothing that an open correction names.
func (r *correctionReplay) outside(row audit.RowChange) (election int64, wrong bool) {
	election = value(row, "election_id")
	var allowed bool
	switch row.Table {
	case "elections":
		election = value(row, "id")
	case "candidacies":
		election = r.electionOf[value(row, "constituency_id")]
	case "constituencies", "lot_seeds", "lot_values":
	case "stations":
		allowed = r.named[correctedPlace{election, r.open[election], value(row, "id")}]
	case "batches", "protocols", "protocol_scans", "amendments":
		allowed = r.named[correctedPlace{election, r.open[election], placeIn(row)}]
	case "protocol_entries", "protocol_settlements", "protocol_explanations":
		of := r.protocols[value(row, "protocol_id")]
		election = of.election
		allowed = r.named[correctedPlace{election, r.open[election], of.place}]
	case "confirmations", "lifted_points", "lots":
		allowed = r.open[election] != 0 && value(row, "number") == r.open[election]
	case "lot_participants":
		of := r.lots[value(row, "lot_id")]
		election = of[0]
		allowed = r.open[election] != 0 && of[1] == r.open[election]
	default:
		return 0, false
	}
	return election, r.certified[election] && !allowed
}
