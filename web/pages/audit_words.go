package pages

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"urna/internal/audit"
	"urna/internal/messages"
	"urna/web/view"
	"urna/web/view/kit"
)

// actions are what the log tells of, in words, in the order in which the form offers them.
func actions() []kit.Option {
	return slices.Concat(actionsOnAccounts(), actionsOnElections(), turnoutActions(), stationActions())
}

// stationActions are those about registered voters and polling stations.
func stationActions() []kit.Option {
	return []kit.Option{
		{Value: "registered-voters-corrected", Text: messages.AuditActionRegisteredVotersCorrected()},
		{Value: "stations-changed", Text: messages.AuditActionStationsChanged()},
		{Value: "stations-amended", Text: messages.AuditActionStationsAmended()},
		{Value: "station-closed", Text: messages.AuditActionStationClosed()},
		{Value: "station-annulled", Text: messages.AuditActionStationAnnulled()},
		{Value: "station-reopened", Text: messages.AuditActionStationReopened()},
		{Value: "correction-opened", Text: messages.AuditActionCorrectionOpened()},
		{Value: "correction-ended", Text: messages.AuditActionCorrectionEnded()},
	}
}

func actionsOnAccounts() []kit.Option {
	return []kit.Option{
		{Value: "signed-in", Text: messages.AuditActionSignedIn()},
		{Value: "signed-out", Text: messages.AuditActionSignedOut()},
		{Value: "tokens-revoked", Text: messages.AuditActionTokensRevoked()},
		{Value: "sign-in-refused", Text: messages.AuditActionSignInRefused()},
		{Value: "sign-ins-refused", Text: messages.AuditActionSignInsRefused()},
		{Value: "refresh-token-reused", Text: messages.AuditActionRefreshTokenReused()},
		{Value: "user-added", Text: messages.AuditActionUserAdded()},
		{Value: "user-changed", Text: messages.AuditActionUserChanged()},
		{Value: "user-deleted", Text: messages.AuditActionUserDeleted()},
		{Value: "user-places-changed", Text: messages.AuditActionUserPlacesChanged()},
		{Value: "user-accepted", Text: messages.AuditActionUserAccepted()},
		{Value: "user-refused", Text: messages.AuditActionUserRefused()},
		{Value: "second-factor-begun", Text: messages.AuditActionSecondFactorBegun()},
		{Value: "second-factor-added", Text: messages.AuditActionSecondFactorAdded()},
		{Value: "second-factor-removed", Text: messages.AuditActionSecondFactorRemoved()},
		{Value: "passkey-added", Text: messages.AuditActionPasskeyAdded()},
		{Value: "passkey-removed", Text: messages.AuditActionPasskeyRemoved()},
		{Value: "passkey-counter-refused", Text: messages.AuditActionPasskeyCounterRefused()},
		{Value: "recovery-codes-renewed", Text: messages.AuditActionRecoveryCodesRenewed()},
		{Value: "approval-proposed", Text: messages.AuditActionApprovalProposed()},
		{Value: "approval-given", Text: messages.AuditActionApprovalGiven()},
		{Value: "approval-refused", Text: messages.AuditActionApprovalRefused()},
		{Value: "approval-withdrawn", Text: messages.AuditActionApprovalWithdrawn()},
		{Value: "approval-used", Text: messages.AuditActionApprovalUsed()},
		{Value: "done-by-operator", Text: messages.AuditActionDoneByOperator()},
		{Value: "witness-registered", Text: messages.AuditActionWitnessRegistered()},
		{Value: "witness-removed", Text: messages.AuditActionWitnessRemoved()},
		{Value: "witness-conflict", Text: messages.AuditActionWitnessConflict()},
	}
}

