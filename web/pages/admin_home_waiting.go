package pages

import (
	"context"
	"math"
	"strings"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
	"urna/web/view/kit"
)

// mostStopped bounds the stopped batches that the first page names one by one.
const mostStopped = 10

// waitingFor lists what waits for an administrator: what this person can do now, and what waits for others.
func (p *Pages) waitingFor(ctx context.Context, me auth.User, list []*elections.Election, users []auth.User) (mine, others []view.WaitingItem, err error) {
	pending, err := p.Results.Pending(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	stopped, err := p.Batches.Batches(ctx, batch.Filter{State: batch.Failed, Limit: mostStopped})
	if err != nil {
		return nil, nil, err
	}
	uploads, err := p.Batches.WaitingUploads(ctx)
	if err != nil {
		return nil, nil, err
	}
	usage, err := p.Batches.Usage(ctx)
	if err != nil {
		return nil, nil, err
	}
	orphans, err := p.Batches.Orphans()
	if err != nil {
		return nil, nil, err
	}
	titles := map[int64]string{}
	for _, e := range list {
		titles[e.ID] = e.Title
		for _, issue := range p.issues.waiting(me.ID, e.ID) {
			mine = append(mine, keysItem(e, issue.id))
		}
	}
	for i := range pending {
		if item, forMe := pendingItem(&pending[i], me.ID); forMe {
			mine = append(mine, item)
		} else {
			others = append(others, item)
		}
	}
	for _, b := range stopped {
		mine = append(mine, view.WaitingItem{
			Kind: "stopped", Mark: kit.Mark{Class: "failed", Text: messages.AdminHomeBatchStopped()}, Title: titles[b.ElectionID],
			Text: []messages.Message{messages.AdminHomeBatchNotCounted(decimal(b.ID), audit.WithoutAddress(b.OfficialName)), messages.RefusalCountingStopped()},
			Href: "/batches/" + decimal(b.ID), Link: messages.AdminHomeSeeBatch(),
		})
	}
	if n := waitingForDecision(users); n > 0 {
		mine = append(mine, view.WaitingItem{
			Kind: "accounts", Mark: kit.Mark{Class: "counting", Text: messages.AdminHomeWaitingForYou()}, Title: messages.PlacesWaitingTitle().In(ctx),
			Text: []messages.Message{messages.PlacesWaitingNumber(n)}, Href: "/admin/users#waiting", Link: messages.PlacesWaitingOpen(),
		})
	}
	if len(orphans) > 0 {
		mine = append(mine, view.WaitingItem{
			Kind: "orphans", Mark: kit.Mark{Class: "failed", Text: messages.AdminHomeOrphans()}, Title: messages.AdminHomeOrphansHeading().In(ctx),
			Text: []messages.Message{messages.AdminHomeOrphanFiles(int64(len(orphans))), messages.AdminHomeOrphansWhy()},
			Href: "/admin/batches", Link: messages.AdminHomeSeeBatches(),
		})
	}
	if item, short := diskItem(ctx, usage); short {
		mine = append(mine, item)
	}
	return mine, append(others, uploadItems(ctx, uploads, usage, titles, users)...), nil
}

// keysItem says that keys wait for the person who issued them.
func keysItem(e *elections.Election, issue string) view.WaitingItem {
	return view.WaitingItem{
		Kind: "keys", Mark: kit.Mark{Class: "counting", Text: messages.AdminHomeKeysWaiting()}, Title: e.Title,
		Text: []messages.Message{messages.AdminHomeKeysHere()}, Href: keysPath(e.ID) + "/issues/" + issue, Link: messages.AdminHomeExportKeys(),
	}
}

// waitingForDecision counts the accounts that wait for an administrator.
func waitingForDecision(users []auth.User) (n int64) {
	for _, u := range users {
		if u.Waiting {
			n++
		}
	}
	return n
}

// diskItem says that the disk is nearly full: less than twice the reserve is free.
func diskItem(ctx context.Context, u batch.Usage) (item view.WaitingItem, short bool) {
	return view.WaitingItem{
		Kind: "disk", Mark: kit.Mark{Class: "failed", Text: messages.AdminHomeDisk()}, Title: messages.AdminHomeDiskHeading().In(ctx),
		Text: []messages.Message{messages.AdminHomeDiskFree(messages.Size(u.Free), messages.Size(u.Reserve)), messages.AdminHomeDiskWaiting(messages.Size(u.Waiting))},
		Href: "/admin/users", Link: messages.AdminHomeSeeAccounts(),
	}, u.Free < 2*u.Reserve
}

// pendingItem says what an election waits for, and whether this administrator can do it now.
func pendingItem(w *results.Pending, me int64) (item view.WaitingItem, forMe bool) {
	page := certificationPath(w.Election.ID)
	item = view.WaitingItem{Title: w.Election.Title, Href: page, Link: messages.AdminHomeLotsAndCertification()}
	var mine bool
	var others []string
	for _, k := range w.Confirmed {
		if k.AdministratorID == me {
			mine = true
		} else {
			others = append(others, audit.WithoutAddress(k.Administrator))
		}
	}
	switch {
	case w.SecondRound:
		item.Kind, item.Mark = "second-round", kit.Mark{Class: "counting", Text: messages.AdminHomeSecondRoundMissing()}
		item.Text = []messages.Message{messages.AdminHomeNoMajority()}
		item.Href, item.Link = page+"#second-round", messages.AdminHomeCreateSecondRound()
		return item, true
	case len(w.Ties) > 0:
		var places []string
		for i := range w.Ties {
			places = append(places, w.Ties[i].Name)
		}
		item.Kind, item.Mark = "tie", kit.Mark{Class: "counting", Text: messages.AdminHomeOpenTie()}
		item.Text = []messages.Message{messages.AdminHomeTieOpen(namesInWords(places))}
		item.Href, item.Link = tiesPath(w.Election.ID)+"#tie-"+decimal(w.Ties[0].ID), messages.AdminHomeRecordLot()
		if len(w.Obstacles) > len(w.Ties) { // of which each is one
			item.Text = append(item.Text, messages.AdminHomeTieAfterCount())
			return item, false
		}
		return item, true
	case len(w.Obstacles) > 0 && w.Liftable:
		item.Kind, item.Mark = "open-points", kit.Mark{Class: "counting", Text: messages.AdminHomeWaitingForYou()}
		item.Text = append([]messages.Message{messages.AdminHomeReasonsNeeded()}, w.Obstacles...)
		item.Href, item.Link = page+"#reasons", messages.AdminHomeGiveReasons()
		return item, true
	case len(w.Obstacles) > 0:
		item.Kind, item.Mark = "not-certified", kit.Mark{Class: "processing", Text: messages.AdminHomeNotCertified()}
		item.Text = append([]messages.Message{messages.AdminHomeVotingEnded()}, w.Obstacles...)
		return item, false
	case mine:
		item.Kind, item.Mark = "confirmed", kit.Mark{Class: "processing", Text: messages.AdminHomeWaitingForAdministrator()}
		item.Text = []messages.Message{messages.AdminHomeYouConfirmed()}
		return item, false
	default:
		item.Kind, item.Mark = "to-certify", kit.Mark{Class: "counting", Text: messages.AdminHomeWaitingForYou()}
		item.Text = []messages.Message{certifiersInWords(w.Election.Confirmations)}
		if len(others) > 0 {
			item.Text = []messages.Message{messages.AdminHomeOthersConfirmed(namesInWords(others))}
		}
		item.Link = messages.AdminHomeCheckAndConfirm()
		return item, true
	}
}

// uploadItems says whose files wait for their officials.
func uploadItems(ctx context.Context, uploads []batch.WaitingUploads, usage batch.Usage, titles map[int64]string, users []auth.User) []view.WaitingItem {
	names := map[int64]string{}
	for _, u := range users {
		names[u.ID] = strings.TrimSpace(u.Forename + " " + u.Surname)
	}
	items := make([]view.WaitingItem, 0, len(uploads))
	for _, u := range uploads {
		name := names[u.OfficialID]
		if name == "" {
			name = messages.AdminHomeUserNumber(decimal(u.OfficialID)).In(ctx)
		}
		item := view.WaitingItem{
			Kind: "uploads", Mark: kit.Mark{Class: "processing", Text: messages.AdminHomeWaitingForOfficial()}, Title: titles[u.ElectionID],
			Text: []messages.Message{messages.AdminHomeOfficialFiles(int64(u.Files), name)},
			Href: "/admin/users/" + decimal(u.OfficialID), Link: messages.Verbatim(name),
		}
		if usage.Quota < math.MaxInt64 {
			item.Text = append(item.Text, messages.AdminHomeUploadBytes(messages.Size(u.Bytes), messages.Size(usage.QuotaOfAccount), messages.Size(usage.Quota)))
		}
		if u.Same > 0 {
			item.Text = append(item.Text, messages.AdminHomeSameFiles(int64(u.Same)))
		}
		items = append(items, item)
	}
	return items
}
