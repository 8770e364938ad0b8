// Hear by socket, ask by HTTP: an event is news, the snapshot is the truth.

import { goTo, here, serverAnswers, serverGone } from "@ui/server-gone.js";
import { listening } from "@ui/silence.js";
import { io } from "socket.io-client";

/** @typedef {{seq?: number, previous?: number, at?: string, [fact: string]: unknown}} Payload */
/** @typedef {(payload: any) => void} Hearer */

const COALESCE_MS = 60; // Calls come in bursts; one snapshot answers them all.
const RETRY_MS = 2000;
const ANSWER_MS = 10_000;
const CONNECT_MS = 4000;
const SHUT_OUT_MS = 3000;
const GRACE_MS = 1000; // A socket that changes transport is not a server that is gone.

/**
 * Keep a page true: `show` gets every snapshot of `state`, `on` hears each event first.
 * A `state` that is asked for may change, when the page does: an answer to the one before is not shown.
 * @template {{seq?: number}} Snapshot
 * @param {{
 *   screen: string,
 *   state: string | (() => string),
 *   show: (snapshot: Snapshot) => void,
 *   on?: Record<string, Hearer>,
 *   counter?: number,
 * }} page
 * @returns {{refresh: () => void, close: () => void}}
 */
export function live({ screen, state, show, on = {}, counter }) {
  let asking = false;
  let askAgain = false;
  let closed = false;
  /** @type {number | undefined} */
  let soon;
  /** @type {number | undefined} */
  let grace;

  let asked = new AbortController();

  const address = () => (typeof state === "string" ? state : state());
  const auth = counter === undefined ? { screen } : { screen, counter };
  const socket = io("/live", {
    auth,
    reconnectionDelayMax: 3000,
    timeout: CONNECT_MS,
    transports: ["websocket", "polling"],
    tryAllTransports: true,
  });
  const ears = listening(() => void silent());

  // Everything counts that comes through the wire, also the server's pings, which are no events.
  socket.io.on("open", () => {
    heard();
    socket.io.engine.on("packet", heard);
  });
  socket.on("connect", refresh);
  socket.on("disconnect", (why) => {
    missed();
    // The library leaves it to us to come back when the server closed the door itself.
    if (why === "io server disconnect" && !closed) setTimeout(() => socket.connect(), RETRY_MS);
  });
  socket.on("connect_error", (refusal) => {
    // The server is there and does not know us any more: by HTTP it says so, and the page then says it in words.
    if (["unauthorized", "forbidden"].includes(refusal.message)) refresh();
    else missed();
    if (!socket.active && !closed) setTimeout(() => socket.connect(), RETRY_MS);
  });
  socket.onAny((name, /** @type {Payload} */ payload) => {
    on[name]?.(payload);
    // A fresh snapshot after every event: a gap in `previous` is healed with the rest.
    refresh();
  });

  function heard() {
    if (ears.heard()) refresh();
  }

  async function silent() {
    serverGone(true);
    asked.abort(); // What is lost on the way keeps nothing waiting when the wire is whole again.
    // Who connects anew while the server has its hands full makes it worse: only when it answers and this wire does not.
    while (!closed && socket.connected && ears.isSilent()) {
      if ((await serverAnswers()) && ears.isSilent()) return void socket.io.engine.close();
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }

  function missed() {
    if (closed) return;
    grace ??= setTimeout(() => serverGone(true), GRACE_MS);
  }

  function found() {
    clearTimeout(grace);
    grace = undefined;
    serverGone(false);
  }

  function refresh() {
    if (closed || soon !== undefined) return;
    soon = setTimeout(ask, COALESCE_MS);
  }

  async function ask() {
    soon = undefined;
    if (asking) {
      askAgain = true;
      return;
    }
    asking = true;
    asked = new AbortController();
    const late = setTimeout(() => asked.abort(), ears.isSilent() ? CONNECT_MS : ANSWER_MS);
    const wanted = address();
    try {
      const answer = await fetch(wanted, {
        headers: { Accept: "application/json" },
        cache: "no-store",
        signal: asked.signal,
      });
      // The server no longer knows this device or person; the page itself knows what to say about that.
      if (answer.status === 401) setTimeout(() => void goTo(here()), SHUT_OUT_MS);
      if (!answer.ok) throw new Error(`${wanted} answered ${answer.status}`);
      const snapshot = await answer.json();
      if (closed) return;
      if (wanted === address()) show(snapshot);
      else askAgain = true;
      if (socket.connected && !ears.isSilent()) found();
    } catch (problem) {
      console.warn("snapshot", problem);
      missed();
      setTimeout(refresh, RETRY_MS);
    } finally {
      clearTimeout(late);
      asking = false;
      if (askAgain) {
        askAgain = false;
        refresh();
      }
    }
  }

  refresh();
  return {
    refresh,
    close() {
      closed = true;
      ears.close();
      clearTimeout(grace);
      socket.close();
    },
  };
}
