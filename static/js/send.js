// Ctrl+Enter (or Cmd+Enter) in a field of a form sends it. A page may name this module again: it acts once.
(() => {
  if (window.deskSends) return;
  window.deskSends = true;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || window.deskComposes(event)) return;
    const form = event.target.closest?.("form");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  });
})();