func actionsOnElections() []kit.Option {
	return []kit.Option{
		{Value: "participant-created", Text: messages.AuditActionParticipantCreated()},
		{Value: "participant-changed", Text: messages.AuditActionParticipantChanged()},
		{Value: "participant-deleted", Text: messages.AuditActionParticipantDeleted()},
		{Value: "election-created", Text: messages.AuditActionElectionCreated()},
		{Value: "election-published", Text: messages.AuditActionElectionPublished()},
		{Value: "draft-deleted", Text: messages.AuditActionDraftDeleted()},
		{Value: "election-withdrawn", Text: messages.AuditActionElectionWithdrawn()},
		{Value: "election-changed", Text: messages.AuditActionElectionChanged()},
		{Value: "election-extended", Text: messages.AuditActionElectionExtended()},
		{Value: "map-changed", Text: messages.AuditActionMapChanged()},
		{Value: "map-removed", Text: messages.AuditActionMapRemoved()},
		{Value: "voter-information-changed", Text: messages.AuditActionVoterInformationChanged()},
		{Value: "key-sealing-changed", Text: messages.AuditActionKeySealingChanged()},
		{Value: "votes-cast-declared", Text: messages.AuditActionVotesCastDeclared()},
		{Value: "election-marked-rehearsal", Text: messages.AuditActionElectionMarkedRehearsal()},
		{Value: "certifiers-decided", Text: messages.AuditActionCertifiersDecided()},
		{Value: "seed-committed", Text: messages.AuditActionSeedCommitted()},
		{Value: "seed-revealed", Text: messages.AuditActionSeedRevealed()},
		{Value: "lot-recorded", Text: messages.AuditActionLotRecorded()},
		{Value: "counted-again", Text: messages.AuditActionCountedAgain()},
		{Value: "open-point-lifted", Text: messages.AuditActionOpenPointLifted()},
		{Value: "open-point-reason-voided", Text: messages.AuditActionOpenPointReasonVoided()},
		{Value: "figures-confirmed", Text: messages.AuditActionFiguresConfirmed()},
		{Value: "confirmation-voided", Text: messages.AuditActionConfirmationVoided()},
		{Value: "election-certified", Text: messages.AuditActionElectionCertified()},
		{Value: "bundles-kept", Text: messages.AuditActionBundlesKept()},
		{Value: "second-round-created", Text: messages.AuditActionSecondRoundCreated()},
		{Value: "voter-keys-issued", Text: messages.AuditActionVoterKeysIssued()},
		{Value: "voter-keys-exported", Text: messages.AuditActionVoterKeysExported()},
		{Value: "voter-keys-taken", Text: messages.AuditActionVoterKeysTaken()},
		{Value: "voter-keys-withdrawn", Text: messages.AuditActionVoterKeysWithdrawn()},
		{Value: "voter-key-reissued", Text: messages.AuditActionVoterKeyReissued()},
		{Value: "voter-key-reissue-refused", Text: messages.AuditActionVoterKeyReissueRefused()},
		{Value: "voter-key-revocation-refused", Text: messages.AuditActionVoterKeyRevocationRefused()},
		{Value: "voter-key-revoked", Text: messages.AuditActionVoterKeyRevoked()},
		{Value: "election-closed", Text: messages.AuditActionElectionClosed()},
		{Value: "online-ballots-recorded", Text: messages.AuditActionOnlineBallotsRecorded()},
		{Value: "online-sums-begun", Text: messages.AuditActionOnlineSumsBegun()},
		{Value: "database-copies-erased", Text: messages.AuditActionDatabaseCopiesErased()},
		{Value: "log-copies-left", Text: messages.AuditActionLogCopiesLeft()},
		{Value: "data-arrived", Text: messages.AuditActionDataArrived()},
		{Value: "data-left", Text: messages.AuditActionDataLeft()},
		{Value: "secret-recorded", Text: messages.AuditActionSecretRecorded()},
		{Value: "secret-replaced", Text: messages.AuditActionSecretReplaced()},
		{Value: "public-address-set", Text: messages.AuditActionPublicAddressSet()},
		{Value: "batch-accepted", Text: messages.AuditActionBatchAccepted()},
		{Value: "late-batch-refused", Text: messages.AuditActionLateBatchRefused()},
		{Value: "batch-retracting", Text: messages.AuditActionBatchRetracting()},
		{Value: "batch-restoring", Text: messages.AuditActionBatchRestoring()},
		{Value: "protocol-entered", Text: messages.AuditActionProtocolEntered()},
		{Value: "protocols-entered", Text: messages.AuditActionProtocolsEntered()},
		{Value: "protocol-second-entry", Text: messages.AuditActionProtocolSecondEntry()},
		{Value: "protocol-draft-discarded", Text: messages.AuditActionProtocolDraftDiscarded()},
		{Value: "protocol-settled", Text: messages.AuditActionProtocolSettled()},
		{Value: "protocol-explained", Text: messages.AuditActionProtocolExplained()},
		{Value: "protocol-retracted", Text: messages.AuditActionProtocolRetracted()},
		{Value: "protocol-restored", Text: messages.AuditActionProtocolRestored()},
		{Value: "protocol-reopened", Text: messages.AuditActionProtocolReopened()},
		{Value: "late-protocol-approved", Text: messages.AuditActionLateProtocolApproved()},
		{Value: "late-protocol-refused", Text: messages.AuditActionLateProtocolRefused()},
		{Value: "coordinator-named", Text: messages.AuditActionCoordinatorNamed()},
		{Value: "coordinator-removed", Text: messages.AuditActionCoordinatorRemoved()},
		{Value: "scan-attached", Text: messages.AuditActionScanAttached()},
		{Value: "baseline", Text: messages.AuditActionBaseline()},
		{Value: "rows-recorded", Text: messages.AuditActionRowsRecorded()},
	}
}

