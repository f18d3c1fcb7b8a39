package format

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/internal/text/strictjson"
)

// ApprovalFigure is a decided approval of an act that needs a second administrator: one on the election, or on an
// administrator's account since the election was created. People are named without e-mail addresses.
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
	Lines        *int64 `json:"lines"`
	Voters       *int64 `json:"voters"`
	Roll         *int64 `json:"roll"`
	Keys         *int64 `json:"keys"`
}

// ApprovalDetails returns the published parameters of an act, as the log has them.
func ApprovalDetails(act string, parameters []byte) (map[string]string, error) {
	if act == "confirmations-lowered" {
		return loweredDetails(parameters)
	}
	var p approvalParameters
	if err := strictjson.UnmarshalStored(parameters, &p); err != nil {
		return nil, fmt.Errorf("format: parameters of %s: %w", act, err)
	}
	details := map[string]string{}
	for name, text := range map[string]string{"name": p.Name, "constituency": p.Constituency} {
		if text != "" {
			details[name] = text
		}
	}
	for name, n := range map[string]*int64{"lines": p.Lines, "voters": p.Voters, "roll": p.Roll, "keys": p.Keys} {
		if n != nil {
			details[name] = strconv.FormatInt(*n, 10)
		}
	}
	if len(details) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	return details, nil
}

// loweredDetails returns the number of confirmations before and after, and which other fields change with it. 0 is the
// number that the opening decides.
func loweredDetails(parameters []byte) (map[string]string, error) {
	var p struct {
		Before map[string]any `json:"before"`
		After  map[string]any `json:"after"`
	}
	if err := strictjson.UnmarshalStored(parameters, &p); err != nil {
		return nil, fmt.Errorf("format: parameters of an act: %w", err)
	}
	const confirmations = "Confirmations"
	details := map[string]string{
		"confirmations_before": fmt.Sprint(p.Before[confirmations]), "confirmations_after": fmt.Sprint(p.After[confirmations]),
	}
	var others []string
	for name, value := range p.After {
		if name != confirmations && name != "Reason" && fmt.Sprint(value) != fmt.Sprint(p.Before[name]) {
			others = append(others, name)
		}
	}
	if slices.Sort(others); len(others) > 0 {
		details["also_changed"] = strings.Join(others, ", ")
	}
	return details, nil
}
