// The board asks for itself anew, but not under somebody's hands: what was ticked stays, and so does the focus.
(() => {
  const board = () => document.getElementById("board");
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target !== board()) return;
    if (board().querySelector("input:checked") || document.hidden) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("#board [data-all]")) return;
    for (const box of board().querySelectorAll("input[name=parcel]")) box.checked = event.target.checked;
  });
})();
