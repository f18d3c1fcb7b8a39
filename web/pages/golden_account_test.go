package pages

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/view"
	"urna/web/view/kit"
)

// fixedLog is a log whose head never changes.
type fixedLog struct{ auditLog }

func (fixedLog) Head(context.Context) (string, int64, error) {
	return strings.Repeat("0f", 32), 1234, nil
}

// samplePasskeys are a passkey that was used, and one of a former domain.
func samplePasskeys(p *Pages) view.PasskeysBox {
	password := kit.Field{Name: "password", ID: passkeyPassword, Label: messages.Verbatim("Your password"), Type: "password"}
	box := view.PasskeysBox{
		Origin: "https://vote.example.org", AskPassword: true, AddPassword: password, Password: password,
		Note: messages.PasskeysUnusableNote("https://vote.example.org"),
		Name: kit.Field{Name: "name", ID: "passkey-name", Label: messages.PasskeysName(), Hint: messages.PasskeysNameHint(), Value: "Chrome on Linux"},
		Rows: []view.PasskeyRow{
			{Name: "phone <of Ada>", Added: view.NewMoment(moment, p.zone()), LastUsed: view.NewMoment(moment, p.zone())},
			{Name: "blue key", Added: view.NewMoment(moment, p.zone()), Unusable: messages.PasskeysUnusable("old.example.org")},
		},
		Which:   kit.Field{Name: "which", Label: messages.PasskeysWhich()},
		Options: []kit.Option{{Value: "1", Text: messages.Verbatim("phone <of Ada>")}, {Value: "2", Text: messages.Verbatim("blue key")}},
	}
	box.Password.ID = passkeyRemovePassword
	return box
}

