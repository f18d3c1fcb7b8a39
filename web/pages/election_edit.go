package pages

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// save and publish are the acts of the buttons that store the form. After publish, the page of the
// publication follows, after continue the next step. The Enter key in the search searches, in other fields it continues.
const (
	save    = "save"
	publish = "publish"
	advance = "continue"
	enter   = "enter"
)

// pressed returns the act that a button asks for. The Enter key presses the form's first button.
func (f *electionForm) pressed(action string) string {
	switch {
	case action != enter:
		return action
	case f.Find != f.Found:
		return "find"
	default:
		return advance
	}
}

// AdminElectionNew asks for an election.
func (p *Pages) AdminElectionNew(c *gin.Context) {
	registered, err := p.allParticipants(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	kind := elections.Parliamentary
	if c.Query("kind") == string(elections.Presidential) {
		kind = elections.Presidential
	}
	form := newElectionForm(kind, messages.ElectionFormWholeCountry().In(c.Request.Context()))
	zone := p.zone()
	form.TimeZone, form.Key, form.Step = zone.String(), rand.Text(), basicsStep
	// The next full hour leaves time to look everything over before the definition is fixed.
	start := p.Now().In(zone)
	start = start.Truncate(time.Minute).Add(time.Duration(60-start.Minute()) * time.Minute)
	form.StartsAt, form.EndsAt = typedOf(start, zone), typedOf(start.Add(12*time.Hour), zone)
	p.electionForm(c, http.StatusOK, newElectionPage(), form, registered)
}

// AdminElectionCreate stores a new election as a draft, or brings the form back as a button of it asks.
func (p *Pages) AdminElectionCreate(c *gin.Context) {
	p.submitElectionForm(c, newElectionPage(), nil, func(f electionForm, d elections.Draft) (*elections.Election, error) {
		if len(f.Key) != len(rand.Text()) { // of no form of ours
			return p.Elections.Create(c.Request.Context(), principal.Actor(c), d)
		}
		return p.Elections.CreateOnce(c.Request.Context(), principal.Actor(c), f.Key, d)
	})
}

// AdminElectionEdit asks for a change to an election that has not opened.
func (p *Pages) AdminElectionEdit(c *gin.Context) {
	election, err := p.electionOrDraft(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if !election.Editable(p.Now()) {
		respond.Error(c, notEditable(election))
		return
	}
	registered, err := p.allParticipants(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	form := formOf(election)
	form.Step = readStep(c.Param("step"))
	p.electionForm(c, http.StatusOK, changeElectionPage(election), form, registered)
}

// notEditable returns why the definition of an election cannot be changed any more.
func notEditable(e *elections.Election) error {
	if e.WithdrawnAt != nil {
		return elections.ErrWithdrawn
	}
	return elections.ErrNotScheduled
}

// AdminElectionChange stores a changed election, or brings the form back as a button of it asks.
func (p *Pages) AdminElectionChange(c *gin.Context) {
	election, err := p.electionOrDraft(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.submitElectionForm(c, changeElectionPage(election), election, func(f electionForm, d elections.Draft) (*elections.Election, error) {
		return p.Elections.ChangeSince(c.Request.Context(), principal.Actor(c), election.ID, f.Version, d)
	})
}

func newElectionPage() view.ElectionFormPage {
	return view.ElectionFormPage{
		Heading: messages.ElectionFormHeadingNew(), Action: "/admin/elections/new", Draft: true,
		Crumbs: []kit.Crumb{{Text: messages.ElectionFormManageElections(), Href: "/admin/elections"}},
	}
}

func changeElectionPage(e *elections.Election) view.ElectionFormPage {
	address := "/admin/elections/" + decimal(e.ID)
	return view.ElectionFormPage{
		Heading: messages.ElectionFormHeadingChange(), Restart: address + "/edit", Draft: e.IsDraft,
		Crumbs: []kit.Crumb{{Text: messages.ElectionFormManageElections(), Href: "/admin/elections"}, {Text: messages.Verbatim(e.Title), Href: address}},
	}
}

// submitElectionForm stores the form where the button says so and it can be stored, and else shows it
// again with everything that was typed.
func (p *Pages) submitElectionForm(c *gin.Context, model view.ElectionFormPage, stored *elections.Election, store func(electionForm, elections.Draft) (*elections.Election, error)) {
	if err := c.Request.ParseForm(); err != nil {
		respond.Error(c, problem.New(problem.Malformed, "not-a-form", messages.RefusalNotAForm()))
		return
	}
	registered, err := p.allParticipants(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	form := readElectionForm(c.Request.PostForm)
	form.stored = stored
	action := form.pressed(c.Request.PostForm.Get("action"))
	if action != save && action != publish && action != advance && action != "" {
		model.Problems = form.act(action, registered)
		p.electionForm(c, http.StatusOK, model, form, registered)
		return
	}
	draft, err := form.draft()
	draft.AsDraft = model.Draft
	if err == nil {
		var election *elections.Election
		if election, err = store(form, draft); err == nil {
			address := "/admin/elections/" + decimal(election.ID)
			switch next := form.Step.next(); {
			case action == publish && election.IsDraft:
				address += "/publication"
			case action == advance && next != "":
				address += "/edit/" + string(next)
			}
			respond.SeeOther(c, address)
			return
		}
	} else { // what the service would say of the other fields comes in the same pass
		var id int64
		if stored != nil {
			id = stored.ID
		}
		err = withProblemsOf(err, p.Elections.Check(c.Request.Context(), id, draft))
	}
	problems, status, ok := formProblems(err)
	if ok {
		model.Problems = form.placed(problems, registered)
		if collision := p.collide(c, &model, &form, draft, err); collision != nil {
			ok, err = false, collision
		}
	}
	if !ok {
		respond.Error(c, err)
		return
	}
	p.electionForm(c, status, model, form, registered)
}

// collide shows what a form ran into, an election that it made before or another person's change, and lets it
// be sent once more by who has seen that.
func (p *Pages) collide(c *gin.Context, model *view.ElectionFormPage, form *electionForm, draft elections.Draft, refusal error) error {
	switch f := asRefusal(refusal); {
	case errors.Is(refusal, elections.ErrFormUsed):
		id, _ := f.Extra["election_id"].(int64)
		title, _ := f.Extra["title"].(string)
		model.Made = kit.Crumb{Text: messages.Verbatim(title), Href: "/admin/elections/" + decimal(id)}
		form.Key = rand.Text()
	case errors.Is(refusal, elections.ErrChangedMeanwhile):
		stored, err := p.electionOrDraft(c)
		if err != nil {
			return err
		}
		draft = p.Elections.Completed(draft)
		draft.Rehearsal = draft.Rehearsal || stored.Rehearsal && !stored.IsDraft // the mark of a public election stays
		detail, err := json.Marshal(map[string]elections.Draft{"before": stored.Draft(), "after": draft})
		if err != nil {
			return fmt.Errorf("compare with the stored election: %w", err)
		}
		changes, more := changesOf(c.Request.Context(), string(detail), stored.Location())
		model.Changed = &view.EventRow{Changes: changes}
		if more > 0 {
			model.Changed.More = messages.AuditMore(int64(more))
		}
		form.Version = stored.Version()
	}
	return nil
}

func (p *Pages) electionForm(c *gin.Context, status int, model view.ElectionFormPage, form electionForm, registered []participants.Participant) {
	model.Page = p.page(c, view.SectionManage, model.Heading)
	if form.stored != nil {
		model.Action = adminPath(form.stored.ID, "edit/"+string(form.Step)) // an answer to the form has the address of its page
		p.addMenu(&model.Page, form.stored, entryOf(form.Step))
		model.Crumbs = nil
	}
	model.Page.Scripts = []string{"htmx-2.0.11.min.js", "idiomorph-ext-0.8.0.min.js", "urna.js"}
	personal(c)
	respond.Page(c, status, view.ElectionForm(form.formView(model, registered)))
}
