// The order page's own keys: f opens the flag form, n goes to the note, s stars, z puts off, a goes to the after-sales of the next line. An address ending in #set-flag or #write-note does too.
(() => {
  const openFlag = () => {
    const menu = document.getElementById("flag");
    if (!menu || menu.tagName !== "DETAILS") return;
    menu.open = true;
    menu.querySelector("input[type=radio]:checked")?.focus();
  };
  const toNote = () => {
    const field = document.getElementById("note-text");
    field?.focus();
    field?.scrollIntoView({ block: "center" });
  };
  const toAfterSales = () => {
    const lines = [...document.querySelectorAll("[data-after-sales]")];
    if (lines.length) lines[(lines.indexOf(document.activeElement) + 1) % lines.length].focus();
  };
  const snooze = () => {
    const menu = document.getElementById("snooze");
    if (menu?.tagName !== "DETAILS") return menu?.click();
    menu.open = true;
    return menu.querySelector("button").focus();
  };
  document.addEventListener("keydown", (event) => {
    if (!window.deskKey(event)) return;
    if (event.key === "f") openFlag();
    else if (event.key === "n") toNote();
    else if (event.key === "a") toAfterSales();
    else if (event.key === "s") document.getElementById("star")?.click();
    else if (event.key === "z") snooze();
    else return;
    event.preventDefault();
  });
  if (window.location.hash === "#set-flag") openFlag();
  if (window.location.hash === "#write-note") toNote();
})();
