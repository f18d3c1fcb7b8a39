// Sends a form with one large file in the background and shows how far it has come; the answer takes the page's
// place. Without this script the browser sends the form as it is.
(function () {
  "use strict";

  function part(form, name) {
    return form.querySelector("[data-sending='" + name + "']");
  }

  function say(form, text) {
    var status = part(form, "status");
    status.textContent = text;
    status.hidden = text === "";
  }

  // A number with its unit, in the page's language.
  function unit(value, name, display, digits) {
    return new Intl.NumberFormat(document.documentElement.lang, {
      style: "unit", unit: name, unitDisplay: display, useGrouping: false, minimumFractionDigits: digits, maximumFractionDigits: digits
    }).format(value);
  }

  // A refusal comes back as the same page, with its reasons.
  function show(form, request) {
    var answer = new DOMParser().parseFromString(request.responseText, "text/html");
    var main = answer.querySelector("main");
    if (!main) {
      say(form, form.dataset.textUnreadable);
      return;
    }
    document.title = answer.title;
    var page = document.querySelector("main");
    page.replaceChildren.apply(page, Array.prototype.slice.call(document.adoptNode(main).childNodes));
    window.scrollTo(0, 0);
    (page.querySelector("[role='alert']") || page).focus();
  }

  function answered(form, request) {
    part(form, "bar").hidden = true;
    part(form, "inputs").inert = false;
    if (request.status === 0) {
      say(form, form.dataset.textBroken);
    } else if (new URL(request.responseURL).pathname === "/login") { // signed out meanwhile: nothing was done
      window.location.assign("/login?next=" + encodeURIComponent(window.location.pathname));
    } else if (new URL(request.responseURL).pathname !== new URL(form.action).pathname) {
      window.location.assign(request.responseURL);
    } else {
      show(form, request);
    }
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.hasAttribute("data-sending-form") || !form.elements.file.files.length) {
      return; // the server names the missing field
    }
    event.preventDefault();
    if (part(form, "inputs").inert) {
      return; // pressed again: the focus leaves inert fields only when the page is drawn
    }
    var request = new XMLHttpRequest();
    var bar = part(form, "bar");
    bar.value = 0;
    bar.hidden = false;
    say(form, form.dataset.textSending);
    request.upload.addEventListener("progress", function (event) {
      bar.max = Math.max(event.total, 1);
      bar.value = event.loaded;
    });
    request.upload.addEventListener("load", function () {
      bar.removeAttribute("value");
      say(form, form.dataset.textSent.replace("{size}", unit(form.elements.file.files[0].size / 1000000, "megabyte", "short", 1)));
    });
    request.addEventListener("loadend", function () {
      answered(form, request);
    });
    request.open("POST", form.action);
    request.send(new FormData(form));
    part(form, "inputs").inert = true; // and not the bar beside them: inert elements are not read aloud
  });
})();
