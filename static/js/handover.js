// Offers what was typed in this browser and not sent (see drafts.js) to be handed over with the packet.
(() => {
  const box = document.getElementById("unsent");
  if (!box) return;
  const list = box.querySelector("div");
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith("draft:") || name === "draft:handover-words") continue;
    let text = "";
    try { text = JSON.parse(localStorage.getItem(name)).text.trim().slice(0, 480); } catch { continue; }
    if (!text) continue;
    const tid = /-(\d{10,25})$/.exec(name)?.[1] ?? "";
    const label = document.createElement("label");
    const tick = document.createElement("input");
    Object.assign(tick, { type: "checkbox", name: "draft", value: `${tid}|${text}`, className: "form-check-input" });
    label.append(tick, ` ${tid} ${text}`);
    list.append(label);
  }
  box.hidden = !list.childElementCount;
})();
