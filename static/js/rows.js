// Moving through a table by keyboard, selecting rows, and the totals of the selection.
(() => {
  const table = document.querySelector("table[data-rows]");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const totals = document.getElementById("selection");
  const all = table.querySelector("thead input[type=checkbox]");
  const PLACE = `rows:${window.location.pathname}${window.location.search}`;
  // Rows that nothing is done with together have no box, and no flag or note of their own.
  const box = (row) => row.querySelector("input[type=checkbox]");
  const ofOrders = rows.some(box);
  const current = () => rows.findIndex((row) => row.classList.contains("at"));

  const moveTo = (index) => {
    if (index < 0 || index >= rows.length) return;
    rows[current()]?.classList.remove("at");
    rows[index].classList.add("at");
    rows[index].querySelector("a").focus({ preventScroll: true });
    rows[index].scrollIntoView({ block: "nearest" });
    sessionStorage.setItem(PLACE, rows[index].id);
  };

  const count = () => {
    if (!ofOrders) return;
    const chosen = rows.filter((row) => box(row).checked);
    if (all) {
      all.checked = chosen.length === rows.length;
      all.indeterminate = chosen.length > 0 && !all.checked;
    }
    rows.forEach((row) => row.classList.toggle("chosen", box(row).checked));
    if (!totals) return;
    totals.hidden = chosen.length === 0;
    totals.querySelector("[data-count]").textContent = chosen.length;
    const sum = totals.querySelector("[data-sum]");
    if (!sum) return;
    // Cents as whole numbers: sums of fractions would drift.
    const cents = chosen.reduce((total, row) => total + Number(row.dataset.cents), 0);
    sum.textContent = `¥${Math.floor(cents / 100).toLocaleString("en-US")}.${String(cents % 100).padStart(2, "0")}`;
  };

  // Shift and a click: all rows from the last one that was clicked get what this one has.
  let lastClicked = -1;
  table.addEventListener("click", (event) => {
    const at = rows.findIndex((row) => box(row) === event.target);
    if (at < 0) return;
    if (event.shiftKey && lastClicked >= 0) {
      for (const row of rows.slice(Math.min(at, lastClicked), Math.max(at, lastClicked) + 1)) box(row).checked = event.target.checked;
      count();
    }
    lastClicked = at;
  });
  // With rows selected, the keys of an action mean all of them.
  const together = (action) => {
    const button = document.querySelector(`#bulk [value=${action}]`);
    if (!button || !rows.some((row) => box(row)?.checked)) return false;
    button.click();
    return true;
  };

  table.addEventListener("change", (event) => {
    if (event.target === all) rows.forEach((row) => { box(row).checked = all.checked; });
    count();
  });
  table.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    if (!row) return;
    rows[current()]?.classList.remove("at");
    row.classList.add("at");
    sessionStorage.setItem(PLACE, row.id);
  });
  document.addEventListener("keydown", (event) => {
    if (!window.deskKey(event)) return;
    const row = rows[current()];
    const address = row?.querySelector("a").href;
    if (event.key === "j") moveTo(current() + 1);
    else if (event.key === "k") moveTo(current() < 0 ? rows.length - 1 : current() - 1);
    else if (event.key === "x" && row && ofOrders) { box(row).checked = !box(row).checked; count(); }
    else if (event.key === "Enter" && row && event.target === document.body) window.location.assign(address);
    else if (event.key === "f" && row && ofOrders) { if (!together("flag")) window.location.assign(`${address}#set-flag`); }
    else if (event.key === "n" && row && ofOrders) { if (!together("note")) window.location.assign(`${address}#write-note`); }
    else return;
    event.preventDefault();
  });

  // Back from an order: the row that was open is marked again; the browser restores the scroll itself.
  const last = document.getElementById(sessionStorage.getItem(PLACE) ?? "");
  if (last && rows.includes(last)) last.classList.add("at");
  window.addEventListener("pageshow", count);
})();