// turnoutActions are those of turnout reports.
func turnoutActions() []kit.Option {
	return []kit.Option{
		{Value: "turnout-hours-added", Text: messages.AuditActionTurnoutHoursAdded()},
		{Value: "turnout-reported", Text: messages.AuditActionTurnoutReported()},
		{Value: "turnout-corrected", Text: messages.AuditActionTurnoutCorrected()},
	}
}

// actionName returns an action in words; one that this list does not know yet says itself.
func actionName(action string) messages.Message {
	all := actions()
	if i := slices.IndexFunc(all, func(o kit.Option) bool { return o.Value == action }); i >= 0 {
		return all[i].Text
	}
	return messages.Verbatim(sentenceCase(strings.ReplaceAll(action, "-", " ")))
}

// actionOptions are the choices of the form, with the chosen one even where it is not in the list.
func actionOptions(chosen string) []kit.Option {
	options := append([]kit.Option{{Value: "", Text: messages.AuditEverything()}}, actions()...)
	if !slices.ContainsFunc(options, func(o kit.Option) bool { return o.Value == chosen }) {
		options = append(options, kit.Option{Value: chosen, Text: actionName(chosen)})
	}
	return options
}

func sentenceCase(s string) string {
	if s == "" {
		return s
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToTitle(first)) + s[size:] // Georgian has no capital letter at the begin of a sentence
}

// subjects are the things that have a page, with the names they have now, by what the log calls them.
type subjects map[string]kit.Crumb

// subjectKey returns the name of a thing in the log.
func subjectKey(kind string, id int64) string { return kind + " " + decimal(id) }

// name returns the thing that an event is about; one without a page has its recorded name alone.
func (s subjects) name(subject string) view.Subject {
	if found, ok := s[subject]; ok {
		return view.Subject{Text: found.Text, Href: found.Href, Recorded: subject}
	}
	kind, id, _ := strings.Cut(subject, " ")
	switch {
	case kind == "user" && id == "0":
		return view.Subject{Text: messages.AuditNoAccount(), Recorded: subject}
	case kind == "batch" && strings.Trim(id, "0123456789") == "" && id != "":
		return view.Subject{Text: messages.AuditBatch(id), Href: "/batches/" + id, Recorded: subject}
	case kind == "approval" && strings.Trim(id, "0123456789") == "" && id != "":
		return view.Subject{Text: messages.AuditApproval(id), Href: "/admin/approvals/" + id, Recorded: subject}
	default:
		return view.Subject{Recorded: subject}
	}
}

func (p *Pages) subjects(ctx context.Context) (subjects, error) {
	known := subjects{}
	users, err := p.Auth.Users(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		known[subjectKey("user", u.ID)] = kit.Crumb{Text: messages.Verbatim(u.Name()), Href: userPath(u.ID)}
	}
	list, err := p.Elections.ElectionsAndDrafts(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		known[subjectKey("election", e.ID)] = kit.Crumb{Text: messages.Verbatim(e.Title), Href: "/admin/elections/" + decimal(e.ID)}
	}
	registered, err := p.Participants.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, participant := range registered {
		known[subjectKey("participant", participant.ID)] = kit.Crumb{Text: messages.Verbatim(participant.Name), Href: "/admin/participants/" + decimal(participant.ID)}
	}
	return known, nil
}

// nameStations names the polling stations that events are about.
func (p *Pages) nameStations(ctx context.Context, known subjects, events []audit.Event) error {
	var ids []int64
	for i := range events {
		if kind, number, _ := strings.Cut(events[i].Subject, " "); kind == "station" {
			if id, err := strconv.ParseInt(number, 10, 64); err == nil {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	stations, err := p.Elections.StationsNamed(ctx, ids)
	for id, s := range stations {
		known[subjectKey("station", id)] = kit.Crumb{Text: messages.AuditStation(s.Number), Href: stationsPath(s.ElectionID) + "/" + decimal(id)}
	}
	return err
}
