package browser

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"urna/internal/testing/program"
)

// TestBrowser_PasskeysFromTheFirstToACertification adds a passkey, signs in with it and certifies an election with it. It
// also sees what the pages say of a passkey that the browser does not have, of a copied one, and at another address.
func TestBrowser_PasskeysFromTheFirstToACertification(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	program.AddUser(t, binary, data, administrator)
	program.AddUser(t, binary, data, official)
	port := freePort(t)
	server := program.Serve(t, binary, data, "--addr", "127.0.0.1:"+port, "--public-url", "http://localhost:"+port)
	const factor = "/account/second-factor"

	ada := openTab(t, "http://localhost:"+port)
	ada.refusal = "status of 401" // of a copied passkey
	key := ada.virtualAuthenticator()
	ada.signIn(administrator)
	ada.open(factor)
	ada.see("passkey-add")
	ada.choose("field-name", "green key")
	ada.pictures("passkeys-off")
	ada.click("passkey-add")
	ada.waitForNumber("recovery-code", 10)
	ada.open(factor)
	if row := ada.text("passkey-row"); !strings.Contains(row, "green key") || !strings.Contains(row, "never") {
		t.Errorf("want the passkey on the page, got %q", row)
	}
	ada.click("passkey-add")
	ada.until(statusText, "This device already has a passkey of your account.", "the words about a second passkey on one device")
	ada.pictures("passkeys-on")

	ada.signOut()
	ada.toTheSecondFactor(administrator)
	ada.pictures("passkeys-sign-in")
	ada.usePasskey()
	ada.wait("nav-person", "Ada Byron")

	ada.registerParticipants()
	ada.createElection("Trees of the year")
	page := strings.TrimPrefix(run(ada, "read the address", chromedp.Location()), ada.base)
	grace := openTab(t, server.URL)
	grace.signIn(official)
	grace.uploadBallots(writeBallots(t))
	ada.open(page)
	ada.click("menu-certification")
	ada.see("confirm-figures")
	ada.usePasskey()
	ada.until(statusText, "Enter your password first.", "the words about the missing password")
	ada.fill("field-password", administrator.Password)
	ada.pictures("passkeys-certification")
	ada.usePasskey()
	ada.see("certified")
	ada.signOut()

	ada.toTheSecondFactor(administrator)
	saved := run(ada, "read the passkeys", call(webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: key})).Credentials
	if len(saved) != 1 {
		t.Fatalf("want one passkey in the authenticator, got %d", len(saved))
	}
	run(ada, "lose the passkey", command(webauthn.ClearCredentials, webauthn.ClearCredentialsParams{AuthenticatorID: key}))
	ada.usePasskey()
	ada.until(statusText+".split(':')[0]", "The browser did not use a passkey", "the words about a lost passkey")
	run(ada, "find a copy", withCounter(key, saved[0], 1))
	ada.usePasskey()
	ada.see("form-error")
	if got := ada.text("form-error"); !strings.Contains(got, "there may be a copy of it") {
		t.Errorf("want the copy refused, got %q", got)
	}
	run(ada, "lose the copy", command(webauthn.ClearCredentials, webauthn.ClearCredentialsParams{AuthenticatorID: key}))
	run(ada, "find the original", withCounter(key, saved[0], 100))
	ada.usePasskey()
	ada.wait("nav-person", "Ada Byron")

	elsewhere := openTab(t, server.URL)
	elsewhere.virtualAuthenticator()
	elsewhere.toTheSecondFactor(administrator)
	elsewhere.until(statusText, "Passkeys work at http://localhost:"+port+" only. Open this page there.", "the words at another address")
	if shown := run(elsewhere, "look for the button", chromedp.Evaluate[bool](`document.querySelector("[data-testid='passkey-use']").checkVisibility()`)); shown {
		t.Error("want no button at another address")
	}

	ada.open(factor)
	ada.fill("field-password", administrator.Password)
	ada.click("passkey-remove")
	ada.wait("notice", "The passkey is removed. All other browsers and API clients of your account are signed out.")
	ada.waitForNumber("passkey-row", 0)
	ada.withoutScripts()
	ada.open(factor)
	if got := ada.text("passkeys"); !strings.Contains(got, "Adding a passkey needs JavaScript") {
		t.Errorf("want it said that passkeys need JavaScript, got %q", got)
	}
	program.Verify(t, binary, data)
}

// statusText is the script that reads what the page says of the browser's passkeys.
const statusText = `document.querySelector("[data-testid='passkey-status']").textContent`

// toTheSecondFactor signs in as far as the password leads.
func (b *tab) toTheSecondFactor(u program.User) {
	b.t.Helper()
	b.open("/login")
	b.fill("login-email", u.Email)
	b.fill("login-password", u.Password)
	b.click("login-submit")
	b.see("login-code")
}

func (b *tab) signOut() {
	b.t.Helper()
	b.click("nav-sign-out")
	b.see("nav-sign-in")
}

func (b *tab) usePasskey() {
	b.t.Helper()
	b.see("passkey-use")
	b.click("passkey-use")
}

// virtualAuthenticator gives the tab's browser an authenticator that is always touched.
func (b *tab) virtualAuthenticator() webauthn.AuthenticatorID {
	b.t.Helper()
	run(b, "switch virtual authenticators on", command(webauthn.Enable, webauthn.EnableParams{}))
	added := run(b, "add an authenticator", call(webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
			HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	}))
	return added.AuthenticatorID
}

// withCounter puts a passkey with a counter into an authenticator. The library's own command has a field that an
// authenticator without that extension refuses.
func withCounter(key webauthn.AuthenticatorID, c *webauthn.Credential, counter int) chromedp.Action[cdp.Empty] {
	type params struct {
		AuthenticatorID webauthn.AuthenticatorID `json:"authenticatorId"`
		Credential      map[string]any           `json:"credential"`
	}
	return command(cdp.Command[params, cdp.Empty]{Method: webauthn.CommandAddCredential}, params{key, map[string]any{
		"credentialId": c.CredentialID, "isResidentCredential": c.IsResidentCredential, "rpId": c.RpID, "privateKey": c.PrivateKey,
		"userHandle": c.UserHandle, "signCount": counter,
	}})
}

// call makes a step of one of the browser's own commands that has a result.
func call[P, R any](method cdp.Command[P, R], p P) chromedp.Action[R] {
	return func(ctx context.Context, t *chromedp.Target) (R, error) { return cdp.Call(ctx, t, method, p) }
}

// freePort returns a port at which nothing listens on this machine, for a server that must know its address before.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err == nil {
		err = listener.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return port
}
