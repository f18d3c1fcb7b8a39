package respond

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"urna/internal/approval"
)

// WaitingView is an act that waits for a second administrator, as the JSON API shows it.
type WaitingView struct {
	ID     int64        `json:"id"`
	Act    approval.Act `json:"act"`
	Reason string       `json:"reason"`
	By     string       `json:"by"`
	Until  *time.Time   `json:"until"` // null: it does not expire
}

// ViewWaiting returns an act that waits as the JSON API shows it.
func ViewWaiting(w approval.Waiting) WaitingView {
	v := WaitingView{ID: w.ID, Act: w.Act, Reason: w.Reason, By: w.By}
	if !w.Until.IsZero() {
		until := w.Until.UTC()
		v.Until = &until
	}
	return v
}

// ApprovalPage returns the address of an approval's page.
func ApprovalPage(id int64) string { return "/admin/approvals/" + strconv.FormatInt(id, 10) }

// ApprovalHref returns the address of an approval in the JSON API.
func ApprovalHref(id int64) string { return "/api/v1/approvals/" + strconv.FormatInt(id, 10) }

// waiting answers a request whose act waits for a second administrator: with the approval's page, or with 202.
func waiting(c *gin.Context, w *approval.Waiting) {
	c.Abort()
	if _, pages := c.Get(renderKey); pages {
		SeeOther(c, ApprovalPage(w.ID)+"?done=proposed")
		return
	}
	c.Header("Location", ApprovalHref(w.ID))
	JSON(c, http.StatusAccepted, map[string]WaitingView{"approval": ViewWaiting(*w)})
}
