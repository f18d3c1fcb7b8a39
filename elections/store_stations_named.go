package elections

import (
	"fmt"

	"urna/internal/database"
)

func stationsWithIDs(db database.Source, ids []int64) (map[int64]Station, error) {
	var rows []stationRow
	if err := db.Gorm().Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("elections: read stations: %w", err)
	}
	found := make(map[int64]Station, len(rows))
	for i := range rows {
		found[rows[i].ID] = rows[i].station()
	}
	return found, nil
}
