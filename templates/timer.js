// @ts-check
// Countdowns of exercises. An empty fragment on the slide starts one, so that a clicker can, and the speaker view follows;
// its button and a key pause it. It runs on while other slides are shown.
"use strict";

{
  /**
   * @typedef {"idle" | "running" | "paused" | "over"} TimerState
   * @typedef {object} Timer
   * @property {() => void} start From the whole time, if it does not run.
   * @property {() => void} reset Back to the whole time.
   * @property {() => void} toggle Start, pause, resume, or begin again.
   */

  /**
   * @param {HTMLElement} root
   * @returns {Timer}
   */
  const makeTimer = (root) => {
    const whole = Number(root.dataset.seconds) * 1000;
    const left = /** @type {HTMLElement} */ (root.querySelector(".left"));
    const said = /** @type {HTMLElement} */ (root.querySelector(".said"));
    const button = /** @type {HTMLButtonElement} */ (root.querySelector("button"));
    const words = left.textContent ?? "";
    /** @type {TimerState} */
    let state = "idle";
    let rest = whole; // ms that were left when it was last started or paused
    let since = 0; // when that was
    let ticking = 0;
    let hasWarned = false;

    /** @param {number} ms */
    function show(ms) {
      const seconds = Math.ceil(ms / 1000);
      const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
      if (!parts[0]) parts.shift();
      left.textContent = state === "idle" ? words : parts.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
      left.classList.toggle("words", state === "idle");
      root.style.setProperty("--rest", String(ms / whole));
    }

    /** @param {TimerState} next */
    function enter(next) {
      clearInterval(ticking);
      state = next;
      since = performance.now();
      root.dataset.state = state;
      button.textContent = { idle: "Start", running: "Pause", paused: "Go on", over: "Again" }[state];
      if (state === "running") ticking = window.setInterval(tick, 200);
      show(rest);
    }

    function tick() {
      const ms = Math.max(rest - (performance.now() - since), 0);
      show(ms);
      if (ms <= 60_000 && !hasWarned && whole > 90_000) {
        hasWarned = true;
        said.textContent = "One minute left";
      }
      if (ms > 0) return;
      rest = 0;
      said.textContent = "Time is up";
      enter("over");
    }

    function reset() {
      rest = whole;
      hasWarned = false;
      said.textContent = "";
      enter("idle");
    }

    function start() {
      if (state === "running") return;
      if (state !== "paused") reset();
      said.textContent = `${words}, from now`;
      enter("running");
    }

    function toggle() {
      if (state === "running") {
        rest = Math.max(rest - (performance.now() - since), 0);
        enter("paused");
      } else start();
    }

    return { start, reset, toggle };
  };

  /**
   * Let reveal.js drive the timers of a page.
   * @param {any} Reveal
   */
  const driveTimers = (Reveal) => {
    /** @type {WeakMap<Element, Timer>} */
    const timers = new WeakMap();

    /** @param {Element | null | undefined} root */
    function timerOf(root) {
      if (!(root instanceof HTMLElement)) return undefined;
      const timer = timers.get(root) ?? makeTimer(root);
      timers.set(root, timer);
      return timer;
    }

    const current = () => timerOf(Reveal.getCurrentSlide()?.querySelector(".timer"));
    /** @param {any} event */
    const isStart = (event) => event.fragments.some((/** @type {Element} */ one) => one.classList.contains("starts"));
    Reveal.on("fragmentshown", (/** @type {any} */ event) => isStart(event) && current()?.start());
    Reveal.on("fragmenthidden", (/** @type {any} */ event) => isStart(event) && current()?.reset());
    if (document.querySelector(".timer")) {
      Reveal.addKeyBinding({ keyCode: 84, key: "T", description: "Start or pause a timer" }, () => current()?.toggle());
    }
    document.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest(".timer button") : null;
      timerOf(button?.closest(".timer"))?.toggle();
      // A click leaves the keys to the clicker.
      if (event.detail && button instanceof HTMLElement) button.blur();
    });
    document.addEventListener(
      "keydown",
      (event) => {
        const isOnButton = event.target instanceof Element && event.target.matches(".timer button");
        if (isOnButton && [" ", "Enter"].includes(event.key)) event.stopPropagation();
      },
      true,
    );
  };
  /** @type {any} */ (window).AsRunTimers = driveTimers;
}
