// A product's card comes into a dialog; without this module the link leads to the card's own page.
(() => {
  const dialog = document.getElementById("product-dialog");
  if (!dialog) return;
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "product-card") return;
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("input[name=body]")?.focus();
  });
})();
