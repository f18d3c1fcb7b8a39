package elections

import (
	"fmt"
	"time"

	"urna/internal/database"
)

func insertElection(tx *database.Tx, r *electionRow, constituencies []ConstituencyDraft) error {
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("elections: create: %w", err)
	}
	if err := saveConstituencies(tx, r.ID, constituencies); err != nil {
		return err
	}
	return insertStations(tx, r.ID, constituencies)
}

// saveElection makes an election's own fields those of the draft, and its constituencies too if the definition changes.
func saveElection(tx *database.Tx, id int64, d *Draft, definition bool) error {
	var row electionRow
	if err := tx.Gorm().Where("id = ?", id).Take(&row).Error; err != nil {
		return fmt.Errorf("elections: change: %w", err)
	}
	row.fill(d)
	if err := tx.Gorm().Save(&row).Error; err != nil {
		return fmt.Errorf("elections: change: %w", err)
	}
	if !definition {
		return nil
	}
	return saveConstituencies(tx, id, d.Constituencies)
}

// saveConstituencies makes an election's constituencies and candidacies those of the draft. A
// constituency keeps its id by its place, so that what clients know stays true.
func saveConstituencies(tx *database.Tx, election int64, drafts []ConstituencyDraft) error {
	db := tx.Gorm()
	var old []constituencyRow
	if err := db.Where("election_id = ?", election).Order("position").Find(&old).Error; err != nil {
		return fmt.Errorf("elections: read constituencies: %w", err)
	}
	for _, c := range old {
		if err := db.Where("constituency_id = ?", c.ID).Delete(&candidacyRow{}).Error; err != nil {
			return fmt.Errorf("elections: replace candidacies: %w", err)
		}
		// Names are unique within the election: free them before other constituencies get them.
		if err := db.Model(&c).Update("name", fmt.Sprintf("%d to be replaced", c.ID)).Error; err != nil {
			return fmt.Errorf("elections: replace constituency: %w", err)
		}
	}
	for _, c := range old[min(len(drafts), len(old)):] {
		if err := db.Delete(&c).Error; err != nil {
			return fmt.Errorf("elections: remove constituency: %w", err)
		}
	}
	for i, d := range drafts {
		row := constituencyRow{
			ElectionID: election, Position: i + 1, Name: d.Name, Names: d.Names, Seats: d.Seats,
			RegisteredVoters: d.RegisteredVoters, DeclaredVotesCast: d.DeclaredVotesCast,
		}
		if i < len(old) {
			row.ID = old[i].ID
		}
		if err := db.Save(&row).Error; err != nil {
			return fmt.Errorf("elections: save constituency: %w", err)
		}
		if err := saveCandidacies(tx, row.ID, d.Candidacies); err != nil {
			return err
		}
	}
	return nil
}

func saveCandidacies(tx *database.Tx, constituency int64, drafts []CandidacyDraft) error {
	rows := make([]candidacyRow, 0, len(drafts))
	for i, d := range drafts {
		rows = append(rows, candidacyRow{
			ConstituencyID: constituency, PollNumber: i + 1, ParticipantID: d.ParticipantID,
			Weight: d.Weight, Exempt: d.Exempt, MaxSeats: d.MaxSeats, ThresholdPercent: d.ThresholdPercent,
		})
	}
	if err := tx.Gorm().CreateInBatches(rows, 500).Error; err != nil {
		return fmt.Errorf("elections: save candidacies: %w", err)
	}
	return nil
}

func markPublished(tx *database.Tx, id int64, now time.Time) error {
	if err := tx.Gorm().Model(&electionRow{ID: id}).Update("published_at", now.UnixMilli()).Error; err != nil {
		return fmt.Errorf("elections: publish: %w", err)
	}
	return nil
}

func markWithdrawn(tx *database.Tx, id int64, reason string, now time.Time) error {
	err := tx.Gorm().Model(&electionRow{ID: id}).
		Updates(map[string]any{"withdrawn_at": now.UnixMilli(), "withdrawal_reason": reason}).Error
	if err != nil {
		return fmt.Errorf("elections: withdraw: %w", err)
	}
	return nil
}

// deleteElection deletes a draft with its constituencies, candidacies and polling stations.
func deleteElection(tx *database.Tx, id int64) error {
	db := tx.Gorm()
	constituencies := db.Model(&constituencyRow{}).Select("id").Where("election_id = ?", id)
	if err := db.Where("constituency_id IN (?)", constituencies).Delete(&candidacyRow{}).Error; err != nil {
		return fmt.Errorf("elections: delete candidacies: %w", err)
	}
	if err := db.Where("election_id = ?", id).Delete(&stationRow{}).Error; err != nil {
		return fmt.Errorf("elections: delete stations: %w", err)
	}
	if err := db.Where("election_id = ?", id).Delete(&voterInformationRow{}).Error; err != nil {
		return fmt.Errorf("elections: delete what voters are told: %w", err)
	}
	if _, err := deleteMap(tx, id); err != nil {
		return err
	}
	if err := db.Where("election_id = ?", id).Delete(&constituencyRow{}).Error; err != nil {
		return fmt.Errorf("elections: delete constituencies: %w", err)
	}
	if err := db.Delete(&electionRow{ID: id}).Error; err != nil {
		return fmt.Errorf("elections: delete draft: %w", err)
	}
	return nil
}
