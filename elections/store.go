package elections

import (
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"urna/internal/database"
	"urna/internal/sealed"
	"urna/internal/text"
)

type electionRow struct {
	ID                  int64 `gorm:"primaryKey"`
	Title               string
	Names               text.Names
	Kind                string
	StartsAt            int64
	EndsAt              int64
	BatchesUntil        *int64
	TimeZone            string
	PublicView          string
	TakesBatches        bool
	TakesOnline         bool
	Method              string
	ThresholdPercent    string
	ThresholdBase       string
	ThresholdComparison string
	ThresholdScope      string
	Majority            string
	MajorityBase        string
	BlankBallots        bool
	PublishEveryStation bool
	TieBreak            string
	Rehearsal           bool
	Confirmations       int
	SealKeysTo          string
	ProtocolForm        string
	TurnoutReportsAt    string
	CertifiersAtOpening bool
	CertifiersDecidedAt *int64
	SecondRoundOf       *int64
	FormKey             *string
	ClosedAt            *int64
	CertifiedAt         *int64
	PublishedAt         *int64
	WithdrawnAt         *int64
	WithdrawalReason    string
	CreatedAt           int64 `gorm:"autoCreateTime:false"`
}

// TableName names the table.
func (electionRow) TableName() string { return "elections" }

func (r *electionRow) election() *Election {
	e := &Election{
		ID: r.ID, Title: r.Title, Names: r.Names, Kind: Kind(r.Kind), StartsAt: storedInstant(r.StartsAt), EndsAt: storedInstant(r.EndsAt),
		BatchesUntil: instant(r.BatchesUntil),
		TimeZone:     r.TimeZone, PublicView: PublicView(r.PublicView), Rehearsal: r.Rehearsal,
		Confirmations: r.Confirmations, CertifiersAtOpening: r.CertifiersAtOpening,
		ClosedAt: instant(r.ClosedAt), CertifiedAt: instant(r.CertifiedAt),
		IsDraft: r.PublishedAt == nil, WithdrawnAt: instant(r.WithdrawnAt), WithdrawalReason: r.WithdrawalReason,
		Rules: Rules{
			Method: r.Method, ThresholdPercent: r.ThresholdPercent, ThresholdBase: r.ThresholdBase,
			ThresholdComparison: r.ThresholdComparison, ThresholdScope: ThresholdScope(r.ThresholdScope),
			Majority: Majority(r.Majority), MajorityBase: MajorityBase(r.MajorityBase), BlankBallots: r.BlankBallots,
			PublishEveryStation: r.PublishEveryStation,
			TieBreak:            SplitTieBreak(r.TieBreak),
		},
	}
	if r.PublishedAt != nil {
		e.PublishedAt = time.UnixMilli(*r.PublishedAt)
	}
	if r.CertifiersAtOpening && r.CertifiersDecidedAt == nil {
		e.Confirmations = 0 // until completeCertifiers
	}
	e.Protocols = storedForm(r.ProtocolForm)
	if r.TurnoutReportsAt != "" {
		e.TurnoutReportsAt = strings.Fields(r.TurnoutReportsAt)
	}
	if r.SealKeysTo != "" {
		e.SealKeysTo = sealed.Stored(r.SealKeysTo)
	}
	if r.SecondRoundOf != nil {
		e.SecondRoundOf = *r.SecondRoundOf
	}
	if r.TakesBatches {
		e.Channels = append(e.Channels, Batches)
	}
	if r.TakesOnline {
		e.Channels = append(e.Channels, Online)
	}
	return e
}

func instant(ms *int64) *time.Time {
	if ms == nil {
		return nil
	}
	t := storedInstant(*ms)
	return &t
}

