package pages

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/view/kit"
)

// fieldLabels are the labels of the inputs that forms have, by name: the list above a form says with them which field
// each problem is about.
//
//nolint:gochecknoglobals // a table, never written
var fieldLabels = map[string]func() messages.Message{
	"again": messages.AccountNewPasswordAgain, "batches_until": messages.ElectionFormBatchesUntil, "channels": messages.ElectionFormChannels, "code": messages.ComponentsCode, "color": messages.ParticipantsColour,
	"confirmations": messages.ElectionFormConfirmations, "constituencies": messages.ComponentsConstituencies, "email": messages.UsersEMail,
	"ends_at": messages.ElectionFormEndsAt, "forename": messages.UsersForename, "jmbg": messages.UsersJmbg, "kind": messages.ElectionFormKind,
	"majority": messages.ElectionFormMajority, "majority_base": messages.ElectionFormMajorityBase, "method": messages.ElectionFormMethod,
	"name": messages.ParticipantsName, "note": messages.CertificationNote, "otp": messages.SignInCode, "password": messages.UsersPassword, "place": messages.CertificationPlace,
	"public_view": messages.ElectionFormPublicView, "reason": messages.BatchesReason, "role": messages.UsersRole, "commitment": messages.CertificationCommitment, "value": messages.CertificationValueLabel,
	"protocol_form": messages.ProtocolFormPreset, "protocol_rules.fields": messages.ProtocolFormFieldsHeading,
	"protocol_rules.one_list_percent": messages.ProtocolFormOneListPercent, "protocol_rules.invalid_percent": messages.ProtocolFormInvalidPercent,
	"seal_keys_to": messages.KeysSealingRecipients, "seal_to": messages.KeysSealTo,
	"names": messages.ComponentsNames, "short_name": messages.ParticipantsShortName, "starts_at": messages.ElectionFormStartsAt, "surname": messages.UsersSurname,
	"threshold_base": messages.ComponentsThresholdBase, "threshold_comparison": messages.ElectionFormThresholdComparison,
	"threshold_percent": messages.ElectionFormThresholdPercent, "threshold_scope": messages.ComponentsThresholdScope,
	"tie_break": messages.ElectionFormTieBreak,
	"time_zone": messages.ElectionFormTimeZone, "title": messages.ElectionFormTitle, "turnout_reports_at": messages.TurnoutFormHours, "voters": messages.TurnoutVoters, "witnesses": messages.CertificationWitnesses,
}

// formOrder is the order in which the form of an election asks.
//
//nolint:gochecknoglobals // a table, never written
var formOrder = []string{
	"kind", "title", "names", "starts_at", "ends_at", "time_zone", "batches_until", "turnout_reports_at", elections.OpenNow, "public_view", "channels", "confirmations", "rehearsal",
	"method", "threshold_percent", "threshold_base", "threshold_comparison", "threshold_scope", "majority", "majority_base", "tie_break",
	"constituencies", "protocol_form", "protocol_rules.fields", "protocol_rules.one_list_percent", "protocol_rules.invalid_percent",
}

// problemAt is a problem with a named field.
func problemAt(field string, message messages.Message) kit.Problem {
	placed := kit.Problem{Field: field, Message: message}
	if label, ok := fieldLabels[field]; ok {
		placed.Where = label()
	}
	return placed
}

var inConstituency = regexp.MustCompile(`^constituencies\[(\d+)\](?:\.participants\[(\d+)\])?(?:\.(\w+))?$`)

// constituencyAt returns the place of the constituency that a field belongs to, -1 for none.
func constituencyAt(field string) int {
	found := inConstituency.FindStringSubmatch(field)
	if found == nil {
		return -1
	}
	i, err := strconv.Atoi(found[1])
	if err != nil {
		return -1
	}
	return i
}

// placed adds to each problem of a constituency or candidacy its place: the number, and the name if it has one.
func (f *electionForm) placed(problems kit.Problems, registered []participants.Participant) kit.Problems {
	for k, problem := range problems.List {
		found := inConstituency.FindStringSubmatch(problem.Field)
		i := constituencyAt(problem.Field)
		if i < 0 || i >= len(f.Constituencies) {
			continue
		}
		c := &f.Constituencies[i]
		name := messages.Verbatim(strings.TrimSpace(c.Name))
		if strings.TrimSpace(c.Name) == "" {
			name = messages.ComponentsNoNameYet()
		}
		where := messages.ComponentsInConstituency(int64(i+1), name)
		if j, err := strconv.Atoi(found[2]); err == nil && j < len(c.Candidacies) {
			where = messages.ComponentsAtNumber(where, int64(j+1))
			at := slices.IndexFunc(registered, func(p participants.Participant) bool { return p.ID == c.Candidacies[j].ParticipantID })
			if at >= 0 {
				where = messages.ComponentsAtParticipant(where, registered[at].Name)
			}
		} else if found[3] == "name" {
			where = messages.ComponentsAtName(where)
		}
		problems.List[k].Where = where
	}
	slices.SortStableFunc(problems.List, func(a, b kit.Problem) int {
		return cmp.Or(constituencyAt(a.Field)-constituencyAt(b.Field), slices.Index(formOrder, a.Field)-slices.Index(formOrder, b.Field))
	})
	return problems
}

// withProblemsOf adds to a refusal what another one says of other fields, so that a form tells everything in one pass.
func withProblemsOf(refusal, other error) error {
	first, isFault := errors.AsType[*problem.Error](refusal)
	second, also := errors.AsType[*problem.Error](other)
	if !isFault || !also || second.Kind != problem.Invalid {
		return refusal
	}
	whole := *first
	whole.Fields = slices.Clone(first.Fields)
	for _, field := range second.Fields {
		if !slices.ContainsFunc(first.Fields, func(known problem.Field) bool { return known.Name == field.Name }) {
			whole.Fields = append(whole.Fields, field)
		}
	}
	return &whole
}
