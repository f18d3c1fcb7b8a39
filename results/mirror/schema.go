package mirror

import (
	"fmt"
	"strings"
)

// Format names the tables and the meaning of their columns. Columns and tables are added at the end without a new name.
const Format = "urna-results-1"

// Table is a table of the copy.
type Table struct {
	Name    string
	Meaning string
	Columns []Column
	Key     []string // the primary key
	// Parent is the table to which the columns On refer, with a key of the same columns; "" is none.
	Parent string
	On     []string
	// Counted tells that the table is empty until counts by participant may be shown.
	Counted bool
}

// Column is a column of a table.
type Column struct {
	Name    string
	Type    string // of PostgreSQL
	Null    bool   // the value may be missing
	Meaning string
}

// The types of columns.
const (
	bigint  = "bigint"
	integer = "integer"
	varchar = "text"
	boolean = "boolean"
	numeric = "numeric(7,6)"
	instant = "timestamptz"
)

const (
	meansElection     = "the election"
	meansConstituency = "the constituency"
	hiddenCount       = "; missing until counts may be shown"
)

// ballotColumns are the sums of an election or a constituency.
func ballotColumns() []Column {
	return []Column{
		{"registered_voters", bigint, true, "the voters on the roll; missing if the number is not known"},
		{"ballots_cast", bigint, true, "valid and invalid ballots; missing before the opening"},
		{"cast_online", bigint, true, "those of them that were cast online" + hiddenCount},
		{"valid", bigint, true, "valid ballots, the blank ones included" + hiddenCount},
		{"blank", bigint, true, "blank ballots" + hiddenCount},
		{"invalid", bigint, true, "ballots whose poll number does not exist" + hiddenCount},
		{"duplicates", bigint, true, "lines whose GUID an earlier line holds: lines, not ballots" + hiddenCount},
	}
}

// Tables returns the tables, parents before their children.
func Tables() []Table {
	return append([]Table{electionsTable(), constituenciesTable()}, append(countTables(), Table{
		Name: "audit_heads", Meaning: "heads of the audit log, one for each number of events at which a copy was made; they are never replaced",
		Key: []string{"events"},
		Columns: []Column{
			{"events", bigint, false, "the number of events of the log"},
			{"head", varchar, false, "the hash of the last one, which depends on all before it"},
		},
	})...)
}

func electionsTable() Table {
	t := Table{
		Name: "elections", Meaning: "one row for each election that was copied", Key: []string{"election_id"},
		Columns: []Column{
			{"election_id", bigint, false, "the number of the election in Urna"},
			{"title", varchar, false, "its title"},
			{"kind", varchar, false, "`parliamentary` or `presidential`"},
			{"state", varchar, false, "`scheduled`, `open`, `counting`, `certified` or `withdrawn`; later versions may add states"},
			{"rehearsal", boolean, false, "the election is not a real one"},
			{"starts_at", instant, false, "when voting starts"},
			{"ends_at", instant, false, "when voting ends"},
			{"time_zone", varchar, false, "the IANA name of the zone in which people read these times"},
			{"second_round_of", bigint, true, "the election whose second round this is"},
			{"withdrawal_reason", varchar, true, "why the election is not held"},
			{"counts_shown", boolean, false, "counts by participant may be shown, and are in this copy"},
			{"provisional", boolean, false, "the election is not certified"},
			{"certified_at", instant, true, "when it was certified"},
			{"certified_figures", varchar, true, "the SHA-256 of the certified figures, which the results bundle has"},
			{"batches_waiting", integer, true, "accepted batches that are not counted in full; missing before the opening"},
			{"winner_id", bigint, true, "the participant that is elected, in a presidential election"},
		},
	}
	t.Columns = append(t.Columns, ballotColumns()...)
	t.Columns = append(t.Columns,
		Column{"figures", varchar, false, "a fingerprint of all that is shown; it changes only with that"},
		Column{"as_of", instant, true, "the last visible change, as far as the copies have seen it; missing before the opening"},
	)
	return t
}

func constituenciesTable() Table {
	t := Table{
		Name: "constituencies", Meaning: "the constituencies of an election", Key: []string{"election_id", "constituency_id"},
		Parent: "elections", On: []string{"election_id"},
		Columns: []Column{
			{"election_id", bigint, false, meansElection},
			{"constituency_id", bigint, false, "the number of the constituency in Urna"},
			{"position", integer, false, "its place in the election, from 1"},
			{"name", varchar, false, "its name"},
			{"seats", integer, false, "the seats to allocate"},
		},
	}
	t.Columns = append(t.Columns, ballotColumns()...)
	t.Columns = append(t.Columns,
		Column{"threshold_votes", bigint, true, "the least number of votes that passes the threshold, 0 without a threshold" + hiddenCount},
		Column{"seats_tied", integer, true, "seats that an open tie leaves undecided" + hiddenCount},
		Column{"seats_unassigned", integer, true, "seats without a holder; seats won, tied and unassigned add up to `seats`" + hiddenCount},
	)
	return t
}

