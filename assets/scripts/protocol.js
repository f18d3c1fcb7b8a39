// Helps to type a protocol: Enter goes to the next field, sums run along, and each field is saved when it is left. A field
// that could not be saved stays in this browser until it is. Without this script the form's buttons save and check it.
(function () {
  "use strict";

  var prefix = "urna.protocol.";

  // What was entered is kept no longer.
  function forget(key) {
    try {
      window.localStorage.removeItem(prefix + key);
    } catch {
      return;
    }
  }

  var done = document.querySelector("[data-protocol-done]");
  if (done) {
    forget(done.dataset.protocolDone);
  }
  var form = document.querySelector("[data-protocol-form]");
  if (!form) {
    return;
  }
  var kept = prefix + form.dataset.key; // of fields that are not saved yet
  var pending = {};
  var request = null; // the one that is under way
  var leaving = false; // the form was sent, with all its fields
  var failed = false;
  var retry = 0;
  var idle = 0;
  var retryAfter = 3000;
  var idleAfter = 1500;

  function part(name) {
    return form.querySelector("[data-protocol='" + name + "']");
  }

  function fields() {
    return Array.prototype.slice.call(form.querySelectorAll("[data-number], input[name^='explanation.']"));
  }

  function say(text) {
    var status = part("status");
    if (status.textContent !== text) {
      status.textContent = text;
    }
    status.classList.toggle("unsaved", failed);
  }

  function empty(object) {
    return Object.keys(object).length === 0;
  }

  // The browser's own store may be switched off; the page then keeps the fields while it is open.
  function keep() {
    try {
      if (empty(pending)) {
        window.localStorage.removeItem(kept);
      } else {
        window.localStorage.setItem(kept, JSON.stringify(pending));
      }
    } catch {
      return;
    }
  }

  function recall() {
    try {
      return JSON.parse(window.localStorage.getItem(kept)) || {};
    } catch {
      return {};
    }
  }

  function changed(field) {
    if (field.value === field.dataset.saved && !(field.name in pending)) {
      return;
    }
    pending[field.name] = field.value;
    keep();
  }

  function failedWith(text) {
    failed = true;
    say(text);
    window.clearTimeout(retry);
    retry = window.setTimeout(save, retryAfter);
  }

  function answered(sent, response) {
    if (response.redirected) { // to the page that asks to sign in
      failedWith(form.dataset.textSignedOut);
      return null;
    }
    if (response.status >= 500 || response.status === 429) {
      failedWith(form.dataset.textNotSaved);
      return null;
    }
    if (!response.ok) {
      failed = true;
      say(form.dataset.textRefused);
      return null;
    }
    return response.json().then(function (said) {
      failed = false;
      fields().forEach(function (field) {
        if (field.name in sent) {
          field.dataset.saved = sent[field.name];
        }
      });
      Object.keys(sent).forEach(function (name) {
        if (pending[name] === sent[name]) {
          delete pending[name];
        }
      });
      keep();
      say(form.dataset.textSaved.replace("{time}", said.saved));
      if (!empty(pending)) {
        save();
      }
    });
  }

  // One request at a time takes all that waits.
  function save() {
    window.clearTimeout(retry);
    if (request || leaving || empty(pending)) {
      return;
    }
    var sent = Object.assign({}, pending);
    request = new AbortController();
    if (!failed) {
      say(form.dataset.textSaving);
    }
    window.fetch(form.dataset.draft, {
      method: "POST", body: new URLSearchParams(sent), credentials: "same-origin", keepalive: true, signal: request.signal
    }).then(function (response) {
      request = null;
      return answered(sent, response);
    }).catch(function () {
      request = null;
      if (!leaving) {
        failedWith(form.dataset.textNotSaved);
      }
    });
  }

  // Numbers as typed; a field that has none counts as nothing.
  function numberOf(field) {
    var typed = field ? field.value.trim() : "";
    return /^[0-9]{1,9}$/.test(typed) ? Number(typed) : 0;
  }

  // As the server writes numbers: groups of three digits with narrow spaces between them.
  function shown(number) {
    return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  }

  function addUp() {
    var votes = 0;
    var all = 0;
    fields().forEach(function (field) {
      if (field.dataset.sum === "votes") {
        votes += numberOf(field);
      }
      if (field.dataset.sum) {
        all += numberOf(field);
      }
    });
    part("votes").textContent = shown(votes);
    part("all").textContent = shown(all);
    var difference = part("difference");
    if (!difference) {
      return;
    }
    var box = form.elements.namedItem(form.dataset.box);
    var gap = all - numberOf(box);
    difference.className = gap === 0 ? "agrees" : "differs";
    if (!box.value.trim()) {
      difference.textContent = "–";
    } else if (gap === 0) {
      difference.textContent = form.dataset.textAgrees;
    } else {
      difference.textContent = (gap < 0 ? form.dataset.textMissing : form.dataset.textBeyond).replace("{count}", shown(Math.abs(gap)));
    }
    // Two digits in the wrong order change a number by a multiple of nine. While fields are empty that says nothing.
    var complete = fields().every(function (field) { return !field.dataset.sum || field.value.trim(); });
    part("exchanged").hidden = !complete || !box.value.trim() || gap === 0 || gap % 9 !== 0;
  }

  // After a mistake was corrected, the fields behind it need not be passed again: Ctrl and Enter press the button.
  // The explanations of warnings are fields, too: the order is that of the page.
  function next(field) {
    var all = fields();
    var after = all[all.indexOf(field) + 1] || part("enter");
    after.focus();
    if (after.select) {
      after.select();
    }
  }

  form.addEventListener("input", function (event) {
    leaving = false; // the sending was stopped
    changed(event.target);
    addUp();
    window.clearTimeout(idle);
    idle = window.setTimeout(save, idleAfter);
  });

  form.addEventListener("change", function (event) {
    changed(event.target);
    save();
  });

  form.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.isComposing) {
      return;
    }
    if (event.repeat) { // a key that is held down must not run through the fields, nor press the button behind them
      event.preventDefault();
      return;
    }
    var number = fields().indexOf(event.target) >= 0;
    var enters = event.ctrlKey || event.metaKey; // anywhere: Enter in the last field has moved to the button
    if (!number && !enters) {
      return;
    }
    event.preventDefault();
    if (number) {
      changed(event.target);
    }
    if (enters) {
      part("enter").click();
      return;
    }
    save();
    next(event.target);
  });

  // The form takes everything with it: a field that is being saved would arrive behind it and be refused. Enter in a field moves
  // on and never sends the form.
  form.addEventListener("submit", function (event) {
    if (event.submitter === part("implicit")) {
      event.preventDefault();
      return;
    }
    window.clearTimeout(idle);
    window.clearTimeout(retry);
    leaving = true;
    if (request) {
      request.abort();
    }
  });

  window.addEventListener("pageshow", function () { leaving = false; });
  window.addEventListener("online", save);
  window.addEventListener("pagehide", save);

  fields().forEach(function (field) {
    field.dataset.saved = field.value;
  });
  var unsaved = recall();
  fields().forEach(function (field) {
    if (field.name in unsaved && unsaved[field.name] !== field.value) {
      field.value = unsaved[field.name];
      pending[field.name] = field.value;
    }
  });
  keep();
  part("script").hidden = false;
  part("sums").hidden = false;
  addUp();
  save();
  if (!document.querySelector("[data-form-error]")) {
    var first = fields().find(function (field) { return field.value === ""; });
    if (first && !document.querySelector("[data-protocol-find] [autofocus]")) {
      first.focus();
    }
  }
})();
