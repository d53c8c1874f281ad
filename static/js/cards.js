// Keys on a list of cards: j and k move, Enter opens, and a letter goes to what the card marks with data-key.
// A letter never decides by itself: it puts the focus on the button or field, Enter does the rest.
(() => {
  const list = document.querySelector("[data-cards]");
  if (!list) return;
  const cards = () => [...list.querySelectorAll("[data-card]")];
  const current = () => cards().findIndex((card) => card.classList.contains("at"));
  const moveTo = (index, focus = true) => {
    const all = cards();
    if (index < 0 || index >= all.length) return;
    all[current()]?.classList.remove("at");
    all[index].classList.add("at");
    if (!focus) return;
    all[index].querySelector("[data-open]")?.focus({ preventScroll: true });
    all[index].scrollIntoView({ block: "nearest" });
  };

  list.addEventListener("focusin", (event) => {
    const index = cards().indexOf(event.target.closest("[data-card]"));
    if (index >= 0 && index !== current()) moveTo(index, false);
  });
  document.addEventListener("keydown", (event) => {
    if (!window.deskKey(event)) return;
    if (event.key === "j") moveTo(current() + 1);
    else if (event.key === "k") moveTo(current() < 0 ? cards().length - 1 : current() - 1);
    else {
      const card = cards()[current()];
      if (!/^[a-z]$/.test(event.key)) return;
      const wanted = card?.querySelector(`[data-key="${event.key}"]`);
      if (!wanted) return;
      if (wanted.dataset.keyDoes === "press") wanted.click();
      else wanted.focus();
    }
    event.preventDefault();
  });

  // A card that was dealt with is drawn anew: stay at its place in the list.
  let place = -1;
  document.addEventListener("htmx:beforeSwap", () => { place = current(); });
  document.addEventListener("htmx:afterSettle", () => {
    if (place >= 0 && current() < 0) moveTo(place);
  });
})();
