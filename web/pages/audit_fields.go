package pages

import (
	"strings"

	"urna/internal/messages"
)

// fieldName returns the name of a field of the log, such as "starts at", as people read it. One that this list does not have
// is shown as it is.
func fieldName(words string) messages.Message {
	if name, ok := fieldNames[strings.ReplaceAll(words, " ", "_")]; ok {
		return name()
	}
	return messages.Verbatim(words)
}

// fieldNames are the fields that people change, by their names in the log.
//
//nolint:gochecknoglobals // a table, never written
var fieldNames = map[string]func() messages.Message{
	"title":                messages.AuditFieldTitle,
	"name":                 messages.AuditFieldName,
	"names":                messages.AuditFieldNames,
	"short_name":           messages.AuditFieldShortName,
	"kind":                 messages.AuditFieldKind,
	"color":                messages.AuditFieldColor,
	"state":                messages.AuditFieldState,
	"reason":               messages.AuditFieldReason,
	"starts_at":            messages.AuditFieldStartsAt,
	"ends_at":              messages.AuditFieldEndsAt,
	"time_zone":            messages.AuditFieldTimeZone,
	"public_view":          messages.AuditFieldPublicView,
	"channels":             messages.AuditFieldChannels,
	"rules":                messages.AuditFieldRules,
	"method":               messages.AuditFieldMethod,
	"majority":             messages.AuditFieldMajority,
	"majority_base":        messages.AuditFieldMajorityBase,
	"threshold_percent":    messages.AuditFieldThresholdPercent,
	"threshold_base":       messages.AuditFieldThresholdBase,
	"threshold_comparison": messages.AuditFieldThresholdComparison,
	"threshold_scope":      messages.AuditFieldThresholdScope,
	"tie_break":            messages.AuditFieldTieBreak,
	"blank_ballots":        messages.AuditFieldBlankBallots,
	"confirmations":        messages.AuditFieldConfirmations,
	"constituencies":       messages.AuditFieldConstituencies,
	"constituency":         messages.AuditFieldConstituency,
	"seats":                messages.AuditFieldSeats,
	"registered_voters":    messages.AuditFieldRegisteredVoters,
	"declared_votes_cast":  messages.AuditFieldDeclaredVotesCast,
	"candidacies":          messages.AuditFieldCandidacies,
	"participants":         messages.AuditFieldParticipants,
	"participant":          messages.AuditFieldParticipant,
	"participant_id":       messages.AuditFieldParticipantId,
	"poll_number":          messages.AuditFieldPollNumber,
	"weight":               messages.AuditFieldWeight,
	"exempt":               messages.AuditFieldExempt,
	"max_seats":            messages.AuditFieldMaxSeats,
	"rehearsal":            messages.AuditFieldRehearsal,
	"stations":             messages.AuditFieldStations,
	"station":              messages.AuditFieldStation,
	"number":               messages.AuditFieldNumber,
	"place":                messages.AuditFieldPlace,
	"role":                 messages.AuditFieldRole,
	"email":                messages.AuditFieldEmail,
	"forename":             messages.AuditFieldForename,
	"surname":              messages.AuditFieldSurname,
	"password":             messages.AuditFieldPassword,
	"must_change_password": messages.AuditFieldMustChangePassword,
	"disabled":             messages.AuditFieldDisabled,
	"jmbg":                 messages.AuditFieldJmbg,
	"file":                 messages.AuditFieldFile,
	"lines":                messages.AuditFieldLines,
	"again":                messages.AuditFieldAgain,
	"votes":                messages.AuditFieldVotes,
	"invalid":              messages.AuditFieldInvalid,
	"duplicates":           messages.AuditFieldDuplicates,
	"voters":               messages.AuditFieldVoters,
	"batches_until":        messages.AuditFieldBatchesUntil,
	"turnout_reports_at":   messages.AuditFieldTurnoutReportsAt,
	"protocol_form":        messages.AuditFieldProtocolForm,
	"correction":           messages.AuditFieldCorrection,
	"certification":        messages.AuditFieldCertification,
	"witnesses":            messages.AuditFieldWitnesses,
	"note":                 messages.AuditFieldNote,
	"approval":             messages.AuditFieldApproval,
	"added":                messages.AuditFieldAdded,
	"removed":              messages.AuditFieldRemoved,
	"changed":              messages.AuditFieldChanged,
	"election":             messages.AuditFieldElection,
	"batch":                messages.AuditFieldBatch,
	"lot":                  messages.AuditFieldLot,
	"version":              messages.AuditFieldVersion,
}
