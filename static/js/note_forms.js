// The one-click forms of a note: a button shows its fields, and what is filled in becomes the note's text.
(() => {
  const compose = (panel) => {
    const form = panel.closest("form");
    const fields = [...panel.querySelectorAll("input")];
    if (fields.some((field) => !field.value.trim())) return;
    const text = fields.reduce((line, field) => line.replace(`{${field.dataset.gap}}`, () => field.value.trim()), panel.dataset.text);
    const target = form.querySelector("textarea");
    target.value = text;
    target.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const choose = (form, code) => {
    form.querySelector("input[name=form]").value = code;
    for (const button of form.querySelectorAll("[data-note-form]")) {
      button.setAttribute("aria-pressed", String(button.dataset.noteForm === code));
    }
    for (const panel of form.querySelectorAll("[data-note-fields]")) {
      panel.hidden = panel.dataset.noteFields !== code;
    }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-note-form]");
    if (!button) return;
    const form = button.closest("form");
    if (button.getAttribute("aria-pressed") === "true") return choose(form, "free");
    choose(form, button.dataset.noteForm);
    const label = form.querySelector("input[name=label]");
    if (label && !label.value) label.value = button.textContent.trim();
    const panel = form.querySelector(`[data-note-fields="${button.dataset.noteForm}"]`);
    const first = panel.querySelector("input");
    if (first) return first.focus();
    compose(panel);
    return form.querySelector("textarea").focus();
  });
  document.addEventListener("input", (event) => {
    const panel = event.target.closest?.("[data-note-fields]");
    if (panel) compose(panel);
  });
})();
