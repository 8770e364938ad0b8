// The start page: one tap is one ticket, and the next citizen finds the page as it was.
import { heartbeat } from "@ui/heartbeat.js";
import { live } from "@ui/live.js";
import { goTo, serverIsGone } from "@ui/server-gone.js";
import { countdown } from "./countdown.js";

/** @typedef {{
 *   seq?: number, services: {id: string, open: boolean}[], printer: {device: string | null, trouble: string | null},
 * }} Catalogue */

const WARN_SECONDS = 15;
const KEPT = "kiosk"; // The ticket page and the time-out forget it: it is this citizen's only.

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.start"));
const priority = /** @type {HTMLInputElement} */ (document.getElementById("priority"));
const low = /** @type {HTMLInputElement} */ (document.getElementById("low"));

keepChoices();
takeOneTapOnly();
returnWhenLeft();
heartbeat({ screen: "kiosk" });
live({
  screen: "kiosk",
  state: "/api/v1/services",
  show,
  on: { configuration_changed: takeThePageAnew },
});

// Changing the language, or a refusal, loads the page again for the same citizen.
function keepChoices() {
  const kept = sessionStorage.getItem(KEPT);
  if (kept) {
    const choices = JSON.parse(kept);
    priority.checked = choices.priority;
    low.checked = choices.low;
  }
  form.addEventListener("change", () => {
    sessionStorage.setItem(KEPT, JSON.stringify({ priority: priority.checked, low: low.checked }));
  });
}

function takeOneTapOnly() {
  form.addEventListener("submit", (event) => {
    // Sent to a server that is gone, the form would leave the browser's own error on the glass.
    if ("sent" in form.dataset || serverIsGone()) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  // Back from the browser's memory the request id is a used one; a fresh page has a fresh one.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) void goTo(form.dataset.start ?? "/kiosk");
  });
}

/** @param {Catalogue} catalogue */
function show(catalogue) {
  if ("sent" in form.dataset) return;
  showWhatIsOpen(catalogue);
  showTrouble(catalogue.printer.trouble !== null);
}

/** @param {boolean} isTrouble  this kiosk's printer does not print, as far as is known */
function showTrouble(isTrouble) {
  if (isTrouble === "noPaper" in form.dataset) return;
  form.toggleAttribute("data-no-paper", isTrouble);
  const words = document.getElementById("no-paper-words");
  const place = document.getElementById("no-paper");
  if (!(words instanceof HTMLTemplateElement)) return;
  place?.replaceChildren(...(isTrouble ? [words.content.cloneNode(true)] : []));
}

/** @param {Catalogue} catalogue */
function showWhatIsOpen(catalogue) {
  const open = new Map(catalogue.services.map((service) => [service.id, service.open]));
  for (const button of form.querySelectorAll("button.service")) {
    if (button instanceof HTMLButtonElement) button.disabled = open.get(button.value) === false;
  }
}

// The services stand in the page. Whoever is choosing goes on; after that the start page comes anew by itself.
function takeThePageAnew() {
  if (!("sent" in form.dataset) && !isInUse()) void goTo(form.dataset.start ?? "/kiosk");
}

function isInUse() {
  return priority.checked || low.checked || "languageChosen" in form.dataset || "refused" in form.dataset;
}

function returnWhenLeft() {
  countdown({
    seconds: Number(form.dataset.idle) || 60,
    warnSeconds: WARN_SECONDS,
    needed: isInUse,
    end() {
      sessionStorage.removeItem(KEPT);
      location.replace(form.dataset.start ?? "/kiosk");
    },
  });
}
