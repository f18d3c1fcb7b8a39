package pages

import (
	"context"
	"net/url"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/web/view"
)

// places gives batches the names of their elections and constituencies.
type places map[int64]*elections.Election

func placesOf(list []*elections.Election) places {
	byID := make(places, len(list))
	for _, election := range list {
		byID[election.ID] = election
	}
	return byID
}

// batchTable asks for one batch more than it shows, to know whether there are older ones; address is
// the page of the list, and gets the cursor added to its query.
func (p *Pages) batchTable(ctx context.Context, f batch.Filter, where places, address *url.URL) (view.BatchTable, error) {
	limit := f.Limit
	f.Limit = limit + 1
	list, err := p.Batches.Batches(ctx, f)
	if err != nil {
		return view.BatchTable{}, err
	}
	table := view.BatchTable{Empty: messages.BatchesEmpty()}
	if len(list) > limit {
		list = list[:limit]
		if address != nil {
			table.Older = withQuery(address, "before", decimal(list[limit-1].ID))
		}
	}
	stations, err := stationsOf(ctx, p, list, stationOfBatch)
	if err != nil {
		return view.BatchTable{}, err
	}
	for _, b := range list {
		table.Moving = table.Moving || !b.Settled()
		row := batchRow(b, where[b.ElectionID])
		row.Station = stationTitle(stations, b.StationID)
		table.Rows = append(table.Rows, row)
	}
	return table, nil
}

func batchRow(b batch.Batch, e *elections.Election) view.BatchRow {
	row := view.BatchRow{
		Href: "/batches/" + decimal(b.ID), Number: messages.BatchesBatchNumber(b.ID), File: b.FileName, Official: audit.WithoutAddress(b.OfficialName),
		State: batchMark(b), Lines: messages.Integer(b.Lines),
		Counts: messages.BatchesCounts(b.Valid, b.Invalid, b.Duplicates),
	}
	switch b.State {
	case batch.Retracted:
		if row.Counts = messages.BatchesCountsRetracted(); refusedLate(b) {
			row.Counts = messages.BatchesCountsRefused()
		}
	case batch.Waiting:
		row.Counts = messages.BatchesCountsWaiting()
	default:
	}
	if !b.Settled() {
		row.Percent = messages.BatchesPercent(percent(b.Progress()))
	}
	if e == nil {
		// An election is never deleted; a list read before this batch's election was made shows its id.
		row.Election = messages.BatchesElectionNumber(b.ElectionID)
		row.Accepted = view.NewMoment(b.AcceptedAt, time.UTC)
		return row
	}
	row.Election = messages.Verbatim(e.Title)
	row.Accepted = view.NewMoment(b.AcceptedAt, e.Location())
	if constituency := e.Constituency(b.ConstituencyID); constituency != nil && len(e.Constituencies) > 1 {
		row.Place = constituency.Name
	}
	return row
}

// stationsOf reads the polling stations of batches or uploads; station returns the id of one's, 0 for none.
func stationsOf[T any](ctx context.Context, p *Pages, list []T, station func(T) int64) (map[int64]elections.Station, error) {
	var ids []int64
	for _, one := range list {
		if id := station(one); id != 0 {
			ids = append(ids, id)
		}
	}
	return p.Elections.StationsNamed(ctx, ids)
}

func stationOfBatch(b batch.Batch) int64 { return b.StationID }

// stationTitle names a polling station; no sentence for the id 0.
func stationTitle(stations map[int64]elections.Station, id int64) messages.Message {
	s, ok := stations[id]
	if !ok {
		return messages.Message{}
	}
	return messages.BatchesStationNumber(s.Title())
}

// percent returns whole percents, rounded down: 100 is only said of all.
func percent(part float64) int64 { return int64(part * 100) }

// withQuery returns the address with one value of its query replaced.
func withQuery(address *url.URL, name, value string) string {
	query := address.Query()
	query.Set(name, value)
	return address.Path + "?" + query.Encode()
}
