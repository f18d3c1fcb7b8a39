package stations

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"urna/client"
)

var (
	constituencies = flag.Int("constituencies", 3, "the number of constituencies")
	stations       = flag.Int("stations", 60, "the number of polling stations, at least 14 for each constituency")
	seed           = flag.Uint64("seed", 7, "what the papers are drawn from")
	between        = flag.Duration("kill-every", 100*time.Millisecond, "the mean time between two kills of the program in the middle of a step")
	most           = flag.Int("kills", 3, "how often the program is killed in the middle of one step, at most; it is killed after each step as well")
)

// TestNight_EveryStationIsProved plays an election with stations: half of them send ballots, the others a protocol that
// two people type; with errors, warnings and differences on purpose. One station is annulled and one is missing, so that
// the result is certified over two written reasons. Then four stations are corrected. The program is killed throughout.
func TestNight_EveryStationIsProved(t *testing.T) {
	moments := rand.Uint64()
	t.Logf("moments of the kills: %d", moments)
	n := &night{plan: newPlan(*seed, *constituencies, *stations), random: rand.New(rand.NewPCG(moments, 2)), between: *between, most: *most}
	n.open(t)
	n.step(t, "define", n.define)
	n.single(t, "publish", n.publish)
	n.step(t, "make accounts of officials", n.hire)
	n.step(t, "report the turnout", n.reportTurnout)
	n.step(t, "send ballots until they are counted", n.sendBallots)
	n.step(t, "type protocols twice", n.typeProtocols)
	n.step(t, "settle what differs", n.settle)
	n.step(t, "reopen a protocol", n.reopen)
	n.step(t, "explain warnings", n.explain)
	n.single(t, "annul a station", n.annul)
	n.check(t)
	n.single(t, "certify over two reasons", n.certify)
	n.check(t)
	n.bundles(t, 1)
	c := n.newCorrection()
	n.single(t, "open a correction", func(ctx context.Context) error { return c.open(ctx, n) })
	n.step(t, "carry the correction out", func(ctx context.Context) error { return c.carryOut(ctx, n) })
	n.single(t, "certify the correction", func(ctx context.Context) error { return c.certify(ctx, n) })
	n.check(t)
	c.compare(t, n)
	n.bundles(t, 1, 2)
	n.report(t)
}

// annul annuls a station, whose protocol is in the count.
func (n *night) annul(ctx context.Context) error {
	for _, s := range n.where(func(s *station) bool { return s.fate == annulled }) {
		err := n.approved(ctx, func() error {
			return n.administrators[0].AnnulStation(ctx, n.election, s.id, "The court found that the box was open for an hour.")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// certify confirms the figures as two administrators. Exactly two open points need a reason.
func (n *night) certify(ctx context.Context) error {
	reasons := map[string]string{
		"station-awaited":               "The road to the station is under water; the commission decided not to wait.",
		"protocol-retraction-after-end": "The court annulled the station.",
	}
	at, err := n.administrators[0].Certification(ctx, n.election)
	if err != nil {
		return err
	}
	var codes []string
	lift := map[string]string{}
	for _, p := range at.OpenPoints {
		codes = append(codes, p.Code)
		lift[point(p)] = reasons[p.Code]
	}
	if slices.Sort(codes); !slices.Equal(codes, slices.Sorted(maps.Keys(reasons))) {
		return fmt.Errorf("want two open points, got %+v", at.OpenPoints)
	}
	if _, err := n.administrators[0].Certify(ctx, n.election, proof(0)); !refusedWith(err, http.StatusConflict, "open-points") {
		return fmt.Errorf("want a certification over open points refused, got %w", err)
	}
	if at, err = n.administrators[0].CertifyDespite(ctx, n.election, proof(0), lift); err != nil {
		return err
	}
	if at.State != "counting" {
		return fmt.Errorf("want one administrator not to certify alone, got %s", at.State)
	}
	if _, err = n.administrators[1].Certify(ctx, n.election, proof(1)); err != nil && !refusedWith(err, http.StatusConflict, "election-certified") {
		return err
	}
	if at, err = n.administrators[1].Certification(ctx, n.election); err == nil && at.State != "certified" {
		err = errors.New("want it certified, got " + at.State)
	}
	return err
}

func proof(i int) client.Proof { return client.Proof{Password: administrator(i).Password} }

// check compares everything that is public with the papers.
func (n *night) check(t *testing.T) {
	t.Helper()
	results, err := n.administrators[0].Results(t.Context(), n.election)
	if err != nil {
		t.Fatal(err)
	}
	found, err := n.administrators[0].Stations(t.Context(), n.election)
	if err != nil {
		t.Fatal(err)
	}
	n.compare(t, results, found)
}

// bundles verifies both forms of the results bundles of the certifications with the numbers.
func (n *night) bundles(t *testing.T, numbers ...int) {
	t.Helper()
	for _, number := range numbers {
		for form, full := range map[string]bool{"public": false, "full": true} {
			bundle, err := n.administrators[0].Bundle(t.Context(), n.election, number, full)
			if err != nil {
				t.Fatal(err)
			}
			n.verifyBundle(t, fmt.Sprintf("%s-%d.zip", form, number), bundle)
		}
	}
}
