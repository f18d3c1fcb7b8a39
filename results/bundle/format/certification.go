package format

import "time"

// Certification is the document of a certification. The public form has no e-mail addresses of administrators.
type Certification struct {
	Format        string         `json:"format"`
	ElectionID    int64          `json:"election_id"`
	Figures       string         `json:"figures_sha256"`
	CertifiedAt   time.Time      `json:"certified_at"`
	Required      int            `json:"required"`
	Confirmations []Confirmation `json:"confirmations"`
	AuditHead     string         `json:"audit_head"`
	AuditEvents   int64          `json:"audit_events"`
	// AccountChanges are none in the format before.
	AccountChanges []AccountChange `json:"account_changes,omitempty"`
	// Number is that of the certification; 0 is the first one, whose document has no number.
	Number int `json:"number,omitempty"`
	// Earlier are the certifications that were corrected, the first one first.
	Earlier []EarlierCertification `json:"earlier,omitempty"`
}

// EarlierCertification is a certification that a correction replaced.
type EarlierCertification struct {
	Number      int       `json:"number"`
	Figures     string    `json:"figures_sha256"`
	CertifiedAt time.Time `json:"certified_at"`
	AuditHead   string    `json:"audit_head"`
	AuditEvents int64     `json:"audit_events"`
}

// AccountChange is a change, since the opening, of the account of an administrator who confirmed. Another person or a
// command on the machine made it.
type AccountChange struct {
	AdministratorID int64     `json:"administrator_id"`
	Administrator   string    `json:"administrator"`
	What            string    `json:"what"` // password, second-factor, email or administrator
	By              string    `json:"by"`
	At              time.Time `json:"at"`
}

// Confirmation is one administrator's confirmation of figures.
type Confirmation struct {
	AdministratorID int64      `json:"administrator_id"`
	Administrator   string     `json:"administrator"`
	Figures         string     `json:"figures_sha256"`
	At              time.Time  `json:"confirmed_at"`
	VoidedAt        *time.Time `json:"voided_at"`
}

// The formats of the document.
const (
	CertificationFormat = "urna-certification-2"
	// FirstCertificationFormat has no changes of accounts. Elections whose figures are of a format before have it.
	FirstCertificationFormat = "urna-certification-1"
)

// CertificationFormatOf returns the format of the certification of figures in a format.
func CertificationFormatOf(figures string) string {
	if HasOpenPoints(figures) {
		return CertificationFormat
	}
	return FirstCertificationFormat
}
