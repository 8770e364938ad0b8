// A device's page tells the server that it is there, that somebody can see it, and whether it may sound.

const BEAT_MS = 20_000;
const AGAIN_MS = 6000; // The server tells of one change in five seconds: what came too soon is said once more.
const SOUND_KNOWN_MS = 5000; // A browser that does not say whether sound is allowed is not waited for.

const build = /\/static\/([^/]+)\//.exec(import.meta.url)?.[1];

/**
 * Beat from now on; at once when what there is to say changes.
 * @param {{screen: string, counter?: number, sounds?: boolean}} device  `sounds`: it will say whether it may
 * @returns {{sound: (allowed: boolean) => void}}
 */
export function heartbeat({ screen, counter, sounds = false }) {
  /** @type {boolean | undefined} */
  let sound;
  let leaving = false; // On to another page of this device: nobody covered this one.
  /** @type {number | undefined} */
  let next;

  document.addEventListener("visibilitychange", () => leaving || beat(AGAIN_MS));
  window.addEventListener("pagehide", () => {
    leaving = true;
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  if (sounds) next = setTimeout(() => beat(AGAIN_MS), SOUND_KNOWN_MS);
  else beat(AGAIN_MS);

  /** @param {number} [then] */
  function beat(then = BEAT_MS) {
    clearTimeout(next);
    next = setTimeout(beat, then);
    void tell({ screen, counter, version: build, visible: !document.hidden, sound });
  }

  return {
    sound(allowed) {
      if (allowed === sound) return;
      sound = allowed;
      beat(AGAIN_MS);
    },
  };
}

/** @param {Record<string, unknown>} said */
async function tell(said) {
  try {
    await fetch("/heartbeat", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(said),
      keepalive: true, // Also when the page is just being covered or closed.
    });
  } catch {
    // The server is gone, which the page itself shows; the next beat comes anyway.
  }
}
