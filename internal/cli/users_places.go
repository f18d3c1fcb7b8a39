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

// placeFlag names the places of an official, or the elections of an observer.
type placeFlag struct {
	Place    []int64 `help:"The number of a constituency for which the official uploads, as urna users places lists it; may be repeated. Unless given, the official uploads everywhere." placeholder:"ID"`
	Station  []int64 `help:"The number of a polling station for which the official uploads, as the API and its page say it; may be repeated." placeholder:"ID"`
	Election []int64 `help:"The number of an election that the observer reads; may be repeated. Unless given, the observer reads all elections." placeholder:"ID"`
}

// given reports whether the command names any place.
func (f placeFlag) given() bool { return len(f.Place)+len(f.Station)+len(f.Election) > 0 }

func (f placeFlag) places() []auth.Place {
	places := make([]auth.Place, 0, len(f.Place)+len(f.Station)+len(f.Election))
	for _, id := range f.Place {
		places = append(places, auth.Place{ConstituencyID: id})
	}
	for _, id := range f.Station {
		places = append(places, auth.Place{StationID: id})
	}
	for _, id := range f.Election {
		places = append(places, auth.Place{ElectionID: id})
	}
	return places
}

// uploadsFor says in a table where an account uploads, or what it reads.
func uploadsFor(u auth.User, all []auth.Place) string {
	places := 0
	for _, p := range all {
		if (u.Role == auth.Observer) == (p.ElectionID != 0) { // others are of an earlier role
			places++
		}
	}
	switch {
	case u.Role == auth.Observer && !u.Bound:
		return "reads all elections"
	case u.Role == auth.Observer && places == 1:
		return "reads 1 election"
	case u.Role == auth.Observer:
		return fmt.Sprintf("reads %d elections", places)
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

// UsersPlacesCommand shows or changes the places of an official, or the elections of an observer.
type UsersPlacesCommand struct {
	emailFlag
	placeFlag

	Everywhere bool `help:"Let the official upload for all constituencies, or the observer read all elections."`
}

// Help is the text below the command's usage.
func (c *UsersPlacesCommand) Help() string {
	return "Without --place and --everywhere, the command lists all constituencies that take batches, with an x at the\n" +
		"official's places, and the polling stations among these; of an observer, the elections. --place, --station and --election\n" +
		"replace the places that the account has."
}

// Run lists the places, or replaces them.
func (c *UsersPlacesCommand) Run(ctx context.Context, streams *Streams) error {
	switch {
	case c.Everywhere && c.given():
		return errors.New("use --place, --station and --election, or --everywhere, not both")
	case c.Everywhere:
		return c.change(ctx, streams, auth.UserChange{Places: &[]auth.Place{}}, "bound to no place any more")
	case c.given():
		places := c.places()
		return c.change(ctx, streams, auth.UserChange{Places: &places}, fmt.Sprintf("bound to %d places", len(places)))
	}
	return c.list(ctx, streams)
}

func (c *UsersPlacesCommand) list(ctx context.Context, streams *Streams) (err error) {
	f, err := c.openFolder(ctx, app.Options{Parts: app.Accounts})
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
	if u.Role == auth.Observer {
		return listObserved(streams, u, places, all)
	}
	given := map[int64]bool{}
	stations, err := stationsOfPlaces(ctx, f, places)
	if err != nil {
		return err
	}
	for _, p := range places {
		given[p.ConstituencyID] = true
	}
	fmt.Fprintf(streams.Out, "%s uploads: %s\n", text.Printable(u.Email), uploadsFor(u, places))
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

// listObserved lists the published elections with an x at those that an observer reads.
func listObserved(streams *Streams, u auth.User, places []auth.Place, all []*elections.Election) error {
	reads := map[int64]bool{}
	for _, p := range places {
		reads[p.ElectionID] = true
	}
	delete(reads, 0) // of an earlier role
	fmt.Fprintf(streams.Out, "%s %s\n", text.Printable(u.Email), uploadsFor(u, places))
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tID\tELECTION")
	for _, e := range all {
		mark := ""
		if !u.Bound || reads[e.ID] {
			mark = "x"
		}
		fmt.Fprintf(table, "%s\t%d\t%s\n", mark, e.ID, text.Printable(e.Title))
	}
	return table.Flush()
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
