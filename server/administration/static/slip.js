// The slip's pictures follow what is being written, a moment after the last key.

const PAUSE_MS = 350;

const form = /** @type {HTMLFormElement} */ (document.getElementById("slip"));
const choices = /** @type {HTMLElement} */ (document.getElementById("choices"));
const none = /** @type {HTMLElement} */ (document.getElementById("no-picture"));
const pictures = /** @type {NodeListOf<HTMLImageElement>} */ (document.querySelectorAll("img[data-spoken]"));
/** @type {number | undefined} */
let soon;

choices.hidden = false;
for (const place of [form, choices]) {
  place.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(draw, PAUSE_MS);
  });
}
for (const picture of pictures) {
  picture.addEventListener("error", () => say(false));
  picture.addEventListener("load", () => say(true));
}

function draw() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) asked.set(name, String(value));
  for (const choice of choices.querySelectorAll("input")) {
    if (choice.checked) asked.set(choice.name, choice.value);
  }
  for (const picture of pictures) {
    asked.set("spoken", picture.dataset.spoken ?? "th");
    picture.src = `/settings/slip/preview.png?${asked}`;
  }
}

/** @param {boolean} drawn */
function say(drawn) {
  none.hidden = drawn;
}
