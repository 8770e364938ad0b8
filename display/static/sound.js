// Browsers play no sound before a person has touched the page, unless told to. Find out, and offer the touch.

const LONGEST_CHIME_MS = 4000; // A speaker that hangs must not hold up the calls.

/**
 * @param {HTMLAudioElement} audio
 * @param {HTMLButtonElement} button  shown while sound is not allowed
 * @param {(allowed: boolean) => void} tell  hears whether sound is allowed, each time it was tried
 * @returns {{chime: () => Promise<void>}} `chime` ends with the sound, or at once if there is none
 */
export function soundOf(audio, button, tell) {
  const ready = silentTry();
  button.addEventListener("click", () => void chime());

  async function silentTry() {
    audio.volume = 0;
    const played = await play();
    audio.pause();
    audio.volume = 1;
    return played;
  }

  async function play() {
    try {
      audio.currentTime = 0;
      await audio.play();
      button.hidden = true;
      tell(true);
      return true;
    } catch (problem) {
      if (problem instanceof DOMException && problem.name === "NotAllowedError") {
        button.hidden = false;
        tell(false);
      }
      return false;
    }
  }

  async function chime() {
    await ready;
    if (!(await play())) return;
    audio.dataset.chimes = String(Number(audio.dataset.chimes ?? 0) + 1);
    await Promise.race([
      new Promise((ended) => audio.addEventListener("ended", ended, { once: true })),
      new Promise((late) => setTimeout(late, LONGEST_CHIME_MS)),
    ]);
  }

  return { chime };
}
