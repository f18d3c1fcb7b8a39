package bundle

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text/csvtext"
	"urna/results"
)

// Form is one of the two forms of a bundle.
type Form string

// The forms.
const (
	// Full holds every ballot by its GUID, the lines that did not count, and the audit log.
	Full Form = "full"
	// Public holds sums per batch instead, and a commitment to the full one.
	Public Form = "public"
)

// ErrNotCertified is returned for the bundle of an election that is not certified.
var ErrNotCertified = problem.New(problem.Conflict, "not-certified", messages.ProblemNotCertified())

// The entries, in the order in which they stand in a bundle.
const (
	readmeFile        = "README.txt"
	definitionFile    = "definition.json"
	figuresFile       = "figures.json"
	certificationFile = "certification.json"
	resultsFile       = "results.csv"
	batchSumsFile     = "batch-sums.csv"
	onlineSumsFile    = "online-sums.csv"
	linesFile         = "lines-not-counted.csv"
	ballotsFile       = "ballots.csv"
	auditFile         = "audit.jsonl"
	saltFile          = "commitment-salt.txt"
	commitmentFile    = "commitment.txt"
)

// entries returns the names of a form's entries in their order.
func (f Form) entries() []string {
	common := []string{readmeFile, definitionFile, figuresFile, certificationFile, resultsFile, batchSumsFile, onlineSumsFile}
	if f == Public {
		return append(common, commitmentFile)
	}
	return append(common, linesFile, ballotsFile, auditFile, saltFile)
}

// The first lines of the CSV entries.
const (
	batchSumsHeader  = "batch_id,poll_number,votes"
	onlineSumsHeader = "constituency_id,poll_number,votes"
	linesHeader      = "guid,batch_id,line,poll_number,reason"
	ballotsHeader    = "guid,constituency_id,poll_number"
)

const readme = `This is the results bundle of an election counted with Urna.

Check it on any machine, without a network:

    urna verify THIS-FILE.zip

That counts again, finds the seats again in two ways, checks the signature over every byte of this file,
and says what it proved and what it cannot prove. The file's comment is the signature; docs/exports.md in
Urna's source explains every file in here and how to check the signature with other tools.
`

// certification is the document of a certification. Of the public form the administrators' e-mail addresses
// are left out.
type certification struct {
	Format        string         `json:"format"`
	ElectionID    int64          `json:"election_id"`
	Figures       string         `json:"figures_sha256"`
	CertifiedAt   time.Time      `json:"certified_at"`
	Required      int            `json:"required"`
	Confirmations []confirmation `json:"confirmations"`
	AuditHead     string         `json:"audit_head"`
	AuditEvents   int64          `json:"audit_events"`
}

type confirmation struct {
	AdministratorID int64      `json:"administrator_id"`
	Administrator   string     `json:"administrator"`
	Figures         string     `json:"figures_sha256"`
	At              time.Time  `json:"confirmed_at"`
	VoidedAt        *time.Time `json:"voided_at"`
}

const certificationFormat = "urna-certification-1"

func newCertification(electionID int64, c *elections.Certification, form Form) certification {
	d := certification{
		Format: certificationFormat, ElectionID: electionID, Figures: c.Record.Figures, CertifiedAt: c.Record.At.UTC(), Required: c.Required,
		Confirmations: []confirmation{}, AuditHead: c.Record.AuditHead, AuditEvents: c.Record.AuditEvents,
	}
	for _, k := range c.Confirmations {
		one := confirmation{AdministratorID: k.AdministratorID, Administrator: k.Administrator, Figures: k.Figures, At: k.At.UTC()}
		if form == Public {
			one.Administrator = WithoutAddress(k.Administrator)
		}
		if k.VoidedAt != nil {
			voided := k.VoidedAt.UTC()
			one.VoidedAt = &voided
		}
		d.Confirmations = append(d.Confirmations, one)
	}
	return d
}

// WithoutAddress returns a person's name without the e-mail address that the record keeps beside it.
func WithoutAddress(name string) string {
	before, _, _ := strings.Cut(name, " <")
	return before
}

// event is a line of the audit log's entry; the times are Unix milliseconds, as they are hashed.
type event struct {
	ID        int64  `json:"id"`
	At        int64  `json:"at"`
	ActorID   int64  `json:"actor_id"`
	ActorName string `json:"actor_name"`
	ActorFrom string `json:"actor_from"`
	Action    string `json:"action"`
	Subject   string `json:"subject"`
	Detail    string `json:"detail"`
	Hash      string `json:"hash"`
}

// encodeJSON writes a document in the one way in which it is written.
func encodeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("bundle: encode: %w", err)
	}
	return nil
}

// WriteResultsCSV writes a header and one line a candidacy, in the order of constituencies and poll
// numbers, as RFC 4180 has it. docs/exports.md gives the meaning of each column.
func WriteResultsCSV(w io.Writer, f *results.Figures) error {
	return writeResults(csvtext.NewWindowsWriter(w), f, nil)
}

func writeResults(c *csvtext.Writer, f *results.Figures, s *Standing) error {
	_ = c.Write(s.head(
		"constituency_id", "constituency", "poll_number", "participant_id", "name", "votes", "share", "seats", "below_threshold",
	)...)
	for _, part := range f.Constituencies {
		for _, k := range part.Candidacies {
			_ = c.Write(s.line(part.ID, part.Name, k.PollNumber, k.ParticipantID, k.Name, k.Votes, k.Share, k.Seats, k.BelowThreshold)...)
		}
	}
	return c.Flush() // returns the first error of any write
}

// WriteConstituenciesCSV writes a header and one line a constituency.
func WriteConstituenciesCSV(w io.Writer, f *results.Figures) error {
	return writeConstituencies(csvtext.NewWindowsWriter(w), f, nil)
}

func writeConstituencies(c *csvtext.Writer, f *results.Figures, s *Standing) error {
	_ = c.Write(s.head(
		"constituency_id", "constituency", "seats", "registered_voters", "cast", "online", "valid", "blank", "invalid", "duplicates",
		"threshold_votes", "unassigned_seats",
	)...)
	for _, part := range f.Constituencies {
		b := part.Ballots
		registered := ""
		if b.RegisteredVoters != nil {
			registered = strconv.FormatInt(*b.RegisteredVoters, 10)
		}
		_ = c.Write(s.line(part.ID, part.Name, part.Seats, registered, b.Cast, b.Online, b.Valid, b.Blank, b.Invalid, b.Duplicates,
			part.ThresholdVotes, part.Unassigned)...)
	}
	return c.Flush()
}
