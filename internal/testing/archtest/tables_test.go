package archtest

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// A table is one table or view of the database.
type table struct {
	name    string
	owner   string            // the one package whose statements write it
	readers map[string]string // other packages that name it in a query, each with the reason
}

// Reasons that several readers have.
const (
	secretInUse   = "asks whether a secret of the folder is in use, before any service exists"
	beside        = "a page of stations with what each waits for, in the query that searches and sorts them"
	byElection    = "chooses rows of an election by its constituencies"
	slateOfBatch  = "reads what a batch's poll numbers mean, in the statement that moves its ballots"
	recounted     = "the recount compares rows with it in one statement"
	writtenOut    = "the bundle holds the rows as they are stored, one at a time; a copy through the owner would take twice the time"
	shownBeside   = "a candidacy is shown with its participant's name, in the query that reads them"
	anchorHolds   = "the anchor beside the database says how far it has come, read before any service exists"
	rollbackShown = "an open point of the election"
	reported      = "lists and sums up the places that report turnout, page by page"
	leftOut       = "leaves annulled votes out, in the statements that read and count them"
	aboutElection = "chooses the events that an observer of some elections reads, in the statement that pages through the log"
	closeShows    = "shows votes of open elections in steps, in the statement that reads them"
)

// The owners of the tables. A migration may write any of them: it runs before the services. Triggers, which this test
// does not see, write no table: those of the migrations 00001, 00008, 00010 and 00014 only refuse changes
// (TestTables_TriggersOnlyRefuse).
var tables = []table{
	{"accepted_rollbacks", "internal/app/anchor", map[string]string{"results": rollbackShown}},
	{"account_elections", "auth", nil},
	{"account_places", "auth", nil},
	{"account_stations", "auth", nil},
	{"amendments", "elections", nil},
	{"annulled_online_votes", "elections", map[string]string{"ballots/online": leftOut, "results/bundle": leftOut}},
	{"approvals", "auth", map[string]string{"internal/audit": aboutElection}},
	{"audit_coverage", "internal/audit", nil},
	{"audit_events", "internal/audit", map[string]string{"internal/app/anchor": anchorHolds}},
	{"audit_images", "internal/audit", nil},
	{"ballots", "ballots", map[string]string{"results/bundle": writtenOut}},
	{"batch_tallies", "ballots", map[string]string{"results/bundle": writtenOut}},
	{"batches", "ballots/batch", map[string]string{
		"ballots/protocol":    beside,
		"ballots":             "the ledger names the holders of GUIDs by their batches: their elections, states and sums",
		"internal/app/anchor": anchorHolds,
		"internal/audit":      aboutElection,
		"results/bundle":      writtenOut,
	}},
	{"candidacies", "elections", map[string]string{"ballots": slateOfBatch, "ballots/online": recounted}},
	{"certifications", "elections", map[string]string{
		"results":                    "compares the stored figures of certifications",
		"internal/app/datafolder":    secretInUse,
		"internal/audit/countersign": "keeps the first countersignature after each certification",
		"results/bundle":             "asks at the start which bundles can be written again",
	}},
	{"certified_bundles", "results/bundle", nil},
	{"certified_figures", "results", nil},
	{"confirmations", "elections", nil},
	{"constituencies", "elections", map[string]string{
		"ballots": byElection, "ballots/protocol": beside, "ballots/online": byElection, "results/bundle": byElection, "elections/turnout": reported,
	}},
	{"constituency_maps", "elections", nil},
	{"constituency_tallies", "ballots", nil},
	{"constituency_totals", "ballots", nil},
	{"correction_stations", "elections", nil},
	{"corrections", "elections", map[string]string{
		"ballots/online": leftOut,
		"results":        "the certifications whose figures must be stored",
		"results/bundle": "the certifications whose bundles must be kept",
	}},
	{"countersignatures", "internal/audit/countersign", nil},
	{"database_copies", "internal/sqlite", nil},
	{"elections", "elections", map[string]string{
		"ballots":                 slateOfBatch,
		"ballots/batch":           "counts the uploads of elections that are not certified",
		"ballots/online":          closeShows,
		"internal/app/anchor":     "names the elections that had begun when a rollback is accepted",
		"internal/app/datafolder": secretInUse,
	}},
	{"epms_elections", "web/epms", nil},
	{"folder_anchor", "internal/app/anchor", nil},
	{"folder_secrets", "internal/app/datafolder", nil},
	{"invalid_lines", "ballots", map[string]string{"results/bundle": writtenOut}},
	{"keyed_voters", "ballots/online", nil},
	{"lifted_points", "results", nil},
	{"lot_participants", "results", nil},
	{"lot_seeds", "results", nil},
	{"lot_values", "results", nil},
	{"lots", "results", nil},
	{"numbers", "internal/sqlite", map[string]string{"internal/app/verify": "compares the constant that it is"}},
	{"online_ballots", "ballots/online", map[string]string{"results/bundle": writtenOut}},
	{"online_closings", "ballots/online", nil},
	{"online_sum_starts", "ballots/online", nil},
	{"online_sums", "ballots/online", nil},
	{"online_tallies", "ballots/online", map[string]string{"internal/app/anchor": anchorHolds, "results/bundle": writtenOut}},
	{"open_corrections", "elections", map[string]string{"ballots/batch": "counts uploads of elections that take batches"}},
	{"participants", "elections/participants", map[string]string{"elections": shownBeside}},
	{"passkey_challenges", "auth", nil},
	{"passkeys", "auth", nil},
	{"protocol_coordinators", "ballots/protocol", nil},
	{"protocol_drafts", "ballots/protocol", nil},
	{"protocol_entries", "ballots/protocol", nil},
	{"protocol_explanations", "ballots/protocol", nil},
	{"protocol_scans", "ballots/protocol", nil},
	{"protocol_settlements", "ballots/protocol", nil},
	{"protocols", "ballots/protocol", map[string]string{"ballots": "a station has ballots or a protocol", "internal/audit": aboutElection}},
	{"recovery_codes", "auth", nil},
	{"refresh_tokens", "auth", nil},
	{"refused_sign_ins", "auth", nil},
	{"reopened_places", "elections", map[string]string{"ballots": "finds ballots that places outside the correction claim"}},
	{"sessions", "auth", nil},
	{"settings", "web/publicurl", nil},
	{"setup_links", "auth", nil},
	{"shown_changes", "results", nil},
	{"sign_in_addresses", "auth", nil},
	{"station_tallies", "ballots", nil},
	{"station_totals", "ballots", nil},
	{"stations", "elections", map[string]string{"ballots": byElection, "ballots/protocol": beside, "elections/turnout": reported, "internal/audit": aboutElection}},
	{"stored_files", "internal/database/filestore", nil}, // triggers ask batches whether a file was accepted
	{"stored_parts", "internal/database/filestore", nil},
	{"token_families", "auth", nil},
	{"turnout_reports", "elections/turnout", nil},
	{"unfinished_moves", "internal/app/move", map[string]string{"internal/app": "no program uses a database that is not whole"}},
	{"uploads", "ballots/batch", nil},
	{"used_voter_keys", "ballots/online", nil}, // a view of voter_keys and voter_flags
	{"users", "auth", map[string]string{"internal/app/datafolder": secretInUse}},
	{"voter_flags", "ballots/online", nil},
	{"voter_information", "elections", nil},
	{"voter_key_acts", "ballots/online", nil},
	{"voter_key_removals", "ballots/online", nil},
	{"voter_key_totals", "ballots/online", nil},
	{"voter_keys", "ballots/online", map[string]string{"internal/app/datafolder": secretInUse}},
	{"voter_rolls", "ballots/online", map[string]string{"internal/app/datafolder": secretInUse}},
	{"witnesses", "internal/audit/countersign", nil},
}

