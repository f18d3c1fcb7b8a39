package client

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
)

// Map is the map of an election's constituencies, on a grid with (0, 0) at its upper left.
type Map struct {
	Source   string    `json:"source"`
	Width    int       `json:"width"`
	Height   int       `json:"height"`
	Outlines []Outline `json:"outlines"`
}

// Outline is the land of a constituency: Path is the d of an SVG path, to be filled by the rule evenodd.
type Outline struct {
	ConstituencyID int64  `json:"constituency_id"`
	Name           string `json:"name"`
	Path           string `json:"path"`
}

// MapFile is a map as its office publishes it.
type MapFile struct {
	Content  []byte // GeoJSON or SVG, up to 20 MB
	Property string // with the names or numbers of constituencies; "" for the one that finds the most
	Source   string // who made the map
}

// ReadMap says what became of a MapFile.
type ReadMap struct {
	Property    string   `json:"property"`
	ByNumber    bool     `json:"by_number"` // and not by name
	Plane       bool     `json:"plane"`     // whether coordinates were no degrees
	Missing     []string `json:"missing"`   // constituencies
	Unknown     []string `json:"unknown"`   // features of no constituency
	WithoutArea []string `json:"without_area"`
	Map         Map      `json:"map"`
}

func mapPath(electionID int64) string { return idPath("/elections", electionID) + "/map" }

// Map returns the map of an election. A *ProblemError with the code "no-map" says that there is none.
func (c *Client) Map(ctx context.Context, electionID int64) (m Map, err error) {
	_, err = c.do(ctx, call{method: http.MethodGet, path: mapPath(electionID), out: &m})
	return m, err
}

// ChangeMap gives an election a map, in place of the one that it has.
func (c *Client) ChangeMap(ctx context.Context, electionID int64, file MapFile) (ReadMap, error) {
	return c.sendMap(ctx, electionID, file, url.Values{})
}

// TryMap says what ChangeMap would do, and stores nothing.
func (c *Client) TryMap(ctx context.Context, electionID int64, file MapFile) (ReadMap, error) {
	return c.sendMap(ctx, electionID, file, url.Values{"dry_run": {"true"}})
}

func (c *Client) sendMap(ctx context.Context, electionID int64, file MapFile, query url.Values) (read ReadMap, err error) {
	for name, value := range map[string]string{"property": file.Property, "source": file.Source} {
		if value != "" {
			query.Set(name, value)
		}
	}
	kind := "application/geo+json"
	if bytes.HasPrefix(bytes.TrimSpace(file.Content), []byte("<")) {
		kind = "image/svg+xml"
	}
	_, err = c.do(ctx, call{
		method: http.MethodPut, path: mapPath(electionID), query: query, kind: kind, size: int64(len(file.Content)), out: &read,
		body: func() io.ReadCloser { return io.NopCloser(bytes.NewReader(file.Content)) },
	})
	return read, err
}

// RemoveMap removes the map of an election.
func (c *Client) RemoveMap(ctx context.Context, electionID int64) error {
	_, err := c.do(ctx, call{method: http.MethodDelete, path: mapPath(electionID)})
	return err
}
