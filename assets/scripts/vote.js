// Votes without leaving anything behind: forms are sent in the background, so that no answer gets a place
// in the browser's history; a key that a letter's picture brought along is taken out of the address at
// once; and leaving the page empties it. Without this script the forms work as they are.
(function () {
  "use strict";

  function part(name) {
    return document.querySelector("[data-vote='" + name + "']");
  }

  // What the page says in its language: the screen has these texts.
  function said(name) {
    return document.querySelector("[data-vote-screen]").dataset[name];
  }

  // A number with its unit, in the page's language.
  function unit(value, name) {
    return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: name, unitDisplay: "long" }).format(value);
  }

  // The fragment of an address is sent to no server; here it is taken out of the history as well.
  function takeKey() {
    var fragment = window.location.hash.slice(1);
    if (fragment.indexOf("=") < 0) {
      return;
    }
    var language = new URLSearchParams(window.location.search).get("lang");
    window.history.replaceState(null, "", window.location.pathname + (language ? "?lang=" + encodeURIComponent(language) : ""));
    var key = new URLSearchParams(fragment);
    var form = document.querySelector("[data-vote-form]");
    if (!form || !key.get("id") || !key.get("key") || form.elements.personal_id.type === "hidden") {
      return;
    }
    form.elements.personal_id.value = key.get("id");
    form.elements.guid.value = key.get("key");
    part("filled").hidden = false;
    form.querySelector("button").focus();
  }

  function complain(form, text) {
    var problem = part("problem");
    form.inert = false;
    part("status").textContent = "";
    problem.textContent = text;
    problem.hidden = false;
    problem.focus();
  }

  // Counts down how long to wait, in the server's words, and says once when it is over.
  var ticking = 0;
  function countDown() {
    window.clearInterval(ticking);
    var wait = part("wait");
    if (!wait) {
      return;
    }
    var end = Date.now() + Number(wait.dataset.seconds) * 1000;
    ticking = window.setInterval(function () {
      var seconds = Math.ceil((end - Date.now()) / 1000);
      var minutes = Math.ceil(seconds / 60);
      if (seconds > 0) {
        part("left").textContent = seconds < 60 ? unit(seconds, "second") : unit(minutes, "minute");
        return;
      }
      window.clearInterval(ticking);
      wait.remove();
      part("status").textContent = said("textWaitOver");
    }, 250);
  }

  // The page around the screen gets the language of the answer.
  function inLanguageOf(answer) {
    document.documentElement.lang = answer.documentElement.lang;
    [".skip", "header", "footer"].forEach(function (name) {
      document.querySelector("body > " + name).replaceWith(answer.querySelector("body > " + name));
    });
  }

  function show(text) {
    var answer = new DOMParser().parseFromString(text, "text/html");
    var main = answer.querySelector("[data-vote-screen]");
    if (!main) {
      return false;
    }
    document.title = answer.title;
    if (document.documentElement.lang !== answer.documentElement.lang) {
      inLanguageOf(answer);
    }
    document.querySelector("main").replaceChildren(main);
    countDown();
    var target = document.querySelector("[data-form-error]") || document.querySelector("main h1");
    window.scrollTo(0, 0);
    target.focus();
    return true;
  }

  document.addEventListener("submit", function (event) {
    if (!event.submitter) {
      return; // a browser too old to tell which button was pressed sends the form as it is
    }
    event.preventDefault();
    var form = event.target;
    if (form.inert) {
      return; // pressed again: the focus leaves an inert form only when the page is drawn
    }
    var body = new URLSearchParams(new FormData(form));
    body.set(event.submitter.name, event.submitter.value);
    part("problem").hidden = true;
    part("status").textContent = said("textSending"); // outside of the form: inert elements are not read aloud
    form.inert = true;
    var action = event.submitter.hasAttribute("formaction") ? event.submitter.formAction : form.action;
    window.fetch(action, { method: "POST", body: body, cache: "no-store", redirect: "error", credentials: "omit" })
      .then(function (answer) {
        return answer.text();
      })
      .then(function (text) {
        if (!show(text)) {
          complain(form, said("textUnreadable"));
        }
      })
      .catch(function () {
        complain(form, said("textBroken"));
      });
  });

  // Neither the history nor a restored page shows what was entered here.
  window.addEventListener("pagehide", function () {
    document.querySelectorAll("form").forEach(function (form) {
      form.reset();
    });
    document.querySelector("main").replaceChildren();
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      window.location.reload();
    }
  });
  window.addEventListener("hashchange", takeKey);
  takeKey();
  countDown();
})();