// anyTable are the packages whose statements may leave a table open, with the reason.
var anyTable = map[string]string{
	"internal/app/move": "it copies all tables of its list, as they are",
	"results/mirror":    "it writes the tables of another database, whose list is in the package",
	"internal/postgres": "as internal/sqlite; and the close refills tables, which their owner names",
	"internal/sqlite":   "it reads the tables that their owners declare for the log, and writes its own temporary ones beside them",
}

// TestTables_AreWrittenByTheirOwners fails for a statement that writes a table outside its owner, for a query of another
// package that is not in the list, and for a statement that leaves open which table it means.
func TestTables_AreWrittenByTheirOwners(t *testing.T) {
	all := checked(t)
	for _, problem := range judge(all) {
		t.Error(problem)
	}
}

// judge returns a sentence for each place that the list of tables does not allow, and for each reader in vain.
func judge(all []typed) (problems []string) {
	listed := map[string]table{}
	for _, one := range tables {
		listed[one.name] = one
	}
	models := modelsOf(all)
	reads := map[string]bool{}
	for _, p := range all {
		for _, a := range p.accesses(models) {
			one, known := listed[a.table]
			switch {
			case a.table == "" && anyTable[p.name] != "":
			case a.table == "":
				problems = append(problems, fmt.Sprintf("%s: want a table named where it is used, found %s", a.at, a.what))
			case !known || p.name == one.owner: // other names are those of WITH, of temporary tables and of sentences
			case a.writes:
				problems = append(problems, fmt.Sprintf("%s: want %s written by %s only, found %s", a.at, one.name, one.owner, a.what))
			case one.readers[p.name] == "":
				problems = append(problems, fmt.Sprintf("%s: want %s read by %s; another reader needs a reason in the list", a.at, one.name, one.owner))
			}
			reads[a.table+" "+p.name] = true
		}
	}
	for _, one := range tables {
		for reader := range one.readers {
			if !reads[one.name+" "+reader] {
				problems = append(problems, fmt.Sprintf("%s does not read %s any more: remove it from the list", reader, one.name))
			}
		}
	}
	return problems
}

