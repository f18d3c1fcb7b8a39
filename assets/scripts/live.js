// Says whether the page is moving, and tells people who listen to it the figures once a minute: a screen
// reader that spoke at every change would never be silent.
(function () {
  "use strict";
  var every = 60000;
  var live = document.getElementById("live");
  var line = document.getElementById("live-line");
  var spoken = document.getElementById("live-spoken");
  if (!live || !line || !spoken) {
    return;
  }
  var lost = false;
  var last = Date.now();

  // A remark below a figure is said after it.
  function text(name) {
    var found = live.querySelector('[data-testid="' + name + '"]');
    return found ? found.innerText.trim().replace(/\s*\n\s*/g, ", ") : "";
  }

  function say(words) {
    if (spoken.textContent !== words) {
      spoken.textContent = words;
    }
    last = Date.now();
  }

  function figures() {
    var words = text("election-state") + ". " + text("ballots-cast") + " ballots cast";
    var turnout = text("turnout");
    return turnout ? words + ", turnout " + turnout + "." : words + ".";
  }

  // A browser keeps the pages that one leaves, with their connections, and opens six to a server at most: after
  // six elections it would wait for ever. So whoever leaves hangs up, and whoever comes back loads anew.
  var source = null;
  window.htmx.createEventSource = function (url) {
    source = new EventSource(url);
    return source;
  };
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
  document.body.addEventListener("htmx:sseOpen", function () {
    line.textContent = "This page moves by itself.";
    line.classList.remove("lost");
  });
  document.body.addEventListener("htmx:sseError", function () {
    line.textContent = "The connection is broken; trying again. The figures below may be old.";
    line.classList.add("lost");
    if (!lost) {
      lost = true;
      say("The connection is broken. The figures may be old.");
    }
  });
  // What comes too soon is said when its time has come, so that the last figures are never left unsaid; that the
  // election moved on, such as from voting to counting, is said at once.
  var due = 0;
  var state = text("election-state");
  document.body.addEventListener("htmx:sseMessage", function () {
    window.clearTimeout(due);
    if (lost) { // the first picture after a break: the figures before it are old
      lost = false;
      say("The page moves again. " + figures());
      return;
    }
    var wait = text("election-state") === state ? last + every - Date.now() : 0;
    state = text("election-state");
    due = window.setTimeout(function () {
      say(figures());
    }, Math.max(0, wait));
  });
})();
