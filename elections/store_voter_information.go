package elections

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"urna/internal/database"
	"urna/internal/text/strictjson"
)

type voterInformationRow struct {
	ElectionID      int64 `gorm:"primaryKey;autoIncrement:false"`
	Contact         string
	Sender          string
	Languages       string
	HidesPersonalID bool
	Texts           string
	Logo            string
}

// TableName names the table.
func (voterInformationRow) TableName() string { return "voter_information" }

func voterInformation(db database.Source, election int64) (v VoterInformation, err error) {
	var rows []voterInformationRow
	if err := db.Gorm().Where("election_id = ?", election).Find(&rows).Error; err != nil {
		return v, fmt.Errorf("elections: read what voters are told: %w", err)
	}
	if len(rows) == 0 {
		return v, nil
	}
	r := rows[0]
	v = VoterInformation{Contact: r.Contact, Sender: r.Sender, Languages: strings.Fields(r.Languages), HidesPersonalID: r.HidesPersonalID}
	if len(v.Languages) == 0 {
		v.Languages = nil
	}
	if r.Texts != "" {
		if err := strictjson.UnmarshalStored([]byte(r.Texts), &v.Texts); err != nil {
			return v, fmt.Errorf("elections: read the texts of letters: %w", err)
		}
	}
	if r.Logo != "" {
		if v.Logo, err = base64.StdEncoding.DecodeString(r.Logo); err != nil {
			return v, fmt.Errorf("elections: read the logo of letters: %w", err)
		}
	}
	return v, nil
}

func saveVoterInformation(tx *database.Tx, election int64, v VoterInformation) error {
	row := voterInformationRow{
		ElectionID: election, Contact: v.Contact, Sender: v.Sender, Languages: strings.Join(v.Languages, " "), HidesPersonalID: v.HidesPersonalID,
		Logo: base64.StdEncoding.EncodeToString(v.Logo),
	}
	if len(v.Texts) > 0 {
		texts, err := json.Marshal(v.Texts)
		if err != nil {
			return fmt.Errorf("elections: store the texts of letters: %w", err)
		}
		row.Texts = string(texts)
	}
	if err := tx.Gorm().Save(&row).Error; err != nil {
		return fmt.Errorf("elections: store what voters are told: %w", err)
	}
	return nil
}