// countTables are the tables below constituencies.
func countTables() []Table {
	place := []string{"election_id", "constituency_id"}
	candidacy := []Column{
		{"election_id", bigint, false, meansElection},
		{"constituency_id", bigint, false, meansConstituency},
		{"poll_number", integer, false, "the candidacy's number on the ballot paper"},
	}
	candidacyKey := []string{"election_id", "constituency_id", "poll_number"}
	return []Table{
		{
			Name: "candidacies", Meaning: "who can be voted for", Key: candidacyKey, Parent: "constituencies", On: place,
			Columns: append(candidacy[:3:3],
				Column{"participant_id", bigint, false, "the number of the party or person in Urna; the same in all constituencies"},
				Column{"name", varchar, false, "its name"},
				Column{"short_name", varchar, true, "its short name"},
				Column{"color", varchar, true, "its color, as `#rrggbb`"},
			),
		},
		{
			Name: "tallies", Meaning: "votes by candidacy", Key: candidacyKey, Parent: "candidacies", On: candidacyKey, Counted: true,
			Columns: append(candidacy[:3:3],
				Column{"votes", bigint, false, "valid ballots with this poll number"},
				Column{"share", numeric, false, "votes ÷ (valid − blank ballots) of the constituency, with six decimals"},
				Column{"below_threshold", boolean, false, "the threshold keeps the list out"},
			),
		},
		{
			Name: "seats", Meaning: "seats by candidacy", Key: candidacyKey, Parent: "candidacies", On: candidacyKey, Counted: true,
			Columns: append(candidacy[:3:3],
				Column{"seats", integer, false, "seats won; while a tie is open, those that are certain; 1 for the elected in a presidential election"},
				Column{"second_round", boolean, false, "the candidate takes part in a second round"},
			),
		},
		{
			Name: "station_sums", Meaning: "counts of polling stations, as they are published: small stations together", Key: []string{"election_id", "sum_number"}, Parent: "constituencies", On: place, Counted: true,
			Columns: []Column{
				{"election_id", bigint, false, meansElection},
				{"sum_number", integer, false, "the number of the sum in this copy, from 1; it is another one when sums change"},
				{"constituency_id", bigint, false, meansConstituency},
				{"cast_online", bigint, false, "ballots in the sum that were cast online"},
				{"valid", bigint, false, "valid ballots, the blank ones included"},
				{"blank", bigint, false, "blank ballots"},
				{"invalid", bigint, false, "ballots whose poll number does not exist"},
				{"duplicates", bigint, false, "lines whose GUID an earlier line holds: lines, not ballots"},
			},
		},
		{
			Name: "station_tallies", Meaning: "votes by sum of polling stations and poll number; no row is 0 votes",
			Key: []string{"election_id", "sum_number", "poll_number"}, Parent: "station_sums", On: []string{"election_id", "sum_number"}, Counted: true,
			Columns: []Column{
				{"election_id", bigint, false, meansElection},
				{"sum_number", integer, false, "the sum"},
				{"poll_number", integer, false, "the candidacy's number on the ballot paper; 0 is blank"},
				{"votes", bigint, false, "valid ballots with this poll number"},
			},
		},
		stationsTable(place),
	}
}

func stationsTable(place []string) Table {
	return Table{
		Name: "stations", Meaning: "polling stations", Key: []string{"election_id", "station_id"}, Parent: "constituencies", On: place,
		Columns: []Column{
			{"election_id", bigint, false, meansElection},
			{"station_id", bigint, false, "the number of the polling station in Urna"},
			{"constituency_id", bigint, false, meansConstituency},
			{"position", integer, false, "its place in the constituency, from 1"},
			{"number", varchar, false, "its number as people write it"},
			{"name", varchar, true, "its name"},
			{"place", varchar, true, "where it is"},
			{"kind", varchar, false, "`ordinary`, `abroad`, `postal`, `mobile` or `central`"},
			{"state", varchar, false, "`awaited`, `received`, `counted`, `annulled` or `closed`"},
			{"exclusion_reason", varchar, true, "why an annulled or closed station is not in the count"},
			{"registered_voters", bigint, true, "the voters on its roll; missing if the number is not known"},
			{"sum_number", integer, true, "the sum in which it is published; missing if nothing of it is counted" + hiddenCount},
		},
	}
}

// definition returns the statements that make the tables in the schema of the search path, with comments.
func definition() string {
	var b strings.Builder
	b.WriteString("CREATE TABLE source (id integer PRIMARY KEY CHECK (id = 1), format text NOT NULL, log text NOT NULL);\n" +
		"COMMENT ON TABLE source IS " + literal("one row: the form of these tables, and the audit log of the data folder that they were copied from") + ";\n")
	for _, t := range Tables() {
		var parts []string
		for _, c := range t.Columns {
			part := c.Name + " " + c.Type
			if !c.Null {
				part += " NOT NULL"
			}
			parts = append(parts, part)
		}
		parts = append(parts, fmt.Sprintf("PRIMARY KEY (%s)", strings.Join(t.Key, ", ")))
		if t.Parent != "" {
			parts = append(parts, fmt.Sprintf("FOREIGN KEY (%[1]s) REFERENCES %[2]s (%[1]s)", strings.Join(t.On, ", "), t.Parent))
		}
		if t.Name == "audit_heads" {
			parts = append(parts, "written_at timestamptz NOT NULL DEFAULT now()")
		}
		fmt.Fprintf(&b, "CREATE TABLE %s (\n    %s\n);\n", t.Name, strings.Join(parts, ",\n    "))
		fmt.Fprintf(&b, "COMMENT ON TABLE %s IS %s;\n", t.Name, literal(t.Meaning))
		for _, c := range t.Columns {
			fmt.Fprintf(&b, "COMMENT ON COLUMN %s.%s IS %s;\n", t.Name, c.Name, literal(c.Meaning))
		}
	}
	return b.String()
}
