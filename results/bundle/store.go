package bundle

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"urna/ballots"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/results"
	"urna/results/bundle/format"
)

// certifiedFigures returns the hashes of all certified figures, as far as the names of bundles have them.
func certifiedFigures(ctx context.Context, db *database.DB) (map[string]bool, error) {
	rows, err := db.Pool().QueryContext(ctx, `SELECT figures FROM certifications`)
	if err != nil {
		return nil, fmt.Errorf("bundle: read certifications: %w", err)
	}
	defer rows.Close()
	known := map[string]bool{}
	for rows.Next() {
		var figures string
		if err := rows.Scan(&figures); err != nil {
			return nil, fmt.Errorf("bundle: read certifications: %w", err)
		}
		known[figures[:min(len(figures), figuresInName)]] = true
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("bundle: read certifications: %w", err)
	}
	return known, nil
}

// writeSums writes a table of three integers under its header.
func writeSums(ctx context.Context, tx *database.Tx, w io.Writer, header, query string, electionID int64) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, header)
	err := eachSum(ctx, tx, query, electionID, func(id, poll, votes int64) error {
		_, err := fmt.Fprintf(out, "%d,%d,%d\n", id, poll, votes)
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// eachSum reads the rows of a query for sums.
func eachSum(ctx context.Context, tx *database.Tx, query string, electionID int64, add func(id, poll, votes int64) error) error {
	rows, err := tx.SQL().QueryContext(ctx, query, electionID)
	if err != nil {
		return fmt.Errorf("bundle: read sums: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, poll, votes int64
		if err := rows.Scan(&id, &poll, &votes); err != nil {
			return fmt.Errorf("bundle: read sums: %w", err)
		}
		if err := add(id, poll, votes); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("bundle: read sums: %w", err)
	}
	return nil
}

// sumsByPart returns the index of the sum by batch, by protocol and, for votes cast online, by constituency.
func sumsByPart(f *results.Figures) (ofBatch, ofProtocol, online map[int64]int) {
	ofBatch, ofProtocol, online = map[int64]int{}, map[int64]int{}, map[int64]int{}
	for i, sum := range f.Sums {
		for _, b := range sum.Batches {
			ofBatch[b] = i
		}
		for _, p := range sum.Protocols {
			ofProtocol[p] = i
		}
		if sum.Online > 0 {
			online[sum.ConstituencyID] = i
		}
	}
	return ofBatch, ofProtocol, online
}

// writeMergedSums writes the votes of each sum by poll number. It returns those of each station sum.
func writeMergedSums(ctx context.Context, tx *database.Tx, w io.Writer, final *results.Final) (format.StationVotes, error) {
	f := final.Figures
	ofBatch, ofProtocol, online := sumsByPart(f)
	votes := make([]map[int64]int64, len(f.Sums))
	for query, of := range map[string]map[int64]int{selectBatchSums: ofBatch, selectOnlineSums: online} {
		err := eachSum(ctx, tx, query, f.ElectionID, func(id, poll, n int64) error {
			i, known := of[id]
			if !known {
				return fmt.Errorf("bundle: votes of %d are in no sum", id)
			}
			if votes[i] == nil {
				votes[i] = map[int64]int64{}
			}
			votes[i][poll] += n
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if err := addProtocols(final, ofProtocol, votes); err != nil {
		return nil, err
	}
	stationSum := stationSumOf(f)
	stationVotes := format.StationVotes{}
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, format.SumsHeader)
	for i := range f.Sums {
		for _, poll := range slices.Sorted(maps.Keys(votes[i])) {
			fmt.Fprintf(out, "%d,%d,%d\n", f.Sums[i].ID, poll, votes[i][poll])
			if of := stationSum(&f.Sums[i]); of != 0 {
				stationVotes.Add(of, int(poll), votes[i][poll])
			}
		}
	}
	return stationVotes, out.Flush()
}

// stationSumOf returns a function for the number of the station sum to which a sum belongs; 0 is none.
func stationSumOf(f *results.Figures) func(*results.SumFigure) int {
	stationOf, ofStation, ofOnline := map[int64]int64{}, map[int64]int{}, map[int64]int{}
	for i := range f.Batches {
		stationOf[f.Batches[i].ID] = f.Batches[i].StationID
	}
	for i := range f.StationSums {
		s := &f.StationSums[i]
		for _, id := range s.Stations {
			ofStation[id] = s.ID
		}
		if s.Online > 0 {
			ofOnline[s.ConstituencyID] = s.ID
		}
	}
	ofProtocol := map[int64]int64{}
	for i := range f.Protocols {
		ofProtocol[f.Protocols[i].ID] = f.Protocols[i].StationID
	}
	return func(sum *results.SumFigure) int {
		switch {
		case len(sum.Batches) > 0:
			return ofStation[stationOf[sum.Batches[0]]]
		case len(sum.Protocols) > 0:
			return ofStation[ofProtocol[sum.Protocols[0]]]
		}
		return ofOnline[sum.ConstituencyID]
	}
}

const selectBatchSums = `SELECT batch_id, poll_number, votes FROM batch_tallies
	WHERE batch_id IN (SELECT id FROM batches WHERE election_id = $1) AND votes > 0 ORDER BY 1, 2`

const selectOnlineSums = `SELECT constituency_id, poll_number, votes FROM online_tallies
	WHERE constituency_id IN (SELECT id FROM constituencies WHERE election_id = $1) AND votes > 0 AND ` + notAnnulled + ` ORDER BY 1, 2`

// notAnnulled leaves out votes cast online that a correction annulled.
const notAnnulled = `constituency_id NOT IN (SELECT a.constituency_id FROM annulled_online_votes a
	JOIN corrections x ON x.election_id = a.election_id AND x.number = a.number WHERE x.ended_at IS NULL)`

// writeLines writes the lines that did not count, in the order of GUIDs, batches and lines. SQLite keeps the order
// of a CROSS JOIN, and so reads the lines by their index on the GUID without sorting them.
func writeLines(ctx context.Context, tx *database.Tx, w io.Writer, electionID int64) error {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT l.guid, l.batch_id, l.line, l.poll_number, l.reason
		FROM invalid_lines l CROSS JOIN batches b
		WHERE b.id = l.batch_id AND b.election_id = $1 ORDER BY l.guid, l.batch_id, l.line`, electionID)
	if err != nil {
		return fmt.Errorf("bundle: read lines: %w", err)
	}
	defer rows.Close()
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, format.LinesHeader)
	for rows.Next() {
		var guid sql.RawBytes
		var batch, line, poll int64
		var reason string
		if err := rows.Scan(&guid, &batch, &line, &poll, &reason); err != nil {
			return fmt.Errorf("bundle: read lines: %w", err)
		}
		fmt.Fprintf(out, "%s,%d,%d,%d,%s\n", ballots.GUID(guid), batch, line, poll, reason)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("bundle: read lines: %w", err)
	}
	return out.Flush()
}

// writeBallots writes all ballots of both channels in the order of their GUIDs, one row in memory at a time. One statement
// reads both tables: a connection to PostgreSQL has no second one open.
func writeBallots(ctx context.Context, tx *database.Tx, w io.Writer, electionID int64, constituencyOf map[int64]int64) error {
	const query = `SELECT guid, batch_id AS place, claim % 100000 AS poll, 0 AS online FROM ballots WHERE election_id = $1
		UNION ALL SELECT guid, constituency_id, poll_number, 1 FROM online_ballots WHERE election_id = $1 AND ` + notAnnulled + `
		ORDER BY guid, online`
	rows, err := tx.SQL().QueryContext(ctx, query, electionID)
	if err != nil {
		return fmt.Errorf("bundle: read ballots: %w", err)
	}
	defer rows.Close()
	out := bufio.NewWriterSize(w, 256<<10)
	fmt.Fprintln(out, format.BallotsHeader)
	var line []byte
	for rows.Next() {
		var raw sql.RawBytes
		var guid ballots.GUID
		var constituency, poll, online int64
		if err := rows.Scan(&raw, &constituency, &poll, &online); err != nil {
			return fmt.Errorf("bundle: read ballots: %w", err)
		}
		if copy(guid[:], raw) != len(guid) {
			return errors.New("bundle: a ballot's GUID has not 16 bytes")
		}
		if online == 0 { // then it is the batch
			constituency = constituencyOf[constituency]
		}
		line = appendBallot(line[:0], guid, constituency, poll)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("bundle: read ballots: %w", err)
	}
	return out.Flush()
}

// appendBallot writes a ballot's line.
func appendBallot(to []byte, guid ballots.GUID, constituency, poll int64) []byte {
	to = strconv.AppendInt(append(guid.Append(to), ','), constituency, 10)
	to = strconv.AppendInt(append(to, ','), poll, 10)
	return append(to, '\n')
}

// writeAudit writes the log up to the event with the given number.
func writeAudit(ctx context.Context, tx *database.Tx, w io.Writer, last int64) error {
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	err := audit.NewReader(tx.SQL()).Each(ctx, audit.Filter{Before: last + 1}, func(e audit.Event) error {
		return encoder.Encode(format.Event{
			ID: e.ID, At: e.At.UnixMilli(), ActorID: e.Actor.ID, ActorName: e.Actor.Name, ActorFrom: e.Actor.From,
			Action: e.Action, Subject: e.Subject, Detail: e.Detail, Hash: e.Hash,
		})
	})
	if err != nil {
		return err
	}
	return out.Flush()
}
