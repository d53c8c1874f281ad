// Ctrl+K: one box for orders, buyers, pages and what can be done on this page. The focus stays in the box; the
// option that Enter takes is named by aria-activedescendant.
(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const foot = dialog.querySelector(".palette-foot");
  const PAUSE_MS = 120;
  let things = []; // of this page: pages, views, actions
  let asked;
  let answer = { text: "", options: "" }; // of the server, and to what
  let timer;

  const words = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("kbd, .visually-hidden, i, b").forEach((part) => part.remove());
    return copy.textContent.trim().replace(/\s+/g, " ");
  };
  const found = (selector, group) => [...document.querySelectorAll(selector)]
    .filter((element) => element.getAttribute("aria-disabled") !== "true" && !element.disabled && words(element))
    .map((element) => ({ group, label: words(element), element }));
  const collect = () => [
    ...found("main .acts :is(a.btn, summary, form:not(.menu-panel form) > button:not(.choice))", dialog.dataset.actions),
    ...found("main .views a", dialog.dataset.views),
    ...found(".rail a", dialog.dataset.pages),
  ].filter((thing, place, all) => all.findIndex((other) => other.group === thing.group && other.label === thing.label) === place);

  const options = () => [...list.querySelectorAll("[role=option]")];
  const current = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
  const choose = (place) => {
    const all = options();
    all.forEach((option, number) => option.setAttribute("aria-selected", String(number === place)));
    input.setAttribute("aria-activedescendant", all[place]?.id ?? "");
    all[place]?.scrollIntoView({ block: "nearest" });
  };

  const group = (title, children) => {
    const box = document.createElement("div");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", title);
    const head = document.createElement("div");
    head.className = "palette-title";
    head.setAttribute("aria-hidden", "true");
    head.textContent = title;
    box.append(head, ...children);
    return box;
  };
  const option = (thing, place) => {
    const row = document.createElement("div");
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", "false");
    row.id = `palette-here${place}`;
    row.textContent = thing.label;
    row.dataset.thing = place;
    return row;
  };
  const draw = () => {
    const text = input.value.trim().toLowerCase();
    const shown = things.map((thing, place) => ({ ...thing, place })).filter((thing) => thing.label.toLowerCase().includes(text));
    const titles = [...new Set(shown.map((thing) => thing.group))];
    list.innerHTML = answer.text === input.value.trim() ? answer.options : "";
    for (const title of titles) {
      list.append(group(title, shown.filter((thing) => thing.group === title).map((thing) => option(thing, thing.place))));
    }
    const none = options().length === 0;
    foot.textContent = none && text ? dialog.dataset.nothing : "";
    input.setAttribute("aria-expanded", String(!none));
    choose(0);
  };

  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    const text = input.value.trim();
    if (text.length < 2 || text === answer.text) return;
    try {
      const heard = await fetch(`${dialog.dataset.find}?q=${encodeURIComponent(text)}`, { signal: asked.signal });
      // Signed out meanwhile: the answer is the sign-in page, which is no list.
      if (!heard.ok || heard.redirected) return;
      answer = { text, options: await heard.text() };
      if (input.value.trim() === text) draw();
    } catch { /* typed on, or the desk is away: the page's own options stay */ }
  };
  const look = () => {
    draw();
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, PAUSE_MS);
  };

  const act = (element) => {
    if (element.tagName === "SUMMARY") {
      element.parentElement.open = true;
      const first = element.parentElement.querySelector("input:not([type=hidden]), select, textarea, button");
      return (first ?? element).focus();
    }
    element.focus();
    return element.click();
  };
  const take = (chosen) => {
    const text = input.value.trim();
    dialog.close();
    if (chosen?.dataset.thing) return act(things[Number(chosen.dataset.thing)].element);
    if (chosen) return window.location.assign(chosen.href);
    return text && window.location.assign(`${dialog.dataset.search}?q=${encodeURIComponent(text)}`);
  };

  input.addEventListener("input", (event) => { if (!event.isComposing) look(); });
  input.addEventListener("compositionend", look);
  input.addEventListener("keydown", (event) => {
    if (window.deskComposes(event)) return;
    const count = options().length;
    if (event.key === "ArrowDown") choose((current() + 1) % Math.max(count, 1));
    else if (event.key === "ArrowUp") choose((current() - 1 + count) % Math.max(count, 1));
    else if (event.key === "Home" && event.ctrlKey) choose(0);
    else if (event.key === "End" && event.ctrlKey) choose(count - 1);
    else if (event.key === "Enter") take(options()[current()]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const chosen = event.target.closest("[role=option]");
    if (!chosen) return;
    event.preventDefault();
    take(chosen);
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (window.deskComposes(event)) return;
    event.preventDefault();
    if (dialog.open) return dialog.close();
    if (document.querySelector("dialog[open]")) return undefined;
    things = collect();
    input.value = "";
    answer = { text: "", options: "" };
    draw();
    dialog.showModal();
    return input.focus();
  });
})();
