// Sends the chosen files one after another, shows how far each has come and what became of it, and takes
// files that are dropped on the form. Without this script the browser sends the form as it is.
(function () {
  "use strict";

  function size(bytes) {
    if (bytes < 1000) {
      return bytes + (bytes === 1 ? " byte" : " bytes");
    }
    if (bytes < 1000000) {
      return (bytes / 1000).toFixed(1) + " kB";
    }
    return bytes < 1000000000 ? (bytes / 1000000).toFixed(1) + " MB" : (bytes / 1000000000).toFixed(1) + " GB";
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
  function refusal(request) {
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
    text.textContent = "The server gave an answer that this page does not understand. Look at your batches before you send the file again.";
    return text;
  }

  function refused(entry, node) {
    entry.refused = true;
    entry.row.state.textContent = "not taken";
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
    data.append("file", entry.file);
    var request = new XMLHttpRequest();
    var bar = add(entry.row.item, "progress");
    bar.setAttribute("aria-label", "Sent of " + entry.file.name);
    bar.max = Math.max(entry.file.size, 1);
    bar.value = 0;
    request.upload.addEventListener("progress", function (event) {
      bar.value = Math.min(event.loaded, bar.max);
      entry.row.state.textContent = size(Math.min(event.loaded, entry.file.size)) + " of " + size(entry.file.size) + " sent";
    });
    request.upload.addEventListener("load", function () {
      bar.removeAttribute("value");
      entry.row.state.textContent = "sent; the server is storing it";
    });
    request.addEventListener("loadend", function () {
      bar.remove();
      if (request.status === 0) {
        refused(entry, note("The connection broke before the server answered. Nothing of the file is counted; send it again."));
      } else if (request.status === 200 && new URL(request.responseURL).pathname === "/official/uploads") {
        entry.row.state.textContent = "checked";
      } else if (request.responseURL && new URL(request.responseURL).pathname === "/login") {
        window.location.assign("/login?next=" + encodeURIComponent(window.location.pathname));
        return;
      } else {
        refused(entry, refusal(request));
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
    var text = entries.length - good + " of " + entries.length + " files not taken.";
    part(form, "status").textContent = text;
    complain(form, text + (good > 0 ? " The others wait for your confirmation." : " Nothing was stored."));
  }

  function start(form) {
    var entries = list(form);
    var limit = Number(form.getAttribute("data-max-bytes"));
    part(form, "submit").disabled = true;
    part(form, "status").textContent = "Sending";
    (function next(i) {
      if (i === entries.length) {
        finish(form, entries);
        return;
      }
      var entry = entries[i];
      var go = function () { next(i + 1); };
      if (limit > 0 && entry.file.size > limit) {
        refused(entry, note("This file has " + size(entry.file.size) + "; the server takes at most " + size(limit) + ". Split it and send the parts."));
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
      complain(form, "Choose the constituency first.");
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
