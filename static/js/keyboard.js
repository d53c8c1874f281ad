// Keys that work on every page. Off while an input method composes and while somebody types in a field.
(() => {
  const SEQUENCE_MS = 1200;
  let went = 0; // when "g" was pressed

  const typing = (element) =>
    element instanceof HTMLElement &&
    (element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName) ||
      (element.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(element.type)));

  // While an input method composes, keys belong to it: browsers tell so in three ways, and not all in each.
  let composes = false;
  document.addEventListener("compositionstart", () => { composes = true; });
  document.addEventListener("compositionend", () => { composes = false; });
  document.addEventListener("focusout", () => { composes = false; });
  window.deskComposes = (event) => composes || event.isComposing || event.keyCode === 229;

  // Other modules ask this before they act on a single key.
  window.deskKey = (event) =>
    !(window.deskComposes(event) || event.defaultPrevented ||
      event.ctrlKey || event.metaKey || event.altKey || typing(event.target) ||
      document.querySelector("dialog[open]"));

  const goTo = (selector) => {
    const link = document.querySelector(selector);
    if (link) window.location.assign(link.href);
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !window.deskComposes(event) && typing(event.target)) return event.target.blur();
    if (!window.deskKey(event)) return undefined;
    if (Date.now() - went < SEQUENCE_MS) {
      went = 0;
      if (event.key === "o") return goTo("[data-go=orders]");
      if (event.key === "t") return goTo("[data-go=tickets]");
      if (event.key === "h") return goTo("[data-go=home]");
      if (event.key === "w") return goTo("[data-go=warehouse]");
    }
    if (event.key === "g") {
      went = Date.now();
    } else if (event.key === "/") {
      const search = document.getElementById("search");
      if (!search) return undefined;
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "?") {
      event.preventDefault();
      document.getElementById("keyboard-sheet")?.showModal();
    }
    return undefined;
  });
})();
