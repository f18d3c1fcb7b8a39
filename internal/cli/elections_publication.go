package cli

import (
	"context"
	"fmt"

	"urna/elections"
	"urna/internal/app"
	"urna/internal/text"
)

// ElectionsPublishCommand publishes a draft.
type ElectionsPublishCommand struct {
	dataFlag

	Election int64 `arg:"" help:"The election's id, as list shows it."`
	OpenNow  bool  `help:"Publish a draft whose start is in the past: it opens at once, and nothing of its definition can be changed afterwards."`
}

// Run publishes the draft. At a terminal it asks whether a start in the past is intended.
func (c *ElectionsPublishCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withFolder(ctx, func(f *app.App) error {
		publish := func(openNow bool) (*elections.Election, error) {
			return f.Elections.Publish(ctx, commandLine(), c.Election, elections.Publication{OpenNow: openNow})
		}
		e, err := publish(c.OpenNow)
		if onlyAsks(err) && confirms(streams, askToOpen) {
			e, err = publish(true)
		}
		explainFields(streams, "", err)
		if err != nil {
			return fmt.Errorf("nothing was published: %w", err)
		}
		_, err = fmt.Fprintf(streams.Out, "published election %d: %s\n", e.ID, text.Printable(e.Title))
		return err
	})
}

// ElectionsDeleteCommand deletes a draft.
type ElectionsDeleteCommand struct {
	dataFlag

	Election int64 `arg:"" help:"The draft's id, as list shows it."`
}

// Run deletes the draft.
func (c *ElectionsDeleteCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withFolder(ctx, func(f *app.App) error {
		if err := f.Elections.DeleteDraft(ctx, commandLine(), c.Election, ""); err != nil {
			return err
		}
		_, err := fmt.Fprintf(streams.Out, "deleted the draft of election %d\n", c.Election)
		return err
	})
}

// ElectionsWithdrawCommand withdraws a published election.
type ElectionsWithdrawCommand struct {
	dataFlag

	Election int64  `arg:"" help:"The election's id, as list shows it."`
	Reason   string `required:"" help:"Why it is not held. Everybody reads it on the election's page."`
}

// Run withdraws the election. It needs no second administrator; the log marks it as done by the operator.
func (c *ElectionsWithdrawCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withFolder(ctx, func(f *app.App) error {
		e, err := f.Elections.Withdraw(ctx, commandLine(), c.Election, c.Reason)
		explainFields(streams, "", err)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(streams.Out, "withdrew election %d: %s\n", e.ID, text.Printable(e.Title))
		return err
	})
}

// ParticipantsCommand lists and deletes participants. A server may run on the folder.
type ParticipantsCommand struct {
	List   ParticipantsListCommand   `cmd:"" help:"List all participants."`
	Delete ParticipantsDeleteCommand `cmd:"" help:"Delete a participant that was never a candidate in a published election."`
}

// ParticipantsListCommand lists participants.
type ParticipantsListCommand struct{ dataFlag }

// Run prints one line for each participant, in the order of their names.
func (c *ParticipantsListCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withFolder(ctx, func(f *app.App) error {
		all, err := f.Participants.All(ctx)
		if err != nil {
			return err
		}
		for _, p := range all {
			if _, err := fmt.Fprintf(streams.Out, "%d\t%s\t%s\n", p.ID, p.Kind, text.Printable(p.Name)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ParticipantsDeleteCommand deletes a participant.
type ParticipantsDeleteCommand struct {
	dataFlag

	Participant int64 `arg:"" help:"The participant's id, as list shows it."`
}

// Run deletes the participant.
func (c *ParticipantsDeleteCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withFolder(ctx, func(f *app.App) error {
		if err := f.Participants.Delete(ctx, commandLine(), c.Participant); err != nil {
			return err
		}
		_, err := fmt.Fprintf(streams.Out, "deleted participant %d\n", c.Participant)
		return err
	})
}
