// Resolves the look "as the system" before the first paint, and follows the system when it changes.
(() => {
  const root = document.documentElement;
  if (root.dataset.bsTheme !== "auto") return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => { root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  dark.addEventListener("change", apply);
  apply();
})();
