package pages

import (
	"context"
	"slices"
	"strings"

	"urna/internal/messages"
	"urna/web/view"
)

// actions are what the log tells of, in words, in the order in which the form offers them.
func actions() []view.Option {
	return []view.Option{
		{Value: "signed-in", Text: messages.Literal("Signed in")},
		{Value: "signed-out", Text: messages.Literal("Signed out")},
		{Value: "tokens-revoked", Text: messages.Literal("API client signed out")},
		{Value: "sign-in-refused", Text: messages.Literal("Sign-in refused")},
		{Value: "refresh-token-reused", Text: messages.Literal("Used-up API token presented again")},
		{Value: "user-added", Text: messages.Literal("User added")},
		{Value: "user-changed", Text: messages.Literal("User changed")},
		{Value: "user-deleted", Text: messages.Literal("User deleted")},
		{Value: "second-factor-begun", Text: messages.Literal("Second factor begun")},
		{Value: "second-factor-added", Text: messages.Literal("Second factor switched on")},
		{Value: "second-factor-removed", Text: messages.Literal("Second factor removed")},
		{Value: "recovery-codes-renewed", Text: messages.Literal("Recovery codes renewed")},
		{Value: "participant-created", Text: messages.Literal("Participant added")},
		{Value: "participant-changed", Text: messages.Literal("Participant changed")},
		{Value: "election-created", Text: messages.Literal("Election created")},
		{Value: "election-changed", Text: messages.Literal("Election changed")},
		{Value: "election-extended", Text: messages.Literal("Election’s end moved later")},
		{Value: "votes-cast-declared", Text: messages.Literal("Votes cast declared")},
		{Value: "election-marked-rehearsal", Text: messages.Literal("Election marked as a rehearsal")},
		{Value: "certifiers-decided", Text: messages.Literal("Number of certifiers decided")},
		{Value: "seed-committed", Text: messages.Literal("Seed phrase committed")},
		{Value: "seed-revealed", Text: messages.Literal("Seed phrase revealed")},
		{Value: "lot-recorded", Text: messages.Literal("Lot recorded")},
		{Value: "counted-again", Text: messages.Literal("Counted a second time")},
		{Value: "figures-confirmed", Text: messages.Literal("Figures confirmed")},
		{Value: "confirmation-voided", Text: messages.Literal("Confirmation voided")},
		{Value: "election-certified", Text: messages.Literal("Election certified")},
		{Value: "second-round-created", Text: messages.Literal("Second round created")},
		{Value: "voter-keys-issued", Text: messages.Literal("Voter keys issued")},
		{Value: "voter-keys-exported", Text: messages.Literal("Voter keys exported")},
		{Value: "voter-keys-taken", Text: messages.Literal("Voter keys exported (earlier versions)")},
		{Value: "voter-keys-withdrawn", Text: messages.Literal("Roll of voter keys withdrawn")},
		{Value: "voter-key-reissued", Text: messages.Literal("Lost voter key issued anew")},
		{Value: "voter-key-revoked", Text: messages.Literal("Voter key revoked")},
		{Value: "election-closed", Text: messages.Literal("Online voting closed")},
		{Value: "database-copies-erased", Text: messages.Literal("Copies of the database removed")},
		{Value: "secret-replaced", Text: messages.Literal("Secret file replaced")},
		{Value: "public-address-set", Text: messages.Literal("Public address set")},
		{Value: "batch-accepted", Text: messages.Literal("Batch accepted")},
		{Value: "batch-retracting", Text: messages.Literal("Batch retracted")},
		{Value: "batch-restoring", Text: messages.Literal("Batch restored")},
	}
}

// actionName returns an action in words; one that this list does not know yet says itself.
func actionName(action string) string {
	all := actions()
	if i := slices.IndexFunc(all, func(o view.Option) bool { return o.Value == action }); i >= 0 {
		return all[i].Text.String()
	}
	return sentenceCase(strings.ReplaceAll(action, "-", " "))
}

// actionOptions are the choices of the form, with the chosen one even where it is not in the list.
func actionOptions(chosen string) []view.Option {
	options := append([]view.Option{{Value: "", Text: messages.Literal("Everything")}}, actions()...)
	if !slices.ContainsFunc(options, func(o view.Option) bool { return o.Value == chosen }) {
		options = append(options, view.Option{Value: chosen, Text: messages.Literal(actionName(chosen))})
	}
	return options
}

func sentenceCase(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// subjects are the things that have a page, with the names they have now, by what the log calls them.
type subjects map[string]view.Crumb

// name returns the thing that an event is about; one without a page has its recorded name alone.
func (s subjects) name(subject string) view.Subject {
	if found, ok := s[subject]; ok {
		return view.Subject{Text: found.Text.String(), Href: found.Href, Recorded: subject}
	}
	kind, id, _ := strings.Cut(subject, " ")
	switch {
	case subject == "user 0":
		return view.Subject{Text: "no account", Recorded: subject}
	case kind == "batch" && strings.Trim(id, "0123456789") == "" && id != "":
		return view.Subject{Text: "Batch " + id, Href: "/batches/" + id, Recorded: subject}
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
		known["user "+decimal(u.ID)] = view.Crumb{Text: messages.Verbatim(u.Name()), Href: userPath(u.ID)}
	}
	list, err := p.Elections.Elections(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		known["election "+decimal(e.ID)] = view.Crumb{Text: messages.Verbatim(e.Title), Href: "/admin/elections/" + decimal(e.ID)}
	}
	participants, err := p.Participants.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, participant := range participants {
		known["participant "+decimal(participant.ID)] = view.Crumb{Text: messages.Verbatim(participant.Name), Href: "/admin/participants/" + decimal(participant.ID)}
	}
	return known, nil
}
