// Typing :: (or ：：) in a text field offers the canned replies of the order or ticket; what follows searches them.
// Off while an input method composes.
(() => {
  const TRIGGER = /(?:::|：：)([^\n:：]{0,30})$/;
  let open = null; // { field, box, list, replies, shown, at, asked }

  const close = () => {
    if (!open) return;
    open.list.remove();
    for (const name of ["aria-controls", "aria-activedescendant", "aria-autocomplete"]) open.field.removeAttribute(name);
    open = null;
  };
  const typed = (field) => TRIGGER.exec(field.value.slice(0, field.selectionStart));
  const matches = (reply, words) =>
    words.every((word) => `${reply.title} ${reply.moment} ${reply.language}`.toLowerCase().includes(word));

  const tell = (text) => { open.list.querySelector(".status").textContent = text; };
  const mark = (at) => {
    open.at = at;
    open.list.querySelectorAll("[role=option]").forEach((option, number) => {
      option.setAttribute("aria-selected", String(number === at));
      if (number !== at) return;
      open.field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    });
  };
  const optionOf = (reply, number) => {
    const option = document.createElement("div");
    option.id = `reply-option-${number}`;
    option.setAttribute("role", "option");
    if (reply.stops.length) option.setAttribute("aria-disabled", "true");
    const title = document.createElement("b");
    title.textContent = reply.title;
    const tag = document.createElement("span");
    tag.className = "tag";
    tag.textContent = reply.language ? `${reply.moment} · EN` : reply.moment;
    const line = document.createElement("span");
    line.textContent = reply.stops.join(" ") || reply.text;
    option.append(title, tag, line);
    // A click must not take the focus out of the field.
    option.addEventListener("mousedown", (event) => { event.preventDefault(); mark(number); choose(); });
    return option;
  };
  const draw = () => {
    const found = typed(open.field);
    if (!found) return close();
    const words = found[1].trim().toLowerCase().split(/\s+/).filter(Boolean);
    open.shown = open.replies.filter((reply) => matches(reply, words));
    const options = open.list.querySelector("[role=listbox]");
    options.replaceChildren(...open.shown.map(optionOf));
    tell(open.shown.length ? open.box.dataset.found.replace("{n}", open.shown.length) : open.box.dataset.none);
    open.field.removeAttribute("aria-activedescendant");
    return open.shown.length ? mark(0) : undefined;
  };
  const choose = () => {
    const reply = open.shown[open.at];
    if (!reply) return;
    if (reply.stops.length) return tell(reply.stops.join(" "));
    const { field } = open;
    const found = typed(field);
    close();
    if (!found) return;
    field.setRangeText(reply.text, field.selectionStart - found[0].length, field.selectionStart, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const show = async (field, box) => {
    const list = document.createElement("div");
    list.className = "reply-picker";
    const status = document.createElement("div");
    status.className = "status";
    status.setAttribute("role", "status");
    const options = document.createElement("div");
    options.id = "reply-options";
    options.setAttribute("role", "listbox");
    options.setAttribute("aria-label", box.dataset.label);
    list.append(status, options);
    (field.closest("label") ?? field).after(list);
    list.style.top = `${field.offsetTop + field.offsetHeight + 2}px`;
    list.style.left = `${Math.max(0, field.offsetLeft + Math.min(0, field.offsetWidth - list.offsetWidth))}px`;
    field.setAttribute("aria-controls", options.id);
    field.setAttribute("aria-autocomplete", "list");
    const mine = { field, box, list, replies: [], shown: [], at: 0 };
    open = mine;
    tell(box.dataset.loading);
    try {
      const answer = await fetch(box.dataset.replyPicker, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const { replies } = await answer.json();
      if (open !== mine) return;
      mine.replies = replies;
      draw();
    } catch {
      if (open === mine) tell(box.dataset.failed);
    }
  };

  document.addEventListener("input", (event) => {
    if (event.isComposing) return;
    const field = event.target;
    const box = document.querySelector("[data-reply-picker]");
    if (!box || field.tagName !== "TEXTAREA") return;
    if (open && open.field === field) {
      if (open.replies.length) draw();
      else if (!typed(field)) close();
      return;
    }
    close();
    // Only what was just typed opens it: a text that was filled in or restored does not.
    if (event.isTrusted && typed(field)?.[1] === "") show(field, box);
  });
  document.addEventListener("keydown", (event) => {
    if (!open || event.target !== open.field || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = open.shown.length - 1;
    if (event.key === "ArrowDown") mark(open.at < last ? open.at + 1 : 0);
    else if (event.key === "ArrowUp") mark(open.at > 0 ? open.at - 1 : Math.max(0, last));
    else if (event.key === "Enter" && open.shown.length) choose();
    else if (event.key === "Escape") close();
    else return;
    // The keys of the page, such as Esc out of a field, are not meant.
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("focusout", (event) => {
    if (open && event.target === open.field) close();
  });
})();
