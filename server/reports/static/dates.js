// A calendar beside each date field, in the page's language and its era. Without it the field is typed, day first.

const BUDDHIST_YEARS = 543;
const BUDDHIST_FROM = 2400; // As server/domain/dates.py reads it.

const language = document.documentElement.lang;
const era = language === "th" ? BUDDHIST_YEARS : 0;
const locale = `${language}-u-ca-gregory-nu-latn`;
const monthName = new Intl.DateTimeFormat(locale, { month: "long" });
const weekdayName = new Intl.DateTimeFormat(locale, { weekday: language === "th" ? "narrow" : "short" });
const dayName = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long" });

for (const field of document.querySelectorAll("[data-calendar]")) {
  if (field instanceof HTMLElement) withCalendar(field);
}

/** @param {HTMLElement} field */
function withCalendar(field) {
  const input = /** @type {HTMLInputElement} */ (field.querySelector("input"));
  const opener = /** @type {HTMLButtonElement} */ (field.querySelector(".calendar-open"));
  const calendar = /** @type {HTMLElement} */ (field.querySelector(".calendar"));
  const heading = /** @type {HTMLElement} */ (calendar.querySelector(".calendar-month"));
  const table = /** @type {HTMLElement} */ (calendar.querySelector(".calendar-days"));
  let month = new Date();
  opener.hidden = false;
  opener.addEventListener("click", () => {
    if (!calendar.hidden) return close();
    calendar.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    show(read(input.value) ?? new Date());
    const chosen = calendar.querySelector("[aria-pressed='true']") ?? calendar.querySelector("button");
    if (chosen instanceof HTMLElement) chosen.focus();
  });
  for (const button of calendar.querySelectorAll("[data-months]")) {
    const months = Number(button.getAttribute("data-months"));
    button.addEventListener("click", () => show(new Date(month.getFullYear(), month.getMonth() + months, 1)));
  }
  table.addEventListener("click", (event) => {
    const day = event.target instanceof HTMLButtonElement ? event.target.dataset.day : undefined;
    if (!day) return;
    input.value = day;
    close();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Node && !field.contains(event.target) && !calendar.hidden) hide();
  });

  function close() {
    hide();
    opener.focus();
  }

  function hide() {
    calendar.hidden = true;
    opener.setAttribute("aria-expanded", "false");
  }

  /** @param {Date} day */
  function show(day) {
    month = new Date(day.getFullYear(), day.getMonth(), 1);
    heading.textContent = `${monthName.format(month)} ${month.getFullYear() + era}`;
    const chosen = read(input.value)?.getTime();
    // Monday is the first of a row; the 1st of January 2024 was one.
    const heads = [1, 2, 3, 4, 5, 6, 7].map((at) =>
      made("span", weekdayName.format(new Date(2024, 0, at)), "calendar-weekday"),
    );
    const last = new Date(month.getFullYear(), month.getMonth() + 1, 0).getDate();
    const days = Array.from({ length: last }, (_, at) => {
      const each = new Date(month.getFullYear(), month.getMonth(), at + 1);
      const button = made("button", String(at + 1), "calendar-day");
      button.setAttribute("type", "button");
      button.setAttribute("aria-label", `${dayName.format(each)} ${each.getFullYear() + era}`);
      button.setAttribute("aria-pressed", String(each.getTime() === chosen));
      button.dataset.day = `${each.getDate()}/${each.getMonth() + 1}/${each.getFullYear() + era}`;
      return button;
    });
    const blanks = Array.from({ length: (month.getDay() + 6) % 7 }, () => made("span", "", ""));
    table.replaceChildren(...heads, ...blanks, ...days);
  }
}

/**
 * Return the day that is written day first, or null; the server reads more, and says what it cannot read.
 * @param {string} written
 */
function read(written) {
  const found = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$/.exec(written);
  if (!found) return null;
  const [day, month, year] = found.slice(1).map(Number);
  if (day === undefined || month === undefined || year === undefined) return null;
  const read = new Date(year >= BUDDHIST_FROM ? year - BUDDHIST_YEARS : year, month - 1, day);
  return read.getDate() === day ? read : null;
}

/** @param {string} kind @param {string} words @param {string} classes */
function made(kind, words, classes) {
  const element = document.createElement(kind);
  element.textContent = words;
  element.className = classes;
  return element;
}
