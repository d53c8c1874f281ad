// Says so when a request that htmx made was not answered as it should be. What was typed stays.
(() => {
  const tell = (kind, words) => {
    const box = document.getElementById("failures");
    box.querySelector("span").textContent = words || box.dataset[kind];
    box.hidden = false;
  };
  document.addEventListener("htmx:sendError", () => tell("offline"));
  document.addEventListener("htmx:timeout", () => tell("offline"));
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    // What gave way on our side is told in plain words, and nothing else is.
    const plain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    tell(xhr.status === 404 ? "gone" : "failed", plain && xhr.status >= 500 ? xhr.responseText : "");
  });
  document.addEventListener("htmx:beforeRequest", () => { document.getElementById("failures").hidden = true; });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#failures button")) document.getElementById("failures").hidden = true;
  });
})();
