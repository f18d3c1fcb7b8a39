package pages

import (
	"context"
	"slices"
	"strings"

	"urna/web/view"
)

// actions are what the log tells of, in words, in the order in which the form offers them.
func actions() []view.Option {
	return []view.Option{
		{Value: "signed-in", Text: "Signed in"},
		{Value: "signed-out", Text: "Signed out"},
		{Value: "tokens-revoked", Text: "API client signed out"},
		{Value: "sign-in-refused", Text: "Sign-in refused"},
		{Value: "refresh-token-reused", Text: "Used-up API token presented again"},
		{Value: "user-added", Text: "User added"},
		{Value: "user-changed", Text: "User changed"},
		{Value: "user-deleted", Text: "User deleted"},
		{Value: "second-factor-begun", Text: "Second factor begun"},
		{Value: "second-factor-added", Text: "Second factor switched on"},
		{Value: "second-factor-removed", Text: "Second factor removed"},
		{Value: "recovery-codes-renewed", Text: "Recovery codes renewed"},
		{Value: "participant-created", Text: "Participant added"},
		{Value: "participant-changed", Text: "Participant changed"},
		{Value: "election-created", Text: "Election created"},
		{Value: "election-changed", Text: "Election changed"},
		{Value: "election-extended", Text: "Election’s end moved later"},
		{Value: "votes-cast-declared", Text: "Votes cast declared"},
		{Value: "election-marked-rehearsal", Text: "Election marked as a rehearsal"},
		{Value: "certifiers-decided", Text: "Number of certifiers decided"},
		{Value: "seed-committed", Text: "Seed phrase committed"},
		{Value: "seed-revealed", Text: "Seed phrase revealed"},
		{Value: "lot-recorded", Text: "Lot recorded"},
		{Value: "counted-again", Text: "Counted a second time"},
		{Value: "figures-confirmed", Text: "Figures confirmed"},
		{Value: "confirmation-voided", Text: "Confirmation voided"},
		{Value: "election-certified", Text: "Election certified"},
		{Value: "second-round-created", Text: "Second round created"},
		{Value: "voter-keys-issued", Text: "Voter keys issued"},
		{Value: "voter-keys-exported", Text: "Voter keys exported"},
		{Value: "voter-keys-taken", Text: "Voter keys exported (earlier versions)"},
		{Value: "voter-keys-withdrawn", Text: "Roll of voter keys withdrawn"},
		{Value: "voter-key-reissued", Text: "Lost voter key issued anew"},
		{Value: "voter-key-revoked", Text: "Voter key revoked"},
		{Value: "election-closed", Text: "Online voting closed"},
		{Value: "database-copies-erased", Text: "Copies of the database removed"},
		{Value: "secret-replaced", Text: "Secret file replaced"},
		{Value: "public-address-set", Text: "Public address set"},
		{Value: "batch-accepted", Text: "Batch accepted"},
		{Value: "batch-retracting", Text: "Batch retracted"},
		{Value: "batch-restoring", Text: "Batch restored"},
	}
}

// actionName returns an action in words; one that this list does not know yet says itself.
func actionName(action string) string {
	all := actions()
	if i := slices.IndexFunc(all, func(o view.Option) bool { return o.Value == action }); i >= 0 {
		return all[i].Text
	}
	return sentenceCase(strings.ReplaceAll(action, "-", " "))
}

// actionOptions are the choices of the form, with the chosen one even where it is not in the list.
func actionOptions(chosen string) []view.Option {
	options := append([]view.Option{{Value: "", Text: "Everything"}}, actions()...)
	if !slices.ContainsFunc(options, func(o view.Option) bool { return o.Value == chosen }) {
		options = append(options, view.Option{Value: chosen, Text: actionName(chosen)})
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
		return view.Subject{Text: found.Text, Href: found.Href, Recorded: subject}
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
		known["user "+decimal(u.ID)] = view.Crumb{Text: u.Name(), Href: userPath(u.ID)}
	}
	list, err := p.Elections.Elections(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		known["election "+decimal(e.ID)] = view.Crumb{Text: e.Title, Href: "/admin/elections/" + decimal(e.ID)}
	}
	participants, err := p.Elections.Participants(ctx)
	if err != nil {
		return nil, err
	}
	for _, participant := range participants {
		known["participant "+decimal(participant.ID)] = view.Crumb{Text: participant.Name, Href: "/admin/participants/" + decimal(participant.ID)}
	}
	return known, nil
}
