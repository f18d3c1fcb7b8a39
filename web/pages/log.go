package pages

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"urna/internal/audit"
	"urna/internal/audit/checkpoint"
	"urna/internal/audit/countersign"
	"urna/internal/messages"
	"urna/results"
	"urna/web/cache"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// plainText is the type of keys and checkpoints.
const plainText = "text/plain; charset=utf-8"

// Log shows everybody the head of the audit log and the witnesses that have countersigned it.
func (p *Pages) Log(c *gin.Context) {
	p.public(c, cache.Key{Page: "log"}, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		head, err := p.Countersign.Head(ctx)
		if err != nil {
			return publicPage{}, err
		}
		witnesses, err := p.Countersign.Witnesses(ctx)
		if err != nil {
			return publicPage{}, err
		}
		hash := head.Hash
		if head.Size == 0 {
			hash = audit.Genesis
		}
		return publicPage{component: view.Log(view.LogPage{
			Page: p.surround(reader, view.SectionElections, messages.LogHeading()), Events: head.Size, Head: hash, Root: head.Root.String(),
			Key: p.Countersign.Key(), Zone: view.ZoneName(p.zone()), Witnesses: p.witnessRows(witnesses),
		}), until: p.nextLate(witnesses)}, nil
	})
}

// electionWitnesses says on an election's page, beside the head of the log, by whom and up to which event the log is
// countersigned. A page is shown without it if that cannot be read.
func (p *Pages) electionWitnesses(ctx context.Context, public *results.Public) (lines []view.WitnessLine) {
	if p.Countersign == nil {
		return nil
	}
	witnesses, err := p.Countersign.Witnesses(ctx)
	if err != nil {
		if ctx.Err() == nil {
			slog.ErrorContext(ctx, "read the witnesses", "error", err)
		}
		return nil
	}
	certified := int64(0)
	if public.Final != nil && public.Final.Certification.Record != nil {
		certified = public.Final.Certification.Record.AuditEvents
	}
	for _, w := range witnesses {
		lines = append(lines, witnessLine(w, certified, public.Audit.Events))
	}
	return lines
}

// witnessLine says what a witness has countersigned of a log with so many events, one of which is the certification; 0 is
// none. The page's snapshot may be older than the countersignature.
func witnessLine(w countersign.Witness, certified, events int64) view.WitnessLine {
	switch {
	case w.Conflict != nil:
		return view.WitnessLine{Text: messages.LogElectionConflict(w.Operator), Bad: true}
	case w.Last == nil:
		return view.WitnessLine{Text: messages.LogElectionNothing(w.Operator)}
	case certified == 0:
		return view.WitnessLine{Text: messages.LogElectionUpTo(w.Operator, min(w.Last.Size, events))}
	case w.Last.Size < certified:
		return view.WitnessLine{Text: messages.LogElectionBefore(w.Operator, w.Last.Size, certified)}
	default:
		return view.WitnessLine{Text: messages.LogElectionCertified(w.Operator, min(w.Last.Size, events), certified)}
	}
}

// nextLate returns when the clock alone changes the state of a witness next; zero is never.
func (p *Pages) nextLate(witnesses []countersign.Witness) (next time.Time) {
	for _, w := range witnesses {
		if at := w.LateAt(); !w.Late(p.Now()) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// witnessRows shows witnesses to everybody.
func (p *Pages) witnessRows(witnesses []countersign.Witness) []view.WitnessRow {
	rows := make([]view.WitnessRow, len(witnesses))
	for i, w := range witnesses {
		row := view.WitnessRow{ID: decimal(w.ID), Operator: w.Operator, Name: w.Name, Key: w.Key}
		row.State = kit.Mark{Class: "counted", Text: messages.LogStateCurrent()}
		switch {
		case w.Conflict != nil:
			row.State = kit.Mark{Class: "failed", Text: messages.LogStateConflict()}
			row.ConflictSize, row.ConflictAt = w.Conflict.Size, view.NewExactMoment(w.Conflict.SignedAt, p.zone())
		case w.Late(p.Now()):
			row.State = kit.Mark{Class: "failed", Text: messages.LogStateLate()}
		case w.Last == nil:
			row.State = kit.Mark{Class: "queued", Text: messages.LogStateWaiting()}
		}
		if w.Last != nil {
			row.Size, row.SignedAt = w.Last.Size, view.NewExactMoment(w.Last.SignedAt, p.zone())
			row.ReceivedAt = view.NewExactMoment(w.Last.ReceivedAt, p.zone())
		}
		rows[i] = row
	}
	return rows
}

// LogKey answers with the verifier key of the log.
func (p *Pages) LogKey(c *gin.Context) {
	answerLog(c, []byte(p.Countersign.Key()+"\n"))
}

// LogCheckpoint answers with the signed checkpoint of the whole log and its countersignatures.
func (p *Pages) LogCheckpoint(c *gin.Context) {
	head, err := p.Countersign.Head(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	answerLog(c, head.Signed)
}

// LogConsistency answers with the proof that the tree of ?new= events begins with that of ?old= events.
func (p *Pages) LogConsistency(c *gin.Context) {
	earlier, known := events(c.Query("old"))
	later, alsoKnown := events(c.Query("new"))
	if !known || !alsoKnown {
		respond.Error(c, countersign.ErrNoSuchTree)
		return
	}
	proof, err := p.Countersign.Consistency(c.Request.Context(), earlier, later)
	if err != nil {
		respond.Error(c, err)
		return
	}
	answerLog(c, proof)
}

// answerLog answers a program that follows the log.
func answerLog(c *gin.Context, body []byte) {
	c.Header("Cache-Control", "no-cache")
	respond.Body(c, http.StatusOK, plainText, body)
}

// events reads a number of events in its one spelling.
func events(typed string) (int64, bool) {
	n, err := strconv.ParseInt(typed, 10, 64)
	return n, err == nil && n >= 0 && decimal(n) == typed
}

// LogCountersign takes a countersigned checkpoint.
func (p *Pages) LogCountersign(c *gin.Context) {
	if err := respond.Encoded(c); err != nil {
		respond.Error(c, err)
		return
	}
	signed, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, checkpoint.MaxNote))
	if err == nil {
		err = p.Countersign.Accept(c.Request.Context(), signed)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
