// A cable that is pulled closes nothing: who hears nothing for too long has to notice it alone.

const SILENCE_MS = 4500; // The server speaks every two seconds (SPEAKS_EVERY_SECONDS in app.py); said within 5 s.
const LOOK_MS = 250;
const ASLEEP_MS = 2000; // A machine that slept, or a page held back in the background, has not listened meanwhile.

/**
 * Call `silent` once for each silence that lasts too long.
 * @param {() => void} silent
 * @returns {{heard: () => boolean, isSilent: () => boolean, close: () => void}}
 *   `heard` notes a sign of life and returns whether it ended a silence
 */
export function listening(silent) {
  let last = performance.now();
  let looked = last;
  let isSilent = false;

  const looking = setInterval(() => {
    const now = performance.now();
    if (now - looked > ASLEEP_MS) last = now;
    looked = now;
    if (isSilent || now - last < SILENCE_MS) return;
    isSilent = true;
    silent();
  }, LOOK_MS);

  return {
    heard() {
      last = performance.now();
      const ended = isSilent;
      isSilent = false;
      return ended;
    },
    isSilent: () => isSilent,
    close: () => clearInterval(looking),
  };
}
