// Buttons with data-copy put that text on the clipboard and say so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // Without a secure context there is no clipboard interface: the old way still works.
    const field = document.createElement("textarea");
    field.value = button.dataset.copy;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    button.focus();
  }
  button.classList.add("copied");
  window.setTimeout(() => button.classList.remove("copied"), 1500);
});
