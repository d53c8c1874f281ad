// Says so when a request that htmx made was not answered as it should be. What was typed stays.
(() => {
  const tell = (kind) => {
    const box = document.getElementById("failures");
    box.querySelector("span").textContent = box.dataset[kind];
    box.hidden = false;
  };
  document.addEventListener("htmx:sendError", () => tell("offline"));
  document.addEventListener("htmx:timeout", () => tell("offline"));
  document.addEventListener("htmx:responseError", (event) => {
    tell(event.detail.xhr.status === 404 ? "gone" : "failed");
  });
  document.addEventListener("htmx:beforeRequest", () => { document.getElementById("failures").hidden = true; });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#failures button")) document.getElementById("failures").hidden = true;
  });
})();
