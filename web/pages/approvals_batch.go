package pages

import (
	"urna/ballots/batch"
	"urna/internal/messages"
	"urna/internal/text/strictjson"
	"urna/web/view"
)

// proposedBatch are the parameters of an act about a batch.
type proposedBatch struct {
	Constituency string          `json:"constituency"`
	File         string          `json:"file"`
	Lines        int64           `json:"lines"`
	SHA256       string          `json:"sha256"`
	Official     string          `json:"official"`
	Late         batch.LateCause `json:"late"`
}

// batchOfAct returns the batch that an act is about in the words of the batch's own page. It returns false for an act
// about something else, and for one with parameters that this version does not know: none may stay unseen.
func batchOfAct(parameters string) ([]view.Detail, bool) {
	var b proposedBatch
	if err := strictjson.UnmarshalKnown([]byte(parameters), &b); err != nil || b.SHA256 == "" {
		return nil, false
	}
	var list []view.Detail
	if b.Constituency != "" {
		list = append(list, view.Detail{Name: messages.BatchesConstituency(), Value: messages.Verbatim(b.Constituency)})
	}
	list = append(list,
		view.Detail{Name: messages.BatchesFile(), Value: messages.Verbatim(b.File)},
		view.Detail{Name: messages.BatchesLines(), Value: messages.Integer(b.Lines)},
		view.Detail{Name: messages.BatchesSha256(), Value: messages.Verbatim(b.SHA256), Code: true},
		view.Detail{Name: messages.BatchesOfficialOfFile(), Value: messages.Verbatim(b.Official)},
	)
	if b.Late != "" {
		list = append(list, view.Detail{Name: messages.BatchesLate(), Value: lateInWords(b.Late)})
	}
	return list, true
}
