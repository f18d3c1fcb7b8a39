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
}

// Confirmation is one administrator's confirmation of figures.
type Confirmation struct {
	AdministratorID int64      `json:"administrator_id"`
	Administrator   string     `json:"administrator"`
	Figures         string     `json:"figures_sha256"`
	At              time.Time  `json:"confirmed_at"`
	VoidedAt        *time.Time `json:"voided_at"`
}

// CertificationFormat names the format of the document.
const CertificationFormat = "urna-certification-1"
