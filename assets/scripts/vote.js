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

  // A key in the groups of a letter: two lines of four groups of four. What cannot be a key stays as it was typed.
  function grouped(text) {
    var bare = text.replace(/[\s\p{Pd}\p{Cf}{}\u2212]/gu, "");
    if (bare.length > 32 || !/^[0-9a-z|]*$/i.test(bare)) {
      return text;
    }
    return bare.replace(/(.{4})(?=.)/g, "$1 ").replace(/^((?:.{4} ){3}.{4}) /, "$1\n");
  }
  // Sets the key in groups and leaves the caret behind the same sign.
  function group(field) {
    var before = field.value.slice(0, field.selectionStart).replace(/[\s\p{Pd}\p{Cf}{}\u2212]/gu, "").length;
    var text = grouped(field.value);
    if (text === field.value) {
      return;
    }
    field.value = text;
    var at = 0;
    for (var signs = 0; at < text.length && signs < before; at++) {
      signs += /\s/.test(text[at]) ? 0 : 1;
    }
    field.setSelectionRange(at, at);
  }
  function keyField() {
    return document.querySelector("[data-vote-key]");
  }

  // Fills in what the address in a letter's picture says.
  function fillIn(form, fragment) {
    var key = new URLSearchParams(fragment);
    if (!form || !key.get("id") || !key.get("key") || form.elements.personal_id.type === "hidden") {
      return false;
    }
    form.elements.personal_id.value = key.get("id");
    form.elements.guid.value = grouped(key.get("key"));
    part("filled").hidden = false;
    form.querySelector("button").focus();
    return true;
  }

  // Letters without accents and capitals, by which a ballot paper is searched.
  function folded(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  }
  function search(words) {
    var wanted = folded(words).split(/\s+/).filter(Boolean);
    var lines = Array.prototype.slice.call(document.querySelectorAll(".ballot-line"));
    var shown = lines.filter(function (line) {
      var text = folded(line.textContent);
      var hit = wanted.every(function (word) { return text.indexOf(word) >= 0; });
      line.hidden = !hit && !line.querySelector("input").checked;
      return !line.hidden;
    });
    part("found").textContent = wanted.length ? said("textFound").replace("{shown}", shown.length).replace("{all}", lines.length) : "";
  }

  // What the script adds to a screen that was just shown.
  function ready() {
    if (part("search")) {
      part("search").hidden = false;
    }
    if (keyField() && keyField().value) {
      keyField().value = grouped(keyField().value);
    }
    countDown();
  }

  // The fragment of an address is sent to no server; here it is taken out of the history as well.
  function takeKey() {
    var fragment = window.location.hash.slice(1);
    if (fragment.indexOf("=") < 0) {
      return;
    }
    var language = new URLSearchParams(window.location.search).get("lang");
    window.history.replaceState(null, "", window.location.pathname + (language ? "?lang=" + encodeURIComponent(language) : ""));
    fillIn(document.querySelector("[data-vote-form]"), fragment);
  }

  function complain(form, text) {
    window.clearTimeout(waiting);
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

  // Says what the wait is for, and after a while that it goes on.
  var waiting = 0;
  function explainWait(casting) {
    window.clearTimeout(waiting);
    part("status").textContent = said(casting ? "textCasting" : "textSending"); // outside of the form: inert elements are not read aloud
    waiting = window.setTimeout(function () {
      if (part("status").textContent) {
        part("status").textContent = said("textStill");
      }
    }, 8000);
  }

  function show(text) {
    window.clearTimeout(waiting);
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
    ready();
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
    explainWait(event.submitter.value === "cast");
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

  document.addEventListener("input", function (event) {
    if (event.target === keyField()) {
      group(event.target);
    } else if (event.target.id === "vote-search") {
      search(event.target.value);
    }
  });
  // The address in a letter may be pasted, too: it has both.
  document.addEventListener("paste", function (event) {
    var form = document.querySelector("[data-vote-form]");
    var text = event.clipboardData ? event.clipboardData.getData("text") : "";
    if (keyField() && text.indexOf("#") >= 0 && fillIn(form, text.slice(text.indexOf("#") + 1).trim())) {
      event.preventDefault();
    }
  });
  // Enter continues, as in a field of one line; in the search it sends nothing.
  document.addEventListener("keypress", function (event) {
    if (event.key !== "Enter" || event.isComposing) {
      return;
    }
    if (event.target === keyField()) {
      event.preventDefault();
      event.target.form.requestSubmit(event.target.form.querySelector("button[name=step]"));
    } else if (event.target.id === "vote-search") {
      event.preventDefault();
    }
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
  ready();
})();