// electionOfForm returns the id of the election that was made with a form's key, or 0.
func electionOfForm(db database.Source, key string) (int64, error) {
	var ids []int64
	if err := db.Gorm().Model(&electionRow{}).Where("form_key = ?", key).Pluck("id", &ids).Error; err != nil {
		return 0, fmt.Errorf("elections: find a form's election: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return ids[0], nil
}

// fill puts a draft's own fields (not its constituencies) into the row.
func (r *electionRow) fill(d *Draft) {
	r.Title, r.Names, r.Kind = d.Title, d.Names, string(d.Kind)
	r.StartsAt, r.EndsAt, r.TimeZone = d.StartsAt.UnixMilli(), d.EndsAt.UnixMilli(), d.TimeZone
	r.BatchesUntil = nil
	if d.BatchesUntil != nil {
		until := d.BatchesUntil.UnixMilli()
		r.BatchesUntil = &until
	}
	r.PublicView, r.Rehearsal = string(d.PublicView), d.Rehearsal
	if r.CertifiersDecidedAt == nil { // else it is decided
		r.Confirmations, r.CertifiersAtOpening = max(d.Confirmations, 1), d.Confirmations == 0
	}
	r.SealKeysTo = strings.Join(d.SealKeysTo, " ")
	r.ProtocolForm = d.Protocols.stored()
	r.TurnoutReportsAt = strings.Join(d.TurnoutReportsAt, " ")
	r.TakesBatches, r.TakesOnline = false, false
	for _, c := range d.Channels {
		r.TakesBatches = r.TakesBatches || c == Batches
		r.TakesOnline = r.TakesOnline || c == Online
	}
	r.Method, r.ThresholdPercent = d.Rules.Method, d.Rules.ThresholdPercent
	r.ThresholdBase, r.ThresholdComparison = d.Rules.ThresholdBase, d.Rules.ThresholdComparison
	r.ThresholdScope = string(d.Rules.ThresholdScope)
	r.Majority, r.MajorityBase = string(d.Rules.Majority), string(d.Rules.MajorityBase)
	r.BlankBallots, r.PublishEveryStation = d.Rules.BlankBallots, d.Rules.PublishEveryStation
	r.TieBreak = JoinTieBreak(d.Rules.TieBreak)
}

type constituencyRow struct {
	ID                int64 `gorm:"primaryKey"`
	ElectionID        int64
	Position          int
	Name              string
	Names             text.Names
	Seats             int
	RegisteredVoters  int64
	DeclaredVotesCast *int64
}

// TableName names the table.
func (constituencyRow) TableName() string { return "constituencies" }

type candidacyRow struct {
	ConstituencyID int64 `gorm:"primaryKey;autoIncrement:false"`
	PollNumber     int   `gorm:"primaryKey;autoIncrement:false"`
	ParticipantID  int64
	Weight         string
	Exempt         bool
	MaxSeats       int

	ThresholdPercent string
}

// TableName names the table.
func (candidacyRow) TableName() string { return "candidacies" }

// standsIn returns the elections in which a participant has a candidacy.
func standsIn(db database.Source, participant int64) ([]*Election, error) {
	var rows []electionRow
	err := db.Gorm().Where(`id IN (SELECT election_id FROM constituencies JOIN candidacies ON constituency_id = constituencies.id
		WHERE participant_id = ?)`, participant).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("elections: read candidacies: %w", err)
	}
	found := make([]*Election, 0, len(rows))
	for i := range rows {
		found = append(found, rows[i].election())
	}
	return found, nil
}

// loadElections reads elections with all that belongs to them, newest start first; id 0 is all.
func loadElections(db database.Source, id int64, among scope) ([]*Election, error) {
	var rows []electionRow
	chosen := func(column string) *gorm.DB {
		if id == 0 {
			return db.Gorm()
		}
		return db.Gorm().Where(column+" = ?", id)
	}
	query := chosen("id")
	if among == published {
		query = query.Where("published_at IS NOT NULL")
	}
	if err := query.Order("starts_at DESC, id DESC").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("elections: read elections: %w", err)
	}
	found := make([]*Election, 0, len(rows))
	byID := make(map[int64]*Election, len(rows))
	for i := range rows {
		e := rows[i].election()
		found = append(found, e)
		byID[e.ID] = e
	}
	candidacies, err := loadCandidacies(db, id)
	if err != nil {
		return nil, err
	}
	var constituencies []constituencyRow
	if err := chosen("election_id").Order("election_id, position").Find(&constituencies).Error; err != nil {
		return nil, fmt.Errorf("elections: read constituencies: %w", err)
	}
	corrections, err := lastCorrections(db, id)
	if err != nil {
		return nil, err
	}
	withStations, err := haveStations(db, id)
	if err != nil {
		return nil, err
	}
	for _, c := range corrections {
		if e := byID[c.ElectionID]; e != nil {
			e.Correction, e.Correcting, e.CorrectedAt = c.Number, c.CertifiedAt == nil, instant(c.CertifiedAt)
		}
	}
	for _, c := range constituencies {
		e := byID[c.ElectionID]
		if e == nil { // of a draft; that of no election is named by urna verify
			continue
		}
		e.Constituencies = append(e.Constituencies, Constituency{
			ID: c.ID, ElectionID: c.ElectionID, Name: c.Name, Names: c.Names, Seats: c.Seats, RegisteredVoters: c.RegisteredVoters,
			DeclaredVotesCast: c.DeclaredVotesCast, Candidacies: candidacies[c.ID],
			HasStations: withStations[c.ID],
		})
	}
	return found, nil
}

// loadCandidacies reads candidacies by constituency, in the order of poll numbers; election 0 is all.
func loadCandidacies(db database.Source, election int64) (map[int64][]Candidacy, error) {
	var rows []struct {
		ConstituencyID int64
		PollNumber     int
		ParticipantID  int64
		Weight         string
		Exempt         bool
		MaxSeats       int

		ThresholdPercent string

		Name      string
		Names     text.Names
		ShortName string
		Color     string
	}
	query := db.Gorm().Table("candidacies").
		Select("candidacies.*, participants.name, participants.names, participants.short_name, participants.color").
		Joins("JOIN participants ON participants.id = candidacies.participant_id").
		Order("constituency_id, poll_number")
	if election != 0 {
		query = query.Where("constituency_id IN (SELECT id FROM constituencies WHERE election_id = ?)", election)
	}
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("elections: read candidacies: %w", err)
	}
	found := map[int64][]Candidacy{}
	for _, r := range rows {
		found[r.ConstituencyID] = append(found[r.ConstituencyID], Candidacy{
			PollNumber: r.PollNumber, ParticipantID: r.ParticipantID, Name: r.Name, Names: r.Names, ShortName: r.ShortName, Color: r.Color,
			Weight: r.Weight, Exempt: r.Exempt, MaxSeats: r.MaxSeats, ThresholdPercent: r.ThresholdPercent,
		})
	}
	return found, nil
}

// publicTitles reads ids and titles of those elections that are published.
func publicTitles(db database.Source, ids []int64) (rows []electionRow, err error) {
	err = db.Gorm().Select("id", "title").Where("id IN ? AND published_at IS NOT NULL", ids).Find(&rows).Error
	return rows, err
}

// publicConstituencies reads those constituencies that exist in published elections, without their candidacies.
func publicConstituencies(db database.Source, ids []int64) (rows []constituencyRow, err error) {
	err = db.Gorm().Where("id IN ? AND election_id IN (SELECT id FROM elections WHERE published_at IS NOT NULL)", ids).Find(&rows).Error
	return rows, err
}
