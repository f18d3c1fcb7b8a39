package protocol

import (
	"urna/internal/database"
)

// opener returns the content of an entry of a protocol, or a sentence why it cannot be the one that was accepted.
type opener func(row *protocolRow, e *entryRow) (c content, wrong string)

// readAll reads the protocols of an election, 0 for all, in the order of their ids, with what was typed in their round.
// broken are the sentences of open about entries, of any round.
func readAll(db database.Source, electionID int64, open opener, each func(row *protocolRow, t *typed, broken []string) error) error {
	query := db.Gorm().Order("id")
	if electionID != 0 {
		query = query.Where("election_id = ?", electionID)
	}
	rows, err := all[protocolRow](query)
	if err != nil {
		return err
	}
	for len(rows) > 0 {
		some := rows[:min(len(rows), atOnce)]
		rows = rows[len(some):]
		if err := readSome(db, some, open, each); err != nil {
			return err
		}
	}
	return nil
}

// readSome reads what was typed of some protocols.
func readSome(db database.Source, some []protocolRow, open opener, each func(row *protocolRow, t *typed, broken []string) error) error {
	ids := make([]int64, len(some))
	for i := range some {
		ids[i] = some[i].ID
	}
	entries, err := all[entryRow](db.Gorm().Where("protocol_id IN ?", ids).Order("protocol_id, round, number"))
	if err != nil {
		return err
	}
	settlements, err := all[settlementRow](db.Gorm().Where("protocol_id IN ?", ids).Order("protocol_id, round, name"))
	if err != nil {
		return err
	}
	explanations, err := all[explanationRow](db.Gorm().Where("protocol_id IN ?", ids).Order("id"))
	if err != nil {
		return err
	}
	found, broken := map[int64]*typed{}, map[int64][]string{}
	byID := map[int64]*protocolRow{}
	for i := range some {
		found[some[i].ID], byID[some[i].ID] = &typed{}, &some[i]
	}
	for i := range entries {
		e := entries[i]
		c, wrong := open(byID[e.ProtocolID], &e)
		if wrong != "" {
			broken[e.ProtocolID] = append(broken[e.ProtocolID], wrong)
		}
		if e.Round == byID[e.ProtocolID].Round {
			t := found[e.ProtocolID]
			t.entries, t.contents = append(t.entries, e), append(t.contents, c)
		}
	}
	for _, s := range settlements {
		if s.Round == byID[s.ProtocolID].Round {
			found[s.ProtocolID].settlements = append(found[s.ProtocolID].settlements, s)
		}
	}
	for _, e := range explanations {
		if e.Round == byID[e.ProtocolID].Round {
			found[e.ProtocolID].explanations = append(found[e.ProtocolID].explanations, e)
		}
	}
	for i := range some {
		if err := each(&some[i], found[some[i].ID], broken[some[i].ID]); err != nil {
			return err
		}
	}
	return nil
}
