// Where the glass has no room for every service at once, the queue is chosen first: two taps, and nothing to scroll.

const NARROWEST = 190; // px: a service's name in a narrower column would break into a pile of syllables.

/**
 * @param {HTMLFormElement} form  the start page's
 * @returns {{fit: () => void, isOneOpen: () => boolean, close: () => void}} `fit`: the room has changed
 */
export function groupsOf(form) {
  const closed = new AbortController();
  const signal = closed.signal;

  form.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    if (target.closest(".open-group")) open(target.closest(".group"));
    if (target.closest(".all-groups")) open(null);
  });
  window.addEventListener("resize", fit, { signal });
  void document.fonts.ready.then(fit); // Until then the letters of another font are measured.
  fit();

  /** @param {Element | null} group */
  function open(group) {
    for (const each of form.querySelectorAll(".group")) each.toggleAttribute("data-open", each === group);
    const first = group ? group.querySelector(".service:enabled") : form.querySelector(".open-group");
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  }

  function fit() {
    if (signal.aborted) return;
    form.toggleAttribute("data-grouped", false);
    const service = form.querySelector(".service");
    const isNarrow = service instanceof HTMLElement && service.offsetWidth < NARROWEST;
    const isHigh = document.documentElement.scrollHeight > window.innerHeight;
    form.toggleAttribute("data-grouped", isNarrow || isHigh);
    if (!("grouped" in form.dataset)) open(null);
  }

  return {
    fit,
    isOneOpen: () => form.querySelector("[data-open]") !== null,
    close: () => closed.abort(),
  };
}
