// Sorts a table with data-sorted by the column whose head is pressed: numbers by value, names as the page's language
// orders them. Without it the table keeps the order in which the server wrote it.
(() => {
  const text = (cell) => cell?.dataset.sort ?? cell?.textContent.trim() ?? "";
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });

  // How a reader sorted each table, by its caption: an update of the page brings the server's order back.
  const chosen = new Map();

  function sort(table, column, head, rising) {
    chosen.set(table.caption?.textContent.trim(), { column, rising });
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((a, b) => order.compare(text(a.cells[column]), text(b.cells[column])) * (rising ? 1 : -1));
    body.append(...rows);
  }

  function enhance(table) {
    if (table.dataset.sorted !== "true") return;
    table.dataset.sorted = "ready";
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (head.querySelector("button.sort")) return; // an update left it
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, column, head, head.getAttribute("aria-sort") !== "ascending"));
    });
    const before = chosen.get(table.caption?.textContent.trim());
    if (before) sort(table, before.column, table.tHead.rows[0].cells[before.column], before.rising);
  }

  const all = () => document.querySelectorAll("table[data-sorted]").forEach(enhance);
  all();
  document.addEventListener("htmx:afterSettle", all);
})();
