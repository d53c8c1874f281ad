// The whole page part was swapped: whoever was in a form that is gone now stands at what was said.
document.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement === document.body) document.getElementById("told")?.focus();
});
