const RETRY_MS = 2000;
const ANSWER_MS = 3000;

/**
 * Show or withdraw the banner that says the server cannot be reached; the words are the page's.
 * @param {boolean} gone
 */
export function serverGone(gone) {
  const banner = document.getElementById("server-gone");
  if (banner) banner.hidden = !gone;
  document.documentElement.toggleAttribute("data-server-gone", gone);
  document.documentElement.toggleAttribute("data-server-here", !gone);
}

/** @returns {boolean} whether this page has lost the server */
export function serverIsGone() {
  return "serverGone" in document.documentElement.dataset;
}

/**
 * Go to another page of the office, but only once the server answers: without it the browser's own error would
 * stand on the glass, and nothing on that page comes back by itself.
 * @param {string} path
 */
export async function goTo(path) {
  while (!(await serverAnswers())) await new Promise((done) => setTimeout(done, RETRY_MS));
  location.replace(path);
}

/** @returns {string} this page's own address, to go to it anew */
export function here() {
  return location.pathname + location.search;
}

/** @returns {Promise<boolean>} whether the server says within three seconds that it is ready */
export async function serverAnswers() {
  try {
    return (await fetch("/readyz", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) })).ok;
  } catch {
    return false; // It is asked again.
  }
}

// For the same reason a link leads nowhere meanwhile.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("a[href]");
  if (link && serverIsGone()) event.preventDefault();
});
