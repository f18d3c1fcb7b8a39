package api_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"urna/internal/database"
	"urna/results/bundle"
	"urna/results/bundle/verify"
)

// proof is the body of a confirmation by an account without a second factor.
const proof = `{"password":"` + password + `"}`

// close does what the closer does at an election's end.
func (s *env) close() {
	s.t.Helper()
	must(s.t, s.DB.Write(s.t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(s.t.Context(), `INSERT OR IGNORE INTO online_closings SELECT id, 'finished' FROM elections`)
		return err
	}))
}

// TestCertification_FromTieToSecondRound walks the whole way as a client of the contract does.
func TestCertification_FromTieToSecondRound(t *testing.T) {
	s := newEnv(t)
	path, constituencies := s.counting(3)
	s.close()
	s.counted(s.csv(s.first, path, "", lines(0, 4, 1)+lines(4, 8, 2)).want(http.StatusAccepted).str("id"))
	s.json(s.administrator, "POST", path+"/certification", proof).refused(http.StatusConflict, "not-ready-to-certify")
	s.get(s.administrator, path+"/certification").want(http.StatusOK).is("[Part 1: a tie is open. Record the lot that settles it.]", "obstacles")
	tie := s.get("", path+"/results").at("constituencies", 0, "tie", "participants").([]any)

	lot := fmt.Sprintf(`{"constituency_id":%s,"participants":[%s,%s],"note":"drawn in public"}`, constituencies[0], tie[1], tie[0])
	if fields := s.json(s.administrator, "POST", path+"/lots", `{"participants":[99]}`).want(http.StatusUnprocessableEntity).fields(); !strings.Contains(fields["participants"], "Two") {
		t.Errorf("want the refusal to name who ties, got %v", fields)
	}
	s.json(s.administrator, "POST", path+"/lots", lot).want(http.StatusCreated).is("true", "holds")
	s.json(s.administrator, "POST", path+"/lots", lot).refused(http.StatusConflict, "no-tie")
	s.get("", path+"/lots").want(http.StatusOK).is(fmt.Sprint(tie[1]), "items", 0, "participants", 0)

	for _, bundle := range []string{"/bundle.zip", "/bundle-full.zip"} {
		s.get(s.administrator, path+bundle).refused(http.StatusConflict, "not-certified")
	}
	figures := s.get(s.administrator, path+"/certification").str("figures")
	s.json(s.administrator, "POST", path+"/certification", `{"password":"`+password+`","figures":"`+strings.Repeat("0", 64)+`"}`).refused(http.StatusConflict, "figures-changed")
	r := s.json(s.administrator, "POST", path+"/certification", proof).want(http.StatusOK)
	r.is("certified", "state")
	r.is("1", "confirmations")
	r.is("1", "required")
	r.is(figures, "figures")
	s.get("", path+"/results").is("false", "provisional")
	s.json(s.administrator, "POST", path+"/lots", lot).refused(http.StatusConflict, "election-certified")
	s.json(s.administrator, "POST", path+"/certification", proof).refused(http.StatusConflict, "election-certified")
	s.csv(s.first, path, "", lines(20, 21, 1)).want(http.StatusConflict)
	s.bundles(path, figures)
	s.json(s.administrator, "POST", path+"/second-round", `{"starts_at":"2027-01-01T00:00:00Z","ends_at":"2027-01-02T00:00:00Z"}`).refused(http.StatusConflict, "no-second-round")
}

// bundles fetches both forms of a certified election's bundle and verifies them as anybody can.
func (s *env) bundles(path, figures string) {
	s.t.Helper()
	folder := s.t.TempDir()
	files := map[bundle.Form]string{bundle.Public: "/bundle.zip", bundle.Full: "/bundle-full.zip"}
	for form, address := range files {
		name := filepath.Join(folder, string(form))
		must(s.t, os.WriteFile(name, s.get(s.administrator, path+address).want(http.StatusOK).raw, 0o600))
		report, err := verify.File(name)
		must(s.t, err)
		if report.Form != form || report.Figures != figures {
			s.t.Errorf("want the %s bundle of the figures %s, got %+v", form, figures, report)
		}
	}
	must(s.t, verify.Committed(filepath.Join(folder, string(bundle.Full)), filepath.Join(folder, string(bundle.Public))))
}