// modelsOf returns the tables of all types that have the method TableName.
func modelsOf(all []typed) map[types.Object]string {
	models := map[types.Object]string{}
	for _, p := range all {
		for _, s := range p.files {
			for _, declared := range s.file.Decls {
				if f, ok := declared.(*ast.FuncDecl); ok {
					if typ, name := p.model(f); typ != nil {
						models[typ] = name
					}
				}
			}
		}
	}
	return models
}

// schema returns what a database's own list says: the names of a kind, with their statements.
func schema(t *testing.T, kinds string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, schema := range []database.Schema{database.Main, database.Sessions} {
		rows, err := databasetest.OpenIn(t, t.TempDir(), schema).Pool().QueryContext(t.Context(),
			`SELECT name, sql FROM sqlite_schema WHERE instr($1, type) AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`, kinds)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var name, statement string
			if err := rows.Scan(&name, &statement); err != nil {
				t.Fatal(err)
			}
			found[name] = statement
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func TestTables_ListIsThatOfTheSchema(t *testing.T) {
	in := schema(t, "table view")
	for i, one := range tables {
		if in[one.name] == "" {
			t.Errorf("%s is in the list and not in the schema", one.name)
		}
		delete(in, one.name)
		if i > 0 && tables[i-1].name >= one.name {
			t.Errorf("%s: want the list in the order of names, each once", one.name)
		}
		if !slices.ContainsFunc(drawing, func(n node) bool { return n.name == one.owner }) {
			t.Errorf("%s: its owner %s is not in the drawing", one.name, one.owner)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		t.Errorf("%s has no owner in the list", name)
	}
}

func TestTables_TriggersOnlyRefuse(t *testing.T) {
	triggers := schema(t, "trigger")
	if len(triggers) < 10 {
		t.Fatalf("want the schema's triggers, found %d", len(triggers))
	}
	for name, statement := range triggers {
		_, body, _ := strings.Cut(statement, "BEGIN")
		if slices.ContainsFunc(statements(body), func(a access) bool { return a.writes }) {
			t.Errorf("%s writes a table, which the list of owners does not see: %s", name, statement)
		}
	}
}

// tablesBlock is the list as a table for ARCHITECTURE.md, the readers' reasons below it.
func tablesBlock() string {
	var b strings.Builder
	b.WriteString("| table | owner | other readers |\n| --- | --- | --- |\n")
	reasons := map[string]int{}
	var texts []string
	for _, one := range tables {
		readers := make([]string, 0, len(one.readers))
		for _, name := range slices.Sorted(maps.Keys(one.readers)) {
			reason := one.readers[name]
			if reasons[reason] == 0 {
				texts = append(texts, reason)
				reasons[reason] = len(texts)
			}
			readers = append(readers, fmt.Sprintf("%s (%d)", name, reasons[reason]))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", one.name, one.owner, strings.Join(readers, ", "))
	}
	b.WriteString("\nWhy others read:\n\n")
	for i, reason := range texts {
		b.WriteString(wrapped(fmt.Sprintf("%d. ", i+1), reason))
	}
	return b.String()
}
