// The choosers open and close by themselves (popovertarget); this only brings them a fresh form and takes them away.
import { all, desk } from "./parts.js";

let wantedTicket = ""; // Of the row whose button opened the chooser.

for (const chooser of all(desk, "dialog.chooser")) {
  chooser.addEventListener("beforetoggle", (event) => {
    if (!(event instanceof ToggleEvent) || event.newState !== "open") return;
    chooser.querySelector("form")?.reset();
    const ticket = chooser.querySelector("select[name=ticket]");
    if (ticket instanceof HTMLSelectElement) ticket.value = wantedTicket;
    wantedTicket = "";
  });
}

desk.addEventListener(
  "click",
  ({ target }) => {
    const button = target instanceof Element ? target.closest("button.call-this") : null;
    const row = button?.closest("[data-ticket]");
    if (row instanceof HTMLElement) wantedTicket = row.dataset.ticket ?? "";
  },
  { capture: true },
);

/** @returns {HTMLElement | undefined} */
export function openChooser() {
  return all(desk, "dialog.chooser:popover-open")[0];
}

/** Close what is open; the focus goes back to where it came from. */
export function closeChooser() {
  openChooser()?.hidePopover();
}

/** Nobody is sent to a counter that is not open. @param {number[]} open */
export function offerOpenCounters(open) {
  const choice = document.getElementById("transfer-counter");
  if (!(choice instanceof HTMLSelectElement)) return;
  for (const option of [...choice.options].slice(1)) {
    option.hidden = option.disabled = !open.includes(Number(option.value));
    if (option.disabled && option.selected) choice.value = "";
  }
}

/** A transfer to nowhere would be refused. */
export function mayTransfer() {
  return all(desk, "#choose-transfer select").some(
    (choice) => choice instanceof HTMLSelectElement && choice.value,
  );
}
