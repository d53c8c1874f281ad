// A product's card comes into a dialog; without this module the link leads to the card's own page.
(() => {
  const dialog = document.getElementById("product-dialog");
  if (!dialog) return;
  let wanted = false;
  const isCard = (event) => event.detail.target.id === "product-card";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isCard(event) && !dialog.contains(event.detail.elt)) wanted = true;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!isCard(event)) return;
    // An answer to a question asked in the dialog does not open it again: it may have been closed meanwhile.
    if (wanted && !dialog.open) dialog.showModal();
    wanted = false;
    if (dialog.open) dialog.querySelector("input[name=body]")?.focus();
  });
})();
