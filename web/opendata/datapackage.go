package opendata

import (
	"encoding/json"
	"time"

	"urna/elections"
	"urna/results"
	"urna/web/cache"
)

// dataPackage is a Frictionless data package, version 1: what the tables of an election are, column by column.
type dataPackage struct {
	Profile   string         `json:"profile"`
	Name      string         `json:"name"`
	ID        string         `json:"id"`
	Title     string         `json:"title"`
	Version   string         `json:"version"` // the time of the figures, and whether they are provisional
	Created   string         `json:"created"`
	Resources []dataResource `json:"resources"`
}

type dataResource struct {
	Profile  string      `json:"profile"`
	Name     string      `json:"name"`
	Path     string      `json:"path"` // relative to the package
	Title    string      `json:"title"`
	Format   string      `json:"format"`
	Type     string      `json:"mediatype"`
	Encoding string      `json:"encoding"`
	Dialect  dataDialect `json:"dialect"`
	Schema   dataSchema  `json:"schema"`
}

type dataDialect struct {
	LineTerminator string `json:"lineTerminator"`
	Header         bool   `json:"header"`
}

type dataSchema struct {
	Fields        []dataField `json:"fields"`
	PrimaryKey    []string    `json:"primaryKey,omitempty"`
	MissingValues []string    `json:"missingValues"`
}

type dataField struct {
	Name        string           `json:"name"`
	Type        string           `json:"type"`
	Format      string           `json:"format,omitempty"`
	Description string           `json:"description"`
	Constraints *dataConstraints `json:"constraints,omitempty"`
}

type dataConstraints struct {
	Required bool `json:"required,omitempty"`
	Minimum  *int `json:"minimum,omitempty"`
}

// DataPackageType is the content type of a data package.
const DataPackageType = "application/json; charset=utf-8"

// DataPackage describes the tables of an election. identity is what Feed takes.
func DataPackage(public *results.Public, identity string) (cache.Drawing, error) {
	r, err := public.Count()
	if err != nil {
		return cache.Drawing{}, err
	}
	e, at := r.Election, r.UpdatedAt.UTC().Format(time.RFC3339Nano)
	p := dataPackage{
		Profile: "tabular-data-package", Name: "election-" + decimal(e.ID), ID: stableID(identity, e.ID, "data"), Title: e.Title, Version: at, Created: at,
		Resources: []dataResource{
			csvResource("results", "Votes and seats, one line a candidacy", resultFields(), "constituency_id", "poll_number"),
			csvResource("constituencies", "Turnout and sums, one line a constituency", constituencyFields(), "constituency_id"),
		},
	}
	if r.Provisional {
		p.Version += " provisional"
	}
	if r.Stations != nil && !r.Altered && r.State != elections.Correcting { // else the table is refused
		p.Resources = append(p.Resources, csvResource("stations", "Polling stations, one line a station and candidacy", stationFields()))
	}
	if len(e.TurnoutReportsAt) > 0 {
		reports := csvResource("turnout", "Turnout reports of polling stations, one line a report", turnoutFields())
		reports.Dialect.LineTerminator = "\n"
		p.Resources = append(p.Resources, reports)
	}
	body, err := json.MarshalIndent(p, "", "  ")
	return cache.Drawing{ContentType: DataPackageType, Body: append(body, '\n'), Until: public.Until}, err
}

func csvResource(name, title string, fields []dataField, key ...string) dataResource {
	return dataResource{
		Profile: "tabular-data-resource", Name: name, Path: name + ".csv", Title: title, Format: "csv", Type: "text/csv", Encoding: "utf-8",
		Dialect: dataDialect{"\r\n", true}, Schema: dataSchema{fields, key, []string{""}},
	}
}

// count describes a column of counts that is never empty.
func count(name, description string) dataField {
	least := 0
	return dataField{name, "integer", "", description, &dataConstraints{Required: true, Minimum: &least}}
}