// TestCertification_ReasonsLiftOpenPoints certifies an election in whose second constituency no ballot was counted.
func TestCertification_ReasonsLiftOpenPoints(t *testing.T) {
	s := newEnv(t)
	path, constituencies := s.counting(3, 3)
	s.close()
	s.get(s.administrator, path+"/certification").want(http.StatusOK).is("no-figures", "open_points", 0, "code")
	s.json(s.administrator, "POST", path+"/certification", `{"password":"`+password+`","reasons":{"no-figures":"none"}}`).want(http.StatusUnprocessableEntity)
	s.counted(s.csv(s.first, path, "?constituency_id="+constituencies[0], lines(0, 7, 1)+lines(7, 11, 2)).want(http.StatusAccepted).str("id"))

	key := "no-ballots:" + constituencies[1]
	r := s.get(s.administrator, path+"/certification").want(http.StatusOK)
	r.is("[Part 2: not one ballot was counted.]", "obstacles")
	r.is("no-ballots", "open_points", 0, "code")
	r.is(constituencies[1], "open_points", 0, "constituency_id")
	r.is("Part 2: not one ballot was counted.", "open_points", 0, "message")
	r.is("true", "open_points", 0, "liftable")
	figures := r.str("figures")
	s.json(s.administrator, "POST", path+"/certification", proof).refused(http.StatusConflict, "open-points")
	for body, field := range map[string]string{
		`{"password":"` + password + `","reasons":{"no-ballots":"storm"}}`: "reasons.no-ballots",
		`{"password":"` + password + `","reasons":{"` + key + `":" "}}`:    "reasons." + key,
		`{"password":"` + password + `","reasons":{"` + key + `":7}}`:      "reasons." + key,
		`{"password":"` + password + `","reasons":["storm"]}`:              "reasons",
	} {
		if fields := s.json(s.administrator, "POST", path+"/certification", body).want(http.StatusUnprocessableEntity).fields(); fields[field] == "" {
			t.Errorf("%s: want the field %s named, got %v", body, field, fields)
		}
	}
	body := `{"password":"` + password + `","figures":"` + figures + `","reasons":{"` + key + `":"The island was cut off by a storm."}}`
	r = s.json(s.administrator, "POST", path+"/certification", body).want(http.StatusOK)
	r.is("certified", "state")
	r.is("[]", "obstacles")
	r.is("The island was cut off by a storm.", "open_points", 0, "lifted", "reason")
	s.bundles(path, r.str("figures"))
}

// TestCertification_ATokenAloneConfirmsNothing sends confirmations without the right password, and without a code.
func TestCertification_ATokenAloneConfirmsNothing(t *testing.T) {
	s := newEnv(t)
	path, _ := s.counting(3)
	s.close()
	s.counted(s.csv(s.first, path, "", lines(0, 7, 1)+lines(7, 11, 2)).want(http.StatusAccepted).str("id"))
	for _, body := range []string{"", "{}", `{"password":""}`, `{"password":"another one of some length"}`, `{"otp":"123456"}`} {
		s.json(s.administrator, "POST", path+"/certification", body).refused(http.StatusForbidden, "password-needed")
	}
	if fields := s.json(s.administrator, "POST", path+"/certification", `{"password":7}`).want(http.StatusUnprocessableEntity).fields(); fields["password"] == "" {
		t.Errorf("want the field password named, got %v", fields)
	}

	ana, err := s.Auth.UserByEmail(t.Context(), "ana@example.org")
	must(t, err)
	enrolment, err := s.Auth.BeginSecondFactor(t.Context(), ana.Actor("test"), ana.ID)
	must(t, err)
	code, err := totp.GenerateCode(enrolment.Secret, s.Clock.Now())
	must(t, err)
	codes, err := s.Auth.ConfirmSecondFactor(t.Context(), ana.Actor("test"), ana.ID, code)
	must(t, err)
	s.json(s.administrator, "POST", path+"/certification", proof).refused(http.StatusForbidden, "code-needed")
	body := `{"password":"` + password + `","otp":"`
	s.json(s.administrator, "POST", path+"/certification", body+code+`"}`).refused(http.StatusForbidden, "code-needed") // used up
	s.get(s.administrator, path+"/certification").is("0", "confirmations")
	s.json(s.administrator, "POST", path+"/certification", body+codes[0]+`"}`).want(http.StatusOK).is("certified", "state")
}
