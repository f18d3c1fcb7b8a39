// Says whether the page is moving, and tells people who listen to it the figures once a minute: a screen
// reader that spoke at every change would never be silent.
(function () {
  "use strict";
  var every = 60000;
  var patience = 5000;
  var live = document.getElementById("live");
  var line = document.getElementById("live-line");
  var spoken = document.getElementById("live-spoken");
  if (!live || !line || !spoken) {
    return;
  }
  // What the page says in its language, with the values in the places of their names.
  function words(text, values) {
    return text.replace(/\{(\w+)\}/g, function (all, name) {
      return name in values ? values[name] : all;
    });
  }

  var lost = false;
  var last = Date.now();

  // A remark below a figure is said after it.
  function text(name) {
    var found = live.querySelector('[data-live="' + name + '"]');
    return found ? found.innerText.trim().replace(/\s*\n\s*/g, ", ") : "";
  }

  function figures() {
    var values = { state: text("state"), cast: text("cast"), turnout: text("turnout") };
    return words(values.turnout ? live.dataset.textSpokenTurnout : live.dataset.textSpoken, values);
  }

  // What the page was opened with is read with the page; only what differs from it is news.
  var told = figures();

  function say(sentence) {
    var now = figures();
    if (sentence || now !== told) {
      spoken.textContent = sentence ? words(sentence, { figures: now }) : now;
    }
    told = now;
    last = Date.now();
  }

  function show(sentence, state) {
    line.textContent = sentence;
    line.classList.toggle("lost", state === "lost");
    line.classList.toggle("resting", state === "resting");
  }

  // A browser opens six connections to a server at most, and keeps those of hidden pages: six such
  // pages, in other tabs or left behind in the history, and the seventh would wait for ever. So a page that is
  // hidden for some seconds hangs up, and connects again when it is seen; the first picture then is the whole one.
  var source = null;
  var rested = document.hidden;
  window.htmx.createEventSource = function (url) {
    if (source) {
      source.close(); // a try that the extension had put off, after the page came back by itself
    }
    source = new EventSource(url);
    if (document.hidden) {
      rest();
    }
    return source;
  };

  function rest() {
    source.close();
    rested = true;
    show(live.dataset.textConnecting, "resting");
  }

  var hiding = 0;
  document.addEventListener("visibilitychange", function () {
    window.clearTimeout(hiding);
    window.clearTimeout(due);
    if (!source) {
      return; // the extension has not asked for a connection yet
    }
    if (document.hidden) {
      hiding = window.setTimeout(rest, patience);
    } else if (rested) {
      window.htmx.trigger(live, "htmx:afterProcessNode"); // upon which the extension connects
    } else {
      plan();
    }
  });
  window.addEventListener("pagehide", function () {
    if (source) {
      source.close();
    }
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      window.location.reload();
    }
  });

  line.hidden = false;
  show(live.dataset.textConnecting, "resting");
  document.body.addEventListener("htmx:sseOpen", function () {
    show(live.dataset.textConnected, "");
  });
  document.body.addEventListener("htmx:sseError", function () {
    show(live.dataset.textLost, "lost");
    if (!lost) {
      lost = true;
      spoken.textContent = live.dataset.textLostSpoken;
      last = Date.now();
    }
  });

  // What comes too soon is said when its time has come, so that the last figures are never left unsaid; that the
  // election moved on, such as from voting to counting, is said at once. A hidden page announces nothing.
  var due = 0;
  var state = text("state");
  function plan() {
    window.clearTimeout(due);
    if (document.hidden) {
      return;
    }
    var wait = text("state") === state ? last + every - Date.now() : 0;
    state = text("state");
    due = window.setTimeout(say, Math.max(0, wait), "");
  }
  document.body.addEventListener("htmx:sseMessage", function () {
    if (lost || rested) { // the first picture after a break: the figures before it are old
      window.clearTimeout(due);
      say(lost ? live.dataset.textSpokenAgain : "");
      lost = rested = false;
      state = text("state");
      return;
    }
    plan();
  });
})();
