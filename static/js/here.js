// Says every few seconds that this page is open, and shows who else has it open. Where it cannot, it shows nobody.
(() => {
  const box = document.querySelector("[data-here]");
  if (!box) return;
  const BEAT = 5000;
  const WRITING = 8000;
  let typedAt = -WRITING;
  document.addEventListener("input", (event) => {
    if (event.target.closest?.("main form")) typedAt = performance.now();
  });
  const show = (part) => {
    // Unchanged, it is left alone: what is read out is only what is new.
    if (box.innerHTML !== part) box.innerHTML = part;
  };
  const beat = async () => {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", box.dataset.token);
    if (performance.now() - typedAt < WRITING) body.set("writing", "1");
    try {
      const answer = await fetch(box.dataset.here, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(4000) });
      show(answer.ok ? (await answer.text()).trim() : "");
    } catch {
      show("");
    }
  };
  beat();
  setInterval(beat, BEAT);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) beat(); });
})();
