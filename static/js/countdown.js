// Keeps "closes in 2 h 05 min" true while the page stays open. The words come with the element.
(() => {
  const MINUTE = 60_000;
  const tick = () => {
    for (const element of document.querySelectorAll("[data-until]")) {
      const left = Math.floor((Date.parse(element.dataset.until) - Date.now()) / MINUTE);
      if (left < 0) {
        element.textContent = element.dataset.over;
        continue;
      }
      const days = Math.floor(left / 1440);
      const hours = Math.floor((left % 1440) / 60);
      const words = days > 0 ? element.dataset.days : element.dataset.hours;
      element.textContent = words.replace("{d}", days).replace("{h}", hours)
        .replace("{m}", String(left % 60).padStart(2, "0"));
      element.classList.toggle("due", left < 12 * 60);
    }
  };
  window.setInterval(tick, 30_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
})();
