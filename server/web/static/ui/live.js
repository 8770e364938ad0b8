// Hear by socket, ask by HTTP: an event is news, the snapshot is the truth.

import { serverGone } from "@ui/server-gone.js";
import { io } from "socket.io-client";

/** @typedef {{seq?: number, previous?: number, at?: string, [fact: string]: unknown}} Payload */
/** @typedef {(payload: any) => void} Hearer */

const COALESCE_MS = 60; // Calls come in bursts; one snapshot answers them all.
const RETRY_MS = 2000;
const ANSWER_MS = 10_000;
const SHUT_OUT_MS = 3000;
const GRACE_MS = 1000; // A socket that changes transport is not a server that is gone.

/**
 * Keep a page true: `show` gets every snapshot of `state`, `on` hears each event first.
 * @template {{seq?: number}} Snapshot
 * @param {{
 *   screen: string,
 *   state: string,
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

  const auth = counter === undefined ? { screen } : { screen, counter };
  const socket = io("/live", {
    auth,
    reconnectionDelayMax: 5000,
    transports: ["websocket", "polling"],
    tryAllTransports: true,
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
    try {
      const answer = await fetch(state, {
        headers: { Accept: "application/json" },
        cache: "no-store",
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      // The server no longer knows this device or person; the page itself knows what to say about that.
      if (answer.status === 401) setTimeout(() => location.reload(), SHUT_OUT_MS);
      if (!answer.ok) throw new Error(`${state} answered ${answer.status}`);
      const snapshot = await answer.json();
      if (closed) return;
      show(snapshot);
      if (socket.connected) found();
    } catch (problem) {
      console.warn("snapshot", problem);
      missed();
      setTimeout(refresh, RETRY_MS);
    } finally {
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
      clearTimeout(grace);
      socket.close();
    },
  };
}
