// Public glass: nobody there may open a browser's menu, enlarge the page for the next citizen, or let it fall asleep.

document.addEventListener("contextmenu", (event) => event.preventDefault());
document.addEventListener("dragstart", (event) => event.preventDefault());
// `touch-action` in base.css refuses two fingers; this is for browsers that go by the events alone.
document.addEventListener(
  "touchmove",
  (event) => {
    if (event.touches.length > 1 && event.cancelable) event.preventDefault();
  },
  { passive: false },
);
document.addEventListener(
  "wheel",
  (event) => {
    if (event.ctrlKey) event.preventDefault();
  },
  { passive: false },
);

if (document.documentElement.dataset.public === "device") {
  document.addEventListener("visibilitychange", stayAwake);
  void stayAwake();
}

// Browsers let a page keep the screen awake over https only, and let go of it whenever the page is covered.
async function stayAwake() {
  if (document.hidden) return;
  try {
    await navigator.wakeLock?.request("screen");
  } catch (problem) {
    console.warn("wake lock", problem);
  }
}
