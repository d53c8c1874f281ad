// Files dropped on a form with [data-drop-files] are chosen in its first file field; the person then sends it.
(() => {
  const formOf = (event) => event.target.closest?.("form[data-drop-files]");
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const leave = () => document.querySelectorAll(".drop.over").forEach((zone) => zone.classList.remove("over"));

  // What is dropped beside the form must not replace the page: the browser would open the file.
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event) || !document.querySelector("form[data-drop-files]")) return;
    event.preventDefault();
    leave();
    formOf(event)?.querySelector(".drop")?.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) leave(); });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    const form = formOf(event);
    if (form || document.querySelector("form[data-drop-files]")) event.preventDefault();
    leave();
    if (!form || !event.dataTransfer.files.length) return;
    const input = form.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    input.focus();
  });
})();
