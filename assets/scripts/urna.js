// Whatever a person opened stays open when a fresh fragment is laid over the page.
(function () {
  "use strict";
  if (window.Idiomorph) {
    window.Idiomorph.defaults.callbacks.beforeAttributeUpdated = function (name, node) {
      return !(name === "open" && node.nodeName === "DETAILS");
    };
  }
})();
