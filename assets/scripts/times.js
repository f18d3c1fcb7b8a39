// Shows a reader in another time zone their own time beside that of the election. Nothing is sent: the browser knows its
// zone. Without this script pages show the election's time alone, with the name of its zone.
(function () {
  "use strict";
  const language = document.documentElement.lang;

  // The minutes by which a time is ahead of UTC as it is written, such as 2027-04-11T07:00:00+02:00.
  function written(time) {
    const found = /([+-])(\d\d):(\d\d)$/.exec(time);
    return found ? (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) : 0;
  }

  function own(at, minutes) {
    const day = (date) => date.toISOString().slice(0, 10);
    const here = -at.getTimezoneOffset();
    const sameDay = day(new Date(at.getTime() + here * 60000)) === day(new Date(at.getTime() + minutes * 60000));
    const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };
    return new Intl.DateTimeFormat(language, sameDay ? clock : { day: "numeric", month: "short", ...clock }).format(at);
  }

  function add(time) {
    const at = new Date(time.dateTime);
    const minutes = written(time.dateTime);
    const beside = time.nextElementSibling;
    const shown = beside && beside.classList.contains("own-time") ? beside : null;
    if (!time.dateTime.includes("T") || Number.isNaN(at.getTime()) || -at.getTimezoneOffset() === minutes) {
      if (shown) {
        shown.remove(); // an update moved another time here
      }
      return;
    }
    const text = " (" + own(at, minutes) + ")";
    if (!shown) {
      const span = document.createElement("span");
      span.className = "own-time";
      span.textContent = text;
      time.after(span);
    } else if (shown.textContent !== text) {
      shown.textContent = text;
    }
  }

  function addAll() {
    document.querySelectorAll("main time[datetime]").forEach(add);
  }

  addAll();
  new MutationObserver(addAll).observe(document.querySelector("main"), { childList: true, subtree: true });
})();
