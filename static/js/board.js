// The board asks for itself anew, but not under somebody's hands: what was ticked stays.
(() => {
  const board = () => document.getElementById("board");
  const ticked = () => board().querySelector("input:checked");
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === board() && (ticked() || document.hidden)) event.preventDefault();
  });
  // Ticked while the answer was on its way.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === board() && ticked()) event.detail.shouldSwap = false;
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("#board [data-all]")) return;
    for (const box of board().querySelectorAll("input[name=parcel]")) box.checked = event.target.checked;
  });
})();
