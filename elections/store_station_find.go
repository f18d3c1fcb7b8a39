package elections

import (
	"fmt"
	"strings"

	"gorm.io/gorm"

	"urna/internal/database"
	"urna/internal/text"
)

// mostWords bounds the words of a search.
const mostWords = 8

// StationSearch returns, for each word of a search, the pattern that the column search of a polling station must be LIKE,
// with the escape character "!". That column has the number, the name and the place as text.Key writes them.
func StationSearch(search string) []string {
	words := strings.Fields(text.Key(search))
	words = words[:min(len(words), mostWords)]
	for i, word := range words {
		words[i] = "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(word) + "%"
	}
	return words
}

// orderOf returns the columns of an order. Numbers of different lengths are compared as people count.
func (f *StationFilter) orderOf() string {
	direction := ""
	if f.Descending {
		direction = " DESC"
	}
	switch f.Sort {
	case StationsByNumber:
		return "length(stations.number)" + direction + ", stations.number" + direction + ", stations.id"
	case StationsByName:
		return "stations.name" + direction + ", stations.id"
	case StationsByPlace:
		return "stations.place" + direction + ", stations.id"
	case StationsByRegistered:
		return "stations.registered_voters" + direction + ", stations.id"
	case StationsByList:
	}
	return "constituencies.position" + direction + ", stations.position" + direction
}

// searchStations reads a page of polling stations, and counts all that are chosen.
func searchStations(db database.Source, election int64, f StationFilter) ([]Station, int, error) {
	chosen := func(tx *gorm.DB) *gorm.DB {
		tx = tx.Table("stations").Where("stations.election_id = ?", election)
		if f.ConstituencyID != 0 {
			tx = tx.Where("stations.constituency_id = ?", f.ConstituencyID)
		}
		for _, pattern := range StationSearch(f.Search) {
			tx = tx.Where("stations.search LIKE ? ESCAPE '!'", pattern)
		}
		return tx
	}
	var all int64
	if err := db.Gorm().Scopes(chosen).Count(&all).Error; err != nil {
		return nil, 0, fmt.Errorf("elections: count stations: %w", err)
	}
	var rows []stationRow
	err := db.Gorm().Scopes(chosen).Select("stations.*").Joins("JOIN constituencies ON constituencies.id = stations.constituency_id").
		Order(f.orderOf()).Offset(f.Offset).Limit(f.Limit).Find(&rows).Error
	if err != nil {
		return nil, 0, fmt.Errorf("elections: find stations: %w", err)
	}
	found := make([]Station, 0, len(rows))
	for i := range rows {
		found = append(found, rows[i].station())
	}
	return found, int(all), nil
}
