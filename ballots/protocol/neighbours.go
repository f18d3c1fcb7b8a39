package protocol

import (
	"urna/internal/database"
)

// farFrom returns the warning that a list of a counted protocol is far from the other stations of the constituency.
func farFrom(*database.Tx, *paper, *protocolRow, Values) ([]Finding, error) {
	return nil, nil
}
