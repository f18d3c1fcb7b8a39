package format

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/internal/text/strictjson"
)

// ApprovalFigure is a decided approval of an act that needs a second administrator: one on the election, or on an
// administrator's account since the election was published. People are named without e-mail addresses.
type ApprovalFigure struct {
	ID             int64             `json:"id"`
	Act            string            `json:"act"`
	Subject        string            `json:"subject"` // such as "batch 4"
	Details        map[string]string `json:"details,omitempty"`
	Reason         string            `json:"reason"`
	ProposedBy     string            `json:"proposed_by"`
	ProposedAt     time.Time         `json:"proposed_at"`
	Outcome        string            `json:"outcome"` // docs/exports.md says what each means
	DecidedBy      string            `json:"decided_by"`
	DecidedAt      time.Time         `json:"decided_at"`
	DecisionReason string            `json:"decision_reason,omitempty"`
	Done           bool              `json:"done"`
}

// ApprovedAlone is the code of the open point about acts that were done without the second administrator. Its facts are
// the numbers of their approvals.
const ApprovedAlone = "approved-alone"

// Alone reports whether the act needed a second administrator and was done without one.
func (a *ApprovalFigure) Alone() bool {
	return a.Done && (a.Outcome == "unopposed" || a.Outcome == "on-machine")
}

// PersonName returns the name of a person as the log has it, without the e-mail address.
func PersonName(logged string) string {
	name, _, _ := strings.Cut(logged, " <")
	return name
}

// approvalParameters are those parameters of acts that are published. Digests, file names and e-mail addresses are not.
type approvalParameters struct {
	Name         string `json:"name"`
	Constituency string `json:"constituency"`
	Station      string `json:"station"`
	Lines        *int64 `json:"lines"`
	Voters       *int64 `json:"voters"`
	Roll         *int64 `json:"roll"`
	Keys         *int64 `json:"keys"`

	SealedTo *[]string `json:"sealed_to"`
}

// ApprovalDetails returns the published parameters of an act, as the log has them.
func ApprovalDetails(act string, parameters []byte) (map[string]string, error) {
	switch act {
	case "confirmations-lowered":
		return changeDetails(parameters, "Confirmations", "confirmations")
	case "key-sealing-changed":
		return changeDetails(parameters, "SealKeysTo", "seal_keys_to")
	}
	var p approvalParameters
	if err := strictjson.UnmarshalStored(parameters, &p); err != nil {
		return nil, fmt.Errorf("format: parameters of %s: %w", act, err)
	}
	details := map[string]string{}
	for name, text := range map[string]string{"name": p.Name, "constituency": p.Constituency, "station": p.Station} {
		if text != "" {
			details[name] = text
		}
	}
	for name, n := range map[string]*int64{"lines": p.Lines, "voters": p.Voters, "roll": p.Roll, "keys": p.Keys} {
		if n != nil {
			details[name] = strconv.FormatInt(*n, 10)
		}
	}
	if p.SealedTo != nil {
		details["sealed_to"] = orNone(strings.Join(*p.SealedTo, " "))
	}
	if len(details) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	return details, nil
}

// orNone returns a text, "none" if it is empty.
func orNone(text string) string { return cmp.Or(text, "none") }

// changeDetails returns a field of a definition before and after, under a name, and which other fields change with it. Of the
// confirmations 0 is the number that the opening decides.
func changeDetails(parameters []byte, field, called string) (map[string]string, error) {
	var p struct {
		Before map[string]any `json:"before"`
		After  map[string]any `json:"after"`
	}
	if err := strictjson.UnmarshalStored(parameters, &p); err != nil {
		return nil, fmt.Errorf("format: parameters of an act: %w", err)
	}
	details := map[string]string{called + "_before": valueText(p.Before[field]), called + "_after": valueText(p.After[field])}
	all := maps.Clone(p.Before)
	maps.Copy(all, p.After) // either can lack a field that is empty
	var others []string
	for name := range all {
		if name != field && name != "Reason" && fmt.Sprint(p.After[name]) != fmt.Sprint(p.Before[name]) {
			others = append(others, name)
		}
	}
	if slices.Sort(others); len(others) > 0 {
		details["also_changed"] = strings.Join(others, ", ")
	}
	return details, nil
}

// valueText returns a value of JSON as a text: a list with blanks between its entries, "none" for an empty or missing one.
func valueText(value any) string {
	switch value := value.(type) {
	case nil:
		return "none"
	case []any:
		texts := make([]string, 0, len(value))
		for _, one := range value {
			texts = append(texts, fmt.Sprint(one))
		}
		return orNone(strings.Join(texts, " "))
	default:
		return fmt.Sprint(value)
	}
}
