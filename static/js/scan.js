// The scan box. A scanner is a keyboard that ends in Enter: scans are taken one after the other, none is lost
// while the last one is answered, and each answer has its sound.
(() => {
  const form = document.querySelector("form[data-scan]");
  if (!form) return;
  const input = form.querySelector("input[name=text]");
  const result = document.getElementById("scan-result");
  const sound = form.querySelector("[data-sound]");
  const SOUNDS = { // pitch (Hz), start and length (s) of each tone
    go: [[1047, 0, 0.09], [1568, 0.1, 0.14]],
    next: [[1047, 0, 0.12]],
    stop: [[196, 0, 0.28], [156, 0.32, 0.28], [196, 0.64, 0.4]],
  };
  const waiting = [];
  let busy = false;
  let audio;

  const loud = () => sound.getAttribute("aria-pressed") === "true";
  const play = (signal) => {
    if (signal === "stop") navigator.vibrate?.([200, 80, 200, 80, 400]);
    if (!loud() || !window.AudioContext) return;
    audio ??= new AudioContext();
    audio.resume();
    for (const [pitch, start, length] of SOUNDS[signal]) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.type = signal === "stop" ? "square" : "sine";
      tone.frequency.value = pitch;
      volume.gain.value = signal === "stop" ? 0.25 : 0.15;
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + start);
      tone.stop(audio.currentTime + start + length);
    }
  };

  const tellLost = (text) => {
    const signal = document.createElement("div");
    signal.className = "verdict stop";
    signal.dataset.signal = "stop";
    const words = document.createElement("p");
    words.className = "verdict-title";
    words.textContent = `${result.dataset.lost} (${text})`;
    signal.append(words);
    result.replaceChildren(signal);
  };

  const next = async () => {
    if (busy || !waiting.length) return;
    busy = true;
    const text = waiting.shift();
    const before = result.firstElementChild;
    try {
      await htmx.ajax("POST", form.action, { source: form, target: "#scan-result", swap: "innerHTML", values: { text } });
    } catch { /* told below: the answer did not come */ }
    if (!result.firstElementChild || result.firstElementChild === before) tellLost(text);
    const signal = result.querySelector("[data-signal]")?.dataset.signal;
    if (signal) play(signal);
    // What was scanned after a stop was scanned without seeing it.
    if (signal === "stop") waiting.length = 0;
    busy = false;
    next();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    input.value = "";
    input.focus();
    if (!text) return;
    waiting.push(text);
    next();
  });

  sound.addEventListener("click", () => {
    sound.setAttribute("aria-pressed", String(!loud()));
    sound.textContent = loud() ? sound.dataset.on : sound.dataset.off;
    input.focus();
  });

  // A scan lands in the box wherever the focus was left: our slips begin with P, labels with capitals or digits.
  document.addEventListener("keydown", (event) => {
    if (/^[0-9A-Z]$/.test(event.key) && window.deskKey?.(event)) input.focus();
  });
  if (result.firstElementChild) play(result.firstElementChild.dataset.signal);
})();
