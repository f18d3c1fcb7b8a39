// Shows how far an upload has come. Without this script the form is sent by the browser as it is.
(function () {
  "use strict";

  function size(bytes) {
    return (bytes / 1000000).toFixed(1) + " MB";
  }

  function element(form, name) {
    return form.querySelector("[data-upload='" + name + "']");
  }

  function say(form, text) {
    element(form, "status").textContent = text;
  }

  function finish(form, text) {
    element(form, "panel").hidden = true;
    element(form, "submit").disabled = false;
    var problem = element(form, "problem");
    problem.textContent = text;
    problem.hidden = false;
    problem.focus();
  }

  // An answer from another address is where the form led to; one from the same address is the form
  // again, with its problems.
  function follow(form, request) {
    if (!request.getResponseHeader("Content-Type") || request.getResponseHeader("Content-Type").indexOf("text/html") !== 0) {
      finish(form, "The server gave an answer that this page does not understand. Try again.");
      return;
    }
    if (request.responseURL && request.responseURL !== form.action) {
      window.location.assign(request.responseURL);
      return;
    }
    var answer = new DOMParser().parseFromString(request.responseText, "text/html");
    document.title = answer.title;
    document.querySelector("main").replaceWith(document.adoptNode(answer.querySelector("main")));
    var problems = document.querySelector("[data-testid='form-error']");
    if (problems) {
      problems.focus();
    }
    window.scrollTo(0, 0);
  }

  function send(form, file) {
    var request = new XMLHttpRequest();
    element(form, "problem").hidden = true;
    element(form, "panel").hidden = false;
    element(form, "submit").disabled = true;
    var bar = element(form, "bar");

    request.upload.addEventListener("progress", function (event) {
      if (!event.lengthComputable) {
        return;
      }
      bar.max = event.total;
      bar.value = event.loaded;
      say(form, size(event.loaded) + " of " + size(event.total) + " sent");
    });
    request.upload.addEventListener("load", function () {
      bar.removeAttribute("value");
      say(form, "Sent. The server is checking and storing the file.");
    });
    request.addEventListener("load", function () {
      follow(form, request);
    });
    request.addEventListener("error", function () {
      finish(form, "The connection broke before the server answered. Look at your batches before you send the file again.");
    });
    request.open("POST", form.action);
    request.setRequestHeader("X-Requested-With", "urna-upload");
    say(form, "Sending " + file.name);
    request.send(new FormData(form));
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.hasAttribute("data-upload-form")) {
      return;
    }
    var file = form.elements.file.files[0];
    if (!file) {
      return; // the server says what is missing
    }
    event.preventDefault();
    var limit = Number(form.getAttribute("data-max-bytes"));
    if (limit > 0 && file.size > limit) {
      finish(form, "This file has " + size(file.size) + "; the server takes at most " + size(limit) + ". Split it and send the parts.");
      return;
    }
    send(form, file);
  });
})();
