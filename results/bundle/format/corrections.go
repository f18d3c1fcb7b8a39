package format

import "time"

// The acts of a correction on a polling station.
const (
	CorrectionAnnuls   = "annul"   // its ballots do not count
	CorrectionRecounts = "recount" // its ballots were counted again
	CorrectionRepeats  = "repeat"  // its voters voted again
)

// CorrectionFigure is a correction, after a certification, that led to the figures. Names are without e-mail addresses.
type CorrectionFigure struct {
	Number     int                    `json:"number"`          // of the certification that it led to
	Corrects   string                 `json:"corrects_sha256"` // of the figures of the certification before
	Reason     string                 `json:"reason"`
	OrderedBy  string                 `json:"ordered_by"`
	OpenedBy   string                 `json:"opened_by"`
	ApprovedBy string                 `json:"approved_by,omitempty"` // none: one administrator opened it
	OpenedAt   time.Time              `json:"opened_at"`
	Places     []CorrectedPlaceFigure `json:"places"` // by constituency and station
	// AnnulledOnline are the constituencies whose votes cast online were annulled, rising.
	AnnulledOnline []int64 `json:"annulled_online_votes,omitempty"`
}

// CorrectedPlaceFigure is a polling station that a correction reopened, or a constituency without polling stations.
type CorrectedPlaceFigure struct {
	ConstituencyID int64  `json:"constituency_id"`
	StationID      int64  `json:"station_id,omitempty"` // none: the constituency
	Act            string `json:"act"`                  // annul, recount or repeat
}

// CertificationNumber returns the number of the certification that the figures are of.
func (f *Figures) CertificationNumber() int {
	if len(f.Corrections) == 0 {
		return 1
	}
	return f.Corrections[len(f.Corrections)-1].Number
}

// Corrects returns the SHA-256 of the figures that these figures correct, "" if they are of a first certification.
func (f *Figures) Corrects() string {
	if len(f.Corrections) == 0 {
		return ""
	}
	return f.Corrections[len(f.Corrections)-1].Corrects
}
