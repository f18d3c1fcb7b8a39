// Sends the chosen files one after another, shows how far each has come and what became of it, and takes
// files that are dropped on the form. Without this script the browser sends the form as it is.
(function () {
  "use strict";

  // A number with its unit, in the page's language.
  function unit(value, name, display, digits) {
    return new Intl.NumberFormat(document.documentElement.lang, {
      style: "unit", unit: name, unitDisplay: display, useGrouping: false, minimumFractionDigits: digits, maximumFractionDigits: digits
    }).format(value);
  }

  function size(bytes) {
    if (bytes < 1000) {
      return unit(bytes, "byte", "long", 0);
    }
    if (bytes < 1000000) {
      return unit(bytes / 1000, "kilobyte", "short", 1);
    }
    return bytes < 1000000000 ? unit(bytes / 1000000, "megabyte", "short", 1) : unit(bytes / 1000000000, "gigabyte", "short", 1);
  }

  // What the page says in its language, with the values in the places of their names.
  function words(text, values) {
    return text.replace(/\{(\w+)\}/g, function (all, name) {
      return name in values ? values[name] : all;
    });
  }

  function part(form, name) {
    return form.querySelector("[data-upload='" + name + "']");
  }

  function add(parent, name, className, text) {
    var node = document.createElement(name);
    if (className) {
      node.className = className;
    }
    node.textContent = text || "";
    parent.appendChild(node);
    return node;
  }

  // A row of the list, with the message about its file.
  function newRow(list, file) {
    var item = add(list, "li");
    var head = add(item, "p");
    add(head, "strong", "wide", file.name);
    var state = add(head, "span", "soft numeric", size(file.size));
    return { item: item, state: state };
  }

  function list(form) {
    var files = Array.prototype.slice.call(form.elements.file.files);
    var rows = part(form, "files");
    rows.textContent = "";
    rows.hidden = files.length === 0;
    part(form, "onward").hidden = true;
    part(form, "problem").hidden = true;
    // What the server said of another choice is no longer true.
    document.querySelectorAll("main [data-form-error], main > .flow > [data-file-problems], #field-file-error").forEach(function (node) {
      node.remove();
    });
    form.elements.file.removeAttribute("aria-invalid");
    return files.map(function (file) {
      return { file: file, row: newRow(rows, file) };
    });
  }

  function complain(form, text) {
    var problem = part(form, "problem");
    problem.textContent = text;
    problem.hidden = false;
    problem.focus();
  }

  // The server's own words about a file, out of the page with which it answered.
  function refusal(form, request) {
    var kind = request.getResponseHeader("Content-Type") || "";
    var answer = kind.indexOf("text/html") === 0 ? new DOMParser().parseFromString(request.responseText, "text/html") : null;
    var found = answer && (answer.querySelector("[data-file-problems]") ||
      answer.querySelector("[data-form-error]") || answer.querySelector("[data-error-message]"));
    if (found) {
      found.removeAttribute("tabindex");
      found.removeAttribute("role");
      return document.adoptNode(found);
    }
    var text = document.createElement("p");
    text.textContent = form.dataset.textUnreadable;
    return text;
  }

  function refused(form, entry, node) {
    entry.refused = true;
    entry.row.state.textContent = form.dataset.textNotTaken;
    var box = add(entry.row.item, "div", node.classList.contains("problems") ? "" : "problems");
    box.appendChild(node);
  }

  function note(text) {
    var node = document.createElement("p");
    node.textContent = text;
    return node;
  }

  function send(form, entry, done) {
    var data = new FormData();
    data.append("constituency_id", form.elements.constituency_id.value);
    if (form.elements.station) {
      data.append("station", form.elements.station.value);
    }
    data.append("file", entry.file);
    var request = new XMLHttpRequest();
    var bar = add(entry.row.item, "progress");
    bar.setAttribute("aria-label", words(form.dataset.textBar, { file: entry.file.name }));
    bar.max = Math.max(entry.file.size, 1);
    bar.value = 0;
    request.upload.addEventListener("progress", function (event) {
      bar.value = Math.min(event.loaded, bar.max);
      entry.row.state.textContent = words(form.dataset.textSentOf, { sent: size(Math.min(event.loaded, entry.file.size)), size: size(entry.file.size) });
    });
    request.upload.addEventListener("load", function () {
      bar.removeAttribute("value");
      entry.row.state.textContent = form.dataset.textStoring;
    });
    request.addEventListener("loadend", function () {
      bar.remove();
      if (request.status === 0) {
        refused(form, entry, note(form.dataset.textBroken));
      } else if (request.status === 200 && new URL(request.responseURL).pathname === "/official/uploads") {
        entry.row.state.textContent = form.dataset.textChecked;
      } else if (request.responseURL && new URL(request.responseURL).pathname === "/login") {
        window.location.assign("/login?next=" + encodeURIComponent(window.location.pathname));
        return;
      } else {
        refused(form, entry, refusal(form, request));
      }
      done();
    });
    request.open("POST", form.action);
    request.send(data);
  }

  function finish(form, entries) {
    var good = entries.filter(function (entry) { return !entry.refused; }).length;
    if (good === entries.length) {
      window.location.assign("/official/uploads");
      return;
    }
    part(form, "submit").disabled = false;
    form.elements.file.value = ""; // so that the same name can be chosen again
    part(form, "onward").hidden = good === 0;
    var values = { refused: entries.length - good, all: entries.length };
    part(form, "status").textContent = words(form.dataset.textRefused, values);
    complain(form, words(good > 0 ? form.dataset.textRefusedSome : form.dataset.textRefusedAll, values));
  }

  function start(form) {
    var entries = list(form);
    var limit = Number(form.getAttribute("data-max-bytes"));
    part(form, "submit").disabled = true;
    part(form, "status").textContent = form.dataset.textSending;
    (function next(i) {
      if (i === entries.length) {
        finish(form, entries);
        return;
      }
      var entry = entries[i];
      var go = function () { next(i + 1); };
      if (limit > 0 && entry.file.size > limit) {
        refused(form, entry, note(words(form.dataset.textTooLarge, { size: size(entry.file.size), limit: size(limit) })));
        go();
        return;
      }
      send(form, entry, go);
    })(0);
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.hasAttribute("data-upload-form") || !form.elements.file.files.length) {
      return; // the server names the missing field
    }
    event.preventDefault();
    if (part(form, "submit").disabled) {
      return;
    }
    if (form.elements.constituency_id.value === "") {
      complain(form, form.dataset.textChooseConstituency);
      return;
    }
    start(form);
  });

  document.addEventListener("change", function (event) {
    if (event.target.type === "file" && event.target.form && event.target.form.hasAttribute("data-upload-form")) {
      list(event.target.form);
    }
  });

  // Files may be dropped anywhere on the form.
  function over(event) {
    var form = event.target.closest && event.target.closest("[data-upload-form]");
    return form && event.dataTransfer && Array.prototype.indexOf.call(event.dataTransfer.types, "Files") >= 0 ? form : null;
  }

  ["dragenter", "dragover"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var form = over(event);
      if (form) {
        event.preventDefault();
        form.classList.add("dropping");
      }
    });
  });
  ["dragleave", "drop"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var form = over(event);
      if (!form) {
        return;
      }
      form.classList.remove("dropping");
      if (name === "drop") {
        event.preventDefault();
        if (!part(form, "submit").disabled) {
          form.elements.file.files = event.dataTransfer.files;
          list(form);
        }
      }
    });
  });
})();