// known describes a column of counts that is empty where the number is not known or not published.
func known(name, description string) dataField {
	least := 0
	return dataField{name, "integer", "", description, &dataConstraints{Minimum: &least}}
}

func word(name, description string) dataField {
	return dataField{name, "string", "", description, nil}
}

func flag(name, description string) dataField {
	return dataField{name, "boolean", "", description, &dataConstraints{Required: true}}
}

// moment describes a column of times as RFC 3339 writes them, with their offset from UTC.
func moment(name, description string) dataField {
	return dataField{name, "datetime", "any", description, &dataConstraints{Required: true}}
}

// standingFields are the columns at the end of each table of results.
func standingFields(fields ...dataField) []dataField {
	return append(fields,
		flag("provisional", "true until the election is certified"),
		moment("as_of", "the time of the last visible change, in UTC"),
	)
}

func resultFields() []dataField {
	return standingFields(
		count("constituency_id", "the constituency's number"),
		word("constituency", "the constituency's name"),
		count("poll_number", "the candidacy's number on the ballot paper, from 1"),
		count("participant_id", "the participant's number, the same in all constituencies"),
		word("name", "the participant's name"),
		count("votes", "valid ballots with this poll number"),
		dataField{"share", "number", "", "votes divided by the valid ballots without blank ones, from 0 to 1", &dataConstraints{Required: true}},
		count("seats", "seats won; while a tie is open, those that are certain; 1 for the elected in a presidential election"),
		flag("below_threshold", "true if the threshold keeps the list out"),
	)
}

func constituencyFields() []dataField {
	return standingFields(
		count("constituency_id", "the constituency's number"),
		word("constituency", "the constituency's name"),
		count("seats", "seats to allocate"),
		known("registered_voters", "registered voters; empty if the number is not known"),
		count("cast", "valid and invalid ballots"),
		count("online", "those of the ballots cast that were cast online"),
		count("valid", "valid ballots, blank ones among them"),
		count("blank", "valid ballots for no candidacy"),
		count("invalid", "ballots whose poll number does not exist"),
		count("duplicates", "lines whose GUID an earlier line holds: lines, not ballots"),
		count("threshold_votes", "the least number of votes that passes the threshold, 0 if there is none"),
		count("unassigned_seats", "seats without a holder"),
	)
}

func stationFields() []dataField {
	return standingFields(
		known("station_id", "the polling station; empty in the lines of several stations together"),
		word("number", "the station's number, as the election gives it"),
		word("name", "the station's name"),
		count("constituency_id", "the constituency's number"),
		word("constituency", "the constituency's name"),
		word("kind", "the kind of the station, such as ordinary"),
		word("state", "awaited, received, counted, annulled or closed"),
		known("registered_voters", "registered voters; empty if the number is not known"),
		known("cast", "ballots on paper; empty if the station is published with others, or nothing of it is counted"),
		known("blank", "blank ballots; empty as cast"),
		known("invalid", "invalid ballots; empty as cast"),
		count("poll_number", "the candidacy's number on the ballot paper"),
		count("participant_id", "the participant's number"),
		word("candidacy", "the participant's name"),
		known("votes", "valid ballots with this poll number; empty as cast"),
		word("published_with", "the stations that are published in one sum, and online if the votes cast online are in it"),
	)
}

func turnoutFields() []dataField {
	return []dataField{
		moment("hour", "the hour that the report is for"),
		count("constituency_id", "the constituency's number"),
		word("constituency", "the constituency's name"),
		known("station_id", "the polling station; empty if the constituency has none"),
		word("station_number", "the station's number, as the election gives it"),
		word("station", "the station's name"),
		known("registered_voters", "registered voters of the place; empty if the number is not known"),
		count("voters", "voters who had come so far"),
		flag("holds", "false if a later report replaced this one"),
		known("replaces_voters", "the figure that this report replaced; empty if it replaced none"),
		word("reason", "why the figure differs from an earlier one, or exceeds the registered voters"),
		moment("reported_at", "when the report was entered"),
	}
}
