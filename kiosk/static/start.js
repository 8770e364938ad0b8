// The start page: one tap is one ticket, and the next citizen finds the page as it was.
import { sendForm } from "@ui/forms.js";
import { serverIsGone } from "@ui/server-gone.js";
import { countdown } from "./countdown.js";
import { groupsOf } from "./groups.js";

/** @typedef {{
 *   seq?: number, services: {id: string, open: boolean}[], printer: {device: string | null, trouble: string | null},
 * }} Catalogue */

const KEPT = "kiosk"; // The ticket page and the time-out forget it: it is this citizen's only.

/**
 * @param {import("./kiosk.js").Turning} turning
 * @returns {import("./kiosk.js").Page}
 */
export function startPage({ turn, turnTo }) {
  const form = /** @type {HTMLFormElement} */ (document.querySelector("form.start"));
  const priority = /** @type {HTMLInputElement} */ (document.getElementById("priority"));
  const low = /** @type {HTMLInputElement} */ (document.getElementById("low"));
  const start = form.dataset.start ?? "/kiosk";
  const left = new AbortController();

  const groups = groupsOf(form);

  keepChoices();
  takeOneTapOnly();
  const returning = countdown({
    seconds: Number(form.dataset.idle) || 50,
    warnSeconds: Number(form.dataset.warn) || 20,
    needed: isInUse,
    end() {
      sessionStorage.removeItem(KEPT);
      left.abort();
      turnTo(start);
    },
  });

  return {
    state: "/api/v1/services",
    show,
    configurationChanged: takeThePageAnew,
    leave() {
      left.abort();
      groups.close();
      returning.close();
    },
  };

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
      event.preventDefault();
      if (!("sent" in form.dataset || serverIsGone()) && event.submitter) void take(event.submitter);
    });
  }

  /** @param {HTMLElement} button */
  async function take(button) {
    form.dataset.sent = "";
    button.setAttribute("aria-busy", "true");
    const answer = await sendForm(form, button, left.signal);
    if (!answer || turn(answer)) return;
    const notice = answer.status < 500 ? null : answer.page.querySelector(".notice");
    if (!notice) return turnTo(start); // It also says where this browser is no kiosk any more.
    form.dataset.refused = "";
    form.querySelector(".start-intro .notice")?.remove();
    form.querySelector(".start-intro")?.prepend(document.adoptNode(notice));
    button.removeAttribute("aria-busy");
    delete form.dataset.sent;
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
    groups.fit();
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
    if (!isInUse()) turnTo(start);
  }

  function isInUse() {
    const { dataset } = form;
    return (
      groups.isOneOpen() ||
      priority.checked ||
      low.checked ||
      "languageChosen" in dataset ||
      "refused" in dataset ||
      "sent" in dataset
    );
  }
}
