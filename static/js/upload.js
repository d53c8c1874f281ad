// The drop zone: says what was chosen, refuses what is too large before it is sent, and is sent once.
(() => {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const zone = form.querySelector(".drop");
  const list = form.querySelector(".drop-files");
  const problem = form.querySelector("#drop-problem");
  const button = form.querySelector("button:not([type=button])");
  const words = button.textContent;
  const MB = 1 << 20;

  const wrong = (files) => {
    const { most, fileMb, runMb, tooMany, tooLarge, tooMuch } = form.dataset;
    if (files.length > Number(most)) return tooMany.replace("{most}", most);
    const large = files.find((file) => file.size > Number(fileMb) * MB);
    if (large) return tooLarge.replace("{name}", large.name).replace("{most}", fileMb);
    const total = files.reduce((sum, file) => sum + file.size, 0);
    return total > Number(runMb) * MB ? tooMuch.replace("{most}", runMb) : "";
  };
  const show = () => {
    const files = [...input.files];
    list.replaceChildren(...files.map((file) => {
      const item = document.createElement("li");
      const size = file.size < MB ? `${Math.ceil(file.size / 1024)} kB` : `${(file.size / MB).toFixed(1)} MB`;
      item.textContent = `${file.name} · ${size}`;
      return item;
    }));
    list.hidden = files.length === 0;
    const message = wrong(files);
    problem.textContent = message;
    problem.hidden = !message;
    button.disabled = Boolean(message);
  };

  input.addEventListener("change", show);
  // What is dropped anywhere on the page goes into the field: beside the zone the browser would open the file.
  document.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    show();
  });
  form.addEventListener("submit", () => {
    button.disabled = true;
    button.textContent = form.dataset.sending;
  });
  // Back from the report: the form may be sent again.
  window.addEventListener("pageshow", () => { button.textContent = words; show(); });
})();
