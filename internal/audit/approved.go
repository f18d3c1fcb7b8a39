package audit

import (
	"context"
	"maps"
)

type approvedKey struct{}

// WithApproval returns a context in which every event records its approval and the names of proposer and approver.
// The names are as in Actor.Name.
func WithApproval(ctx context.Context, id int64, proposedBy, approvedBy string) context.Context {
	return context.WithValue(ctx, approvedKey{}, map[string]any{"id": id, "proposed_by": proposedBy, "approved_by": approvedBy})
}

// approved adds the approval of the context to a detail.
func approved(ctx context.Context, detail map[string]any) map[string]any {
	approval, ok := ctx.Value(approvedKey{}).(map[string]any)
	if !ok {
		return detail
	}
	with := map[string]any{"approval": approval}
	maps.Copy(with, detail)
	return with
}
