// Keeps what is typed in [data-draft] fields until it is sent, across reloads and expired sessions.
// Each staff member's are apart: a colleague at the same browser does not see them.
(() => {
  const mine = `draft:${document.body.dataset.staff}:`;
  const key = (field) => mine + field.dataset.draft;
  const DAYS_KEPT = 14;
  const read = (field) => {
    try {
      return JSON.parse(localStorage.getItem(key(field)))?.text ?? "";
    } catch {
      return "";
    }
  };
  const restore = (root) => {
    for (const field of root.querySelectorAll("[data-draft]")) {
      const text = read(field);
      if (text && !field.value) {
        field.value = text;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  };
  const forget = (name) => localStorage.removeItem(mine + name);

  document.addEventListener("input", (event) => {
    const field = event.target.closest?.("[data-draft]");
    if (!field) return;
    if (field.value.trim()) localStorage.setItem(key(field), JSON.stringify({ text: field.value, at: Date.now() }));
    else localStorage.removeItem(key(field));
  });
  // The server names the drafts that it has taken in, so that a refused or lost request forgets nothing.
  const forgetTaken = (root) => {
    for (const taken of root.querySelectorAll("[data-draft-taken]")) {
      forget(taken.dataset.draftTaken);
      taken.remove();
    }
  };
  // Somebody else's version is taken over one's own (T5).
  document.addEventListener("click", (event) => {
    const taken = event.target.closest?.("[data-draft-drop]");
    if (taken) forget(taken.dataset.draftDrop);
  });
  const arrive = (root) => { forgetTaken(root); restore(root); };
  document.addEventListener("htmx:afterSettle", () => arrive(document));
  arrive(document);

  // Old drafts of orders that nobody came back to.
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith("draft:")) continue;
    try {
      if (Date.now() - JSON.parse(localStorage.getItem(name)).at > DAYS_KEPT * 86_400_000) localStorage.removeItem(name);
    } catch {
      localStorage.removeItem(name);
    }
  }
})();
