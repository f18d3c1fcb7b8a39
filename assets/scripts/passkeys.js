// Asks the browser for a passkey and sends the answer with its form: a form with data-passkey="add" makes a passkey, one
// with "use" has one sign a challenge of the server. Without this script no form has a button for it.
(function () {
  "use strict";

  function part(form, name) {
    return form.querySelector("[data-passkey-part='" + name + "']");
  }

  function say(form, text, problem) {
    var status = part(form, "status");
    status.classList.toggle("notice", Boolean(problem));
    status.classList.toggle("warning", Boolean(problem));
    status.textContent = text;
  }

  function bytes(base64url) {
    return Uint8Array.from(window.atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), function (c) {
      return c.charCodeAt(0);
    });
  }

  function base64url(buffer) {
    var raw = "";
    new Uint8Array(buffer).forEach(function (b) {
      raw += String.fromCharCode(b);
    });
    return window.btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function descriptors(list) {
    return (list || []).map(function (one) {
      return Object.assign({}, one, { id: bytes(one.id) });
    });
  }

  // The answer as the server reads it.
  function encoded(credential, response) {
    return JSON.stringify({
      id: credential.id, rawId: base64url(credential.rawId), type: credential.type, response: response,
      clientExtensionResults: credential.getClientExtensionResults()
    });
  }

  function make(options) {
    options.challenge = bytes(options.challenge);
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = descriptors(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options }).then(function (made) {
      return encoded(made, {
        clientDataJSON: base64url(made.response.clientDataJSON),
        attestationObject: base64url(made.response.attestationObject),
        transports: made.response.getTransports ? made.response.getTransports() : []
      });
    });
  }

  function use(options) {
    options.challenge = bytes(options.challenge);
    options.allowCredentials = descriptors(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options }).then(function (used) {
      return encoded(used, {
        clientDataJSON: base64url(used.response.clientDataJSON),
        authenticatorData: base64url(used.response.authenticatorData),
        signature: base64url(used.response.signature),
        userHandle: used.response.userHandle ? base64url(used.response.userHandle) : undefined
      });
    });
  }

  // What the browser says, in the page's words.
  function problem(form, error) {
    switch (error && error.name) {
    case "NotAllowedError":
    case "AbortError":
      return form.dataset.textCancelled;
    case "InvalidStateError":
      return form.dataset.textKnown;
    case "NotSupportedError":
    case "ConstraintError":
      return form.dataset.textUnsuitable;
    case "SecurityError":
      return form.dataset.textOrigin;
    case "refused":
      return error.message;
    default:
      return form.dataset.textFailed;
    }
  }

  function refused(message) {
    var error = new Error(message);
    error.name = "refused";
    return error;
  }

  // The server's challenge, as options for the browser. The fields of a form that adds a passkey are checked with it.
  function challenge(form) {
    var body = form.dataset.passkey === "add" ? new URLSearchParams(new FormData(form)) : new URLSearchParams({ purpose: form.dataset.passkeyPurpose });
    return fetch(form.dataset.passkeyChallenge, { method: "POST", body: body }).then(function (answer) {
      if (new URL(answer.url).pathname !== form.dataset.passkeyChallenge) { // signed out meanwhile
        window.location.reload();
        return new Promise(function () {});
      }
      return answer.json().then(function (content) {
        if (!answer.ok && content.errors && content.errors[0].field === "password" && !form.querySelector("input[type='password']")) {
          window.location.reload(); // the sign-in is no longer fresh: the page asks for the password now
          return new Promise(function () {});
        }
        if (!answer.ok) {
          throw refused(content.errors ? content.errors[0].message : content.detail);
        }
        return content;
      });
    });
  }

  function run(form) {
    var button = part(form, "button");
    var password = form.querySelector("input[type='password']");
    if (button.disabled) {
      return;
    }
    if (password && password.value === "") {
      say(form, form.dataset.textPassword, true);
      password.focus();
      return;
    }
    button.disabled = true;
    say(form, form.dataset.textWaiting);
    challenge(form).then(form.dataset.passkey === "add" ? make : use).then(function (answer) {
      form.elements.passkey.value = answer;
      form.submit();
    }).catch(function (error) {
      button.disabled = false;
      say(form, problem(form, error), true);
    });
  }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    if (window.location.origin !== form.dataset.passkeyOrigin) {
      say(form, form.dataset.textOrigin, true);
      return;
    }
    if (!window.PublicKeyCredential) {
      say(form, form.dataset.textUnsupported, true);
      return;
    }
    part(form, "ready").hidden = false;
    part(form, "button").addEventListener("click", function () {
      run(form);
    });
    if (form.dataset.passkey === "add") { // the form has no other button
      form.addEventListener("submit", function (event) {
        event.preventDefault();
        run(form);
      });
    }
  });
})();
