"""Write static/chime.wav: two soft bell notes, a falling third, so that eyes rise to the display.

Run it by hand after a change: `python display/chime.py`. Only the standard library is needed.
"""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path

RATE = 22_050
SECONDS = 1.3  # 57 KB; longer would still ring when the next call begins.
PEAK = 0.72  # Room below full scale: small speakers rattle above it.
NOTES = ((0.0, 659.26), (0.42, 523.25))  # (start in seconds, frequency in Hz): E5, then C5.
# A bell is a fundamental and a few higher partials that die sooner.
PARTIALS = ((1.0, 1.0, 2.6), (2.0, 0.38, 4.2), (3.01, 0.16, 6.5), (4.2, 0.06, 9.0))  # ratio, strength, decay
ATTACK_SECONDS = 0.008
FADE_SECONDS = 0.12


def chime() -> array[int]:
    """Return the chime as 16-bit samples."""
    sound = [sum(note(i / RATE - start, pitch) for start, pitch in NOTES) for i in range(int(RATE * SECONDS))]
    loudest = max(abs(sample) for sample in sound)
    return array("h", (round(32_767 * PEAK * sample / loudest * fade(i)) for i, sample in enumerate(sound)))


def note(t: float, pitch: float) -> float:
    """Return the note's swing `t` seconds after it was struck; nothing before."""
    if t < 0:
        return 0.0
    attack = min(1.0, t / ATTACK_SECONDS)
    return attack * sum(
        strength * math.exp(-decay * t) * math.sin(math.tau * pitch * ratio * t) for ratio, strength, decay in PARTIALS
    )


def fade(index: int) -> float:
    """Return how much of this sample is left as the end comes; no click at the cut."""
    return min(1.0, (SECONDS - index / RATE) / FADE_SECONDS)


def write(path: Path) -> None:
    """Write the chime as a mono WAV file."""
    samples = chime()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


if __name__ == "__main__":
    write(Path(__file__).parent / "static" / "chime.wav")
