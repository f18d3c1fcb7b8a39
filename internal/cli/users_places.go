package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"urna/auth"
	"urna/elections"
	"urna/internal/app"
	"urna/internal/text"
)

// placeFlag names the places of an official.
type placeFlag struct {
	Place   []int64 `help:"The number of a constituency for which the official uploads, as urna users places lists it; may be repeated. Unless given, the official uploads everywhere." placeholder:"ID"`
	Station []int64 `help:"The number of a polling station for which the official uploads, as the API and its page say it; may be repeated." placeholder:"ID"`
}

// given reports whether the command names any place.
func (f placeFlag) given() bool { return len(f.Place)+len(f.Station) > 0 }

func (f placeFlag) places() []auth.Place {
	places := make([]auth.Place, 0, len(f.Place)+len(f.Station))
	for _, id := range f.Place {
		places = append(places, auth.Place{ConstituencyID: id})
	}
	for _, id := range f.Station {
		places = append(places, auth.Place{StationID: id})
	}
	return places
}

// uploadsFor says in a table where an account uploads.
func uploadsFor(u auth.User, places int) string {
	switch {
	case u.Role != auth.Official:
		return ""
	case !u.Bound:
		return "everywhere"
	case places == 0:
		return "nowhere"
	case places == 1:
		return "1 place"
	default:
		return fmt.Sprintf("%d places", places)
	}
}

// UsersPlacesCommand shows or changes the places of an official.
type UsersPlacesCommand struct {
	emailFlag
	placeFlag

	Everywhere bool `help:"Let the official upload for all constituencies."`
}

// Help is the text below the command's usage.
func (c *UsersPlacesCommand) Help() string {
	return "Without --place and --everywhere, the command lists all constituencies that take batches, with an x at the\n" +
		"official's places, and the polling stations among these. --place and --station replace the places that the official has."
}

// Run lists the places, or replaces them.
func (c *UsersPlacesCommand) Run(ctx context.Context, streams *Streams) error {
	switch {
	case c.Everywhere && c.given():
		return errors.New("use --place and --station, or --everywhere, not both")
	case c.Everywhere:
		return c.change(ctx, streams, auth.UserChange{Places: &[]auth.Place{}}, "uploads everywhere")
	case c.given():
		places := c.places()
		return c.change(ctx, streams, auth.UserChange{Places: &places}, fmt.Sprintf("uploads for %d places", len(places)))
	}
	return c.list(ctx, streams)
}

func (c *UsersPlacesCommand) list(ctx context.Context, streams *Streams) (err error) {
	f, err := openFolder(ctx, c.Data, app.Options{Parts: app.Accounts})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	u, err := f.Auth.UserByEmail(ctx, c.Email)
	if err != nil {
		return err
	}
	places, err := f.Auth.Places(ctx, u.ID)
	if err != nil {
		return err
	}
	all, err := f.Elections.Elections(ctx)
	if err != nil {
		return err
	}
	given := map[int64]bool{}
	stations, err := stationsOfPlaces(ctx, f, places)
	if err != nil {
		return err
	}
	for _, p := range places {
		given[p.ConstituencyID] = true
	}
	fmt.Fprintf(streams.Out, "%s uploads: %s\n", text.Printable(u.Email), uploadsFor(u, len(places)))
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tID\tCONSTITUENCY\tELECTION")
	for _, e := range all {
		if !e.Takes(elections.Batches) || e.StateAt(f.Elections.Now()).Final() {
			continue
		}
		for _, constituency := range e.Constituencies {
			mark := ""
			if !u.Bound || given[constituency.ID] {
				mark = "x"
			}
			fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", mark, constituency.ID, text.Printable(constituency.Name), text.Printable(e.Title))
		}
	}
	if err := table.Flush(); err != nil || len(stations) == 0 {
		return err
	}
	return listStations(streams, stations, all)
}

// listStations lists polling stations that are places.
func listStations(streams *Streams, stations []elections.Station, all []*elections.Election) error {
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tID\tPOLLING STATION\tCONSTITUENCY")
	for i := range stations {
		name := ""
		for _, e := range all {
			if c := e.Constituency(stations[i].ConstituencyID); c != nil {
				name = c.Name
			}
		}
		fmt.Fprintf(table, "x\t%d\t%s\t%s\n", stations[i].ID, text.Printable(stations[i].Title()), text.Printable(name))
	}
	return table.Flush()
}

// stationsOfPlaces returns the polling stations among places.
func stationsOfPlaces(ctx context.Context, f *app.App, places []auth.Place) ([]elections.Station, error) {
	var ids []int64
	for _, p := range places {
		if p.StationID != 0 {
			ids = append(ids, p.StationID)
		}
	}
	return f.Elections.StationsByID(ctx, ids)
}

// UsersAcceptCommand accepts a registered account.
type UsersAcceptCommand struct {
	emailFlag
	placeFlag
}

// Run accepts the account.
func (c *UsersAcceptCommand) Run(ctx context.Context, streams *Streams) error {
	places := c.places()
	return c.change(ctx, streams, auth.UserChange{Accept: true, Places: &places}, "accepted")
}