// accountPages draws the pages of accounts and of the audit log.
func accountPages(t *testing.T, p *Pages, ada auth.User) map[string]templ.Component {
	t.Helper()
	ada.Email, ada.CreatedAt, ada.SecondFactor = "ada@example.org", moment, true
	draw := func(u *auth.User, handle func(*gin.Context)) templ.Component {
		recorder := httptest.NewRecorder()
		c, _ := gin.CreateTestContext(recorder)
		c.Request = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/admin/audit?actor=ada", nil)
		c.Params = gin.Params{{Key: "secret", Value: "SECRET"}}
		if u != nil {
			principal.Set(c, *u)
		}
		handle(c)
		return templ.Raw(recorder.Body.String())
	}
	grace := auth.User{
		ID: 2, Email: "grace@example.org", Forename: "Grace", Surname: "<Hopper>", Role: auth.Official, JMBG: "0101990710007",
		CreatedAt: moment, Disabled: true, MustChangePassword: true, SecondFactor: true,
	}
	wrong := kit.Problems{Summary: messages.Verbatim("Please check the marked fields."), List: []kit.Problem{{Field: "code", Message: messages.Verbatim("Wrong.")}, {Field: "password", Message: messages.Verbatim("Wrong too.")}}}
	page := func(title string) view.Page {
		return p.page(request(&ada), view.SectionAccount, messages.Verbatim(title))
	}
	code, err := view.NewQR(messages.Verbatim("QR code"), "otpauth://totp/Urna:ada@example.org?secret=JBSWY3DPEHPK3PXP&issuer=Urna")
	if err != nil {
		t.Fatal(err)
	}
	factor := view.SecondFactorPage{
		Page: page("Second factor"), QR: code, Secret: "JBSW Y3DP", SecretURL: "otpauth://totp/Urna:ada", Code: codeField(wrong), Problems: wrong, AskPassword: true,
		Password: kit.Field{Name: "password", Label: messages.Verbatim("Your password"), Type: "password", Problem: messages.Verbatim("Wrong too.")}, CodesPassword: kit.Field{Name: "password", ID: codesPassword, Label: messages.Verbatim("Your password"), Type: "password"},
	}
	factor.Passkeys = samplePasskeys(p)
	pending, on, passkeys := factor, factor, factor
	pending.Pending, on.On, on.App, passkeys.On = true, true, true, true
	on.Passkeys.Rows, on.Passkeys.Note, on.Passkeys.Off = nil, messages.Message{}, passkeysOff(auth.NoPublicURL)
	factor.Passkeys.Rows, factor.Passkeys.Note, pending.Passkeys = nil, messages.Message{}, on.Passkeys
	return map[string]templ.Component{
		"sign-in-code": draw(nil, func(c *gin.Context) {
			p.codeForm(c, http.StatusUnauthorized, auth.User{SecondFactor: true, Authenticator: true}, view.SignInCodePage{Next: "/admin", Problems: wrong})
		}),
		"setup": draw(nil, func(c *gin.Context) {
			p.setupForm(c, http.StatusOK, auth.NewUser{Email: "ada@example.org", Password: "never on a page"}, wrong)
		}),
		"account": view.Account(view.AccountPage{
			Page: page("Your account"), Notice: doneNotice("password"), Name: ada.Name(), Email: ada.Email, Role: messages.UsersChoiceAdministrator(), SecondFactor: messages.AccountSecondFactorOn(), Others: 1,
			Sessions: []view.SessionRow{
				{ID: "one", Browser: messages.AccountBrowserOn("Firefox", "Linux"), Agent: "Mozilla/5.0", From: "127.0.0.1", Since: view.NewMoment(moment, p.zone()), This: true},
				{ID: "two", Browser: messages.AccountBrowserOn("Chrome", "Android"), Agent: "Mozilla/5.0", From: "192.0.2.7", Since: view.NewMoment(moment, p.zone())},
			},
		}),
		"account-password-forced": draw(&grace, func(c *gin.Context) { p.passwordForm(c, http.StatusUnprocessableEntity, wrong) }),
		"second-factor-off":       view.SecondFactor(factor),
		"second-factor-pending":   view.SecondFactor(pending),
		"second-factor-on":        view.SecondFactor(on),
		"second-factor-passkeys":  view.SecondFactor(passkeys),
		"recovery-codes": draw(&ada, func(c *gin.Context) {
			p.recoveryCodes(c, messages.AccountFactorOn(), []string{"AAAA-BBBB-CCCC-DDDD", "EEEE-FFFF-GGGG-HHHH"})
		}),
		"user":      draw(&ada, func(c *gin.Context) { p.userPage(c, http.StatusUnprocessableEntity, grace, typedUser(grace), wrong) }),
		"user-self": draw(&ada, func(c *gin.Context) { p.userPage(c, http.StatusOK, ada, typedUser(ada), kit.Problems{}) }),
		"user-form": draw(&ada, func(c *gin.Context) {
			p.userForm(c, http.StatusUnprocessableEntity, auth.NewUser{Role: auth.Official, MustChangePassword: true}, wrong)
		}),
		"audit": draw(&ada, func(c *gin.Context) {
			known := subjects{"user 2": {Text: messages.Verbatim("Grace <Hopper>"), Href: "/admin/users/2"}}
			model := view.AuditPage{EventLog: view.EventLog{Older: "/admin/audit?before=7"}}
			for _, e := range []audit.Event{
				{ID: 9, Actor: ada.Actor("192.0.2.7"), Action: "user-changed", Subject: "user 2", Detail: `{"role":{"before":"official","after":"administrator"}}`},
				{ID: 8, Actor: audit.System(), Action: "batch-accepted", Subject: "batch 12", Detail: `{"again":false,"file":"<a>.csv","lines":3,"election":4}`},
				{ID: 7, Actor: audit.Actor{Name: "nobody", From: "192.0.2.8"}, Action: "sign-in-refused", Subject: "user 0", Detail: `{}`},
			} {
				e.At, e.Hash = moment, strings.Repeat("ab", 32)
				model.Rows = append(model.Rows, eventRow(t.Context(), e, known, p.zone()))
			}
			p.auditPage(c, http.StatusOK, model)
		}),
	}
}
