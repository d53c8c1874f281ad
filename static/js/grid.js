// Alt and an arrow key move between the fields of a table that is a grid; without Alt the keys stay the field's own.
(() => {
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  for (const grid of document.querySelectorAll("[data-grid]")) {
    grid.addEventListener("keydown", (event) => {
      const step = event.altKey && STEPS[event.key];
      const cell = event.target.closest("td");
      if (!step || !cell) return;
      event.preventDefault();
      const rows = [...grid.tBodies[0].rows];
      let row = rows.indexOf(cell.parentElement), column = cell.cellIndex;
      for (;;) {
        row += step[0];
        column += step[1];
        const next = rows[row]?.cells[column];
        if (!next) return;
        const field = next.querySelector("select, input, button");
        if (field) return field.focus();
      }
    });
  }
})();
