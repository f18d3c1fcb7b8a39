package auth

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"gorm.io/gorm"

	"urna/internal/database"
)

// passkeyRow is a row of passkeys.
type passkeyRow struct {
	ID             int64 `gorm:"primaryKey"`
	UserID         int64
	Domain         string
	CredentialID   []byte
	PublicKey      []byte
	UserHandle     []byte
	BackupEligible bool
	Transports     string
	Name           string
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	LastUsedAt     *int64
	SignCount      int64
}

// TableName names the table.
func (passkeyRow) TableName() string { return "passkeys" }

// passkey returns the row as pages show it, on a server of a domain.
func (r passkeyRow) passkey(domain string) Passkey {
	p := Passkey{ID: r.ID, Name: r.Name, Domain: r.Domain, CreatedAt: time.UnixMilli(r.CreatedAt), Usable: r.Domain == domain}
	if r.LastUsedAt != nil {
		p.LastUsedAt = time.UnixMilli(*r.LastUsedAt)
	}
	return p
}

// credential returns the row as the library takes it.
func (r passkeyRow) credential() webauthn.Credential {
	c := webauthn.Credential{
		ID: r.CredentialID, PublicKey: r.PublicKey,
		Flags:         webauthn.CredentialFlags{BackupEligible: r.BackupEligible},
		Authenticator: webauthn.Authenticator{SignCount: uint32(r.SignCount)}, // which it was stored from
	}
	for transport := range strings.SplitSeq(r.Transports, ",") {
		if transport != "" {
			c.Transport = append(c.Transport, protocol.AuthenticatorTransport(transport))
		}
	}
	return c
}

// passkeysOf returns an account's passkeys, oldest first, those of former domains too.
func passkeysOf(db database.Source, userID int64) ([]passkeyRow, error) {
	var rows []passkeyRow
	if err := db.Gorm().Where("user_id = ?", userID).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("auth: list passkeys: %w", err)
	}
	return rows, nil
}

// findPasskey returns an account's passkey, or ErrUnknownPasskey.
func findPasskey(db database.Source, userID, id int64) (passkeyRow, error) {
	var r passkeyRow
	err := db.Gorm().Where("user_id = ? AND id = ?", userID, id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, ErrUnknownPasskey
	}
	if err != nil {
		return r, fmt.Errorf("auth: find passkey: %w", err)
	}
	return r, nil
}

// passkeyExists reports whether any account has a credential.
func passkeyExists(tx *database.Tx, domain string, credentialID []byte) (bool, error) {
	var n int64
	err := tx.Gorm().Model(&passkeyRow{}).Where("domain = ? AND credential_id = ?", domain, credentialID).Count(&n).Error
	if err != nil {
		return false, fmt.Errorf("auth: find passkey: %w", err)
	}
	return n > 0, nil
}

func insertPasskey(tx *database.Tx, r *passkeyRow) error {
	if err := tx.Gorm().Create(r).Error; err != nil {
		return fmt.Errorf("auth: add passkey: %w", err)
	}
	return nil
}

// storeUse records the counter and the time of a passkey's last use.
func storeUse(tx *database.Tx, r *passkeyRow) error {
	err := tx.Gorm().Model(r).Updates(map[string]any{"sign_count": r.SignCount, "last_used_at": r.LastUsedAt}).Error
	if err != nil {
		return fmt.Errorf("auth: use passkey: %w", err)
	}
	return nil
}

func dropPasskey(tx *database.Tx, r *passkeyRow) error {
	if err := tx.Gorm().Delete(r).Error; err != nil {
		return fmt.Errorf("auth: remove passkey: %w", err)
	}
	return nil
}

// dropPasskeys removes all passkeys of an account.
func dropPasskeys(tx *database.Tx, userID int64) error {
	if err := tx.Gorm().Where("user_id = ?", userID).Delete(&passkeyRow{}).Error; err != nil {
		return fmt.Errorf("auth: remove passkeys: %w", err)
	}
	return nil
}
