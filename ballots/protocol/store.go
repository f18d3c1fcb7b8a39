package protocol

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"urna/internal/approval"
	"urna/internal/database"
	"urna/internal/text/strictjson"
)

type protocolRow struct {
	ID                  int64 `gorm:"primaryKey"`
	ElectionID          int64
	ConstituencyID      int64
	StationID           int64
	Round               int
	State               string
	Differences         string
	Reason              string
	RetractionsAfterEnd int64
	DefinitiveAt        *int64
	Late                string
	LateState           string
	LateOfficial        string
	LateReason          string
	LateDecider         string
	LateRemark          string
	Correction          int // in which it became definitive or was last moved; 0: in none
}

// TableName names the table.
func (protocolRow) TableName() string { return "protocols" }

func (r *protocolRow) state() State { return State(r.State) }

func (r *protocolRow) differing() []string { return strings.Fields(r.Differences) }

type entryRow struct {
	ID         int64 `gorm:"primaryKey"`
	ProtocolID int64
	Round      int
	Number     int
	TypistID   int64
	TypistName string
	Content    string
	Commitment []byte
	EnteredAt  int64
}

// TableName names the table.
func (entryRow) TableName() string { return "protocol_entries" }

// open returns what an entry says.
func (r *entryRow) open() (c content, err error) {
	if err := strictjson.UnmarshalStored([]byte(r.Content), &c); err != nil {
		return c, fmt.Errorf("protocol: entry %d cannot be read: %w", r.ID, err)
	}
	return c, nil
}

type settlementRow struct {
	ProtocolID  int64  `gorm:"primaryKey"`
	Round       int    `gorm:"primaryKey"`
	Name        string `gorm:"primaryKey"`
	Value       *int64
	Choice      string
	SettlerID   int64
	SettlerName string
	SettledAt   int64
}

// TableName names the table.
func (settlementRow) TableName() string { return "protocol_settlements" }

func (r *settlementRow) settlement() Settlement {
	return Settlement{
		Name: r.Name, Value: r.Value, Choice: Choice(r.Choice), SettlerID: r.SettlerID, Settler: r.SettlerName, At: time.UnixMilli(r.SettledAt),
	}
}

type explanationRow struct {
	ID          int64 `gorm:"primaryKey"`
	ProtocolID  int64
	Round       int
	Code        string
	Explanation string
	AuthorID    int64
	AuthorName  string
	ExplainedAt int64
}

// TableName names the table.
func (explanationRow) TableName() string { return "protocol_explanations" }

// findProtocol returns the protocol of a station, or nil.
func findProtocol(db database.Source, stationID int64) (*protocolRow, error) {
	return one[protocolRow](db.Gorm().Where("station_id = ?", stationID))
}

// protocolOf returns the protocol of an act. The error for one that does not exist is ErrUnknownProtocol.
func protocolOf(db database.Source, a approval.Approved) (*protocolRow, error) {
	row, err := one[protocolRow](db.Gorm().Where("id = ?", approval.SubjectID(a.Subject)))
	if err == nil && row == nil {
		err = ErrUnknownProtocol
	}
	return row, err
}

// one returns the row that a query finds, or nil.
func one[Row any](query *gorm.DB) (*Row, error) {
	var row Row
	err := query.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, fmt.Errorf("protocol: read %T: %w", row, err)
	}
	return &row, nil
}

// all returns the rows that a query finds.
func all[Row any](query *gorm.DB) ([]Row, error) {
	var rows []Row
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("protocol: read %T: %w", rows, err)
	}
	return rows, nil
}

func insertExplanation(tx *database.Tx, r *explanationRow) error {
	return wrap("insert an explanation", tx.Gorm().Create(r).Error)
}

// saveSettlement stores a settlement, in place of the one of the same number.
func saveSettlement(tx *database.Tx, r *settlementRow) error {
	return wrap("save a settlement", tx.Gorm().Clauses(clause.OnConflict{UpdateAll: true}).Create(r).Error)
}

func wrap(act string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("protocol: %s: %w", act, err)
}

// update stores a protocol that exists.
func update(tx *database.Tx, r *protocolRow) error {
	return wrap("update", tx.Gorm().Model(r).Select("*").Updates(r).Error)
}

// entriesOf returns the entries of a protocol's round, the first one first.
func entriesOf(db database.Source, r *protocolRow) ([]entryRow, error) {
	return all[entryRow](db.Gorm().Where("protocol_id = ? AND round = ?", r.ID, r.Round).Order("number"))
}

// settlementsOf returns the settlements of a protocol's round.
func settlementsOf(db database.Source, r *protocolRow) ([]settlementRow, error) {
	return all[settlementRow](db.Gorm().Where("protocol_id = ? AND round = ?", r.ID, r.Round).Order("name"))
}

// explanationsOf returns the later explanations of a protocol's round.
func explanationsOf(db database.Source, r *protocolRow) ([]explanationRow, error) {
	return all[explanationRow](db.Gorm().Where("protocol_id = ? AND round = ?", r.ID, r.Round).Order("id"))
}

// typed is what two entries and the settlements say together.
type typed struct {
	entries      []entryRow
	contents     []content
	settlements  []settlementRow
	explanations []explanationRow
}

// readTyped reads what was typed of a protocol in its round.
func readTyped(db database.Source, r *protocolRow) (t typed, err error) {
	if t.entries, err = entriesOf(db, r); err != nil {
		return t, err
	}
	for i := range t.entries {
		c, err := t.entries[i].open()
		if err != nil {
			return t, err
		}
		t.contents = append(t.contents, c)
	}
	if t.settlements, err = settlementsOf(db, r); err != nil {
		return t, err
	}
	t.explanations, err = explanationsOf(db, r)
	return t, err
}

// values returns what the protocol says, once nothing is to be settled: the first entry with the settled numbers.
func (t *typed) values() Values {
	v := Values{}
	if len(t.contents) == 0 {
		return v
	}
	maps.Copy(v, t.contents[0].Values)
	for _, s := range t.settlements {
		if s.Value == nil {
			delete(v, s.Name)
		} else {
			v[s.Name] = *s.Value
		}
	}
	return v
}
