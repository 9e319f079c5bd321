// @ts-check
// Starts reveal.js, and plays recordings on their clocks. What a replay shows is decided by two empty fragments on its
// slide: none of them visible, it waits; the first, it plays; both, it has finished. For each moment at which it pauses
// there is one more: with one of them visible it plays up to the first of these. So a clicker can drive it, and the
// speaker view follows, which passes on fragments and nothing else.
"use strict";

(() => {
  /**
   * @typedef {"idle" | "playing" | "paused" | "finished"} State
   * @typedef {object} Player
   * @property {() => void} arrive The slide with it is shown now.
   * @property {() => void} leave The slide with it is left.
   * @property {() => void} follow Its fragments have changed.
   * @property {() => void} toggle Play, pause, resume, or play again.
   * @property {() => void} again Play from the start.
   * @property {() => void} finish Show the end, for paper.
   * @property {() => void} resume Go back to where it was before that.
   */

  /** @type {any} reveal.js, its notes plugin, the marks in code and the timers, which the scripts before this one define */
  const { Reveal, RevealNotes, AsRunStands, AsRunTimers } = /** @type {any} */ (window);
  const query = new URLSearchParams(location.search);
  const isOnPaper = /print-pdf/i.test(location.search) || query.get("view") === "print";
  const isStill = isOnPaper || matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** In the speaker window: the main window decides there, so that the two do not answer each other. */
  const isReceiver = query.has("receiver");
  const isPreview = isReceiver && !query.has("postMessageEvents");
  const SPEEDS = [1, 2, 4];

  /** @type {Map<Element, Player>} */
  const players = new Map();

  /**
   * @template {Element} T
   * @param {ParentNode} root
   * @param {string} selector
   * @returns {T[]}
   */
  const all = (root, selector) => /** @type {T[]} */ ([...root.querySelectorAll(selector)]);

  /**
   * @param {HTMLElement} root
   * @returns {Player}
   */
  function makePlayer(root) {
    const total = Number(root.dataset.total);
    const rate = Number(root.dataset.rate);
    const scale = Number(root.dataset.scale);
    const digits = Number(root.dataset.digits);
    /** @type {HTMLElement[]} */
    const fragments = all(root, ".fragment.play");
    const timed = all(root, "[data-at]").map((element) => ({
      element,
      at: Number(element.getAttribute("data-at")),
      until: Number(element.getAttribute("data-until") || Infinity),
    }));
    /** @type {HTMLElement[]} */
    const lanes = all(root, ".lane");
    /** @type {HTMLElement[]} */
    const clocks = all(root, ".clock");
    /** Seconds at which it pauses: as many more fragments. */
    const stops = (root.dataset.stops ?? "").split(" ").filter(Boolean).map(Number);
    /** @type {HTMLElement[]} */
    const said = all(root, ".captions > li");
    /** @type {{draw: (moment: number | null) => void}[]} One for each code that is shown. */
    const stands = [root, ...all(root, "[data-stands]")].map(AsRunStands);
    /** @type {HTMLInputElement[]} */
    const scrubs = all(root, ".scrub");
    const toggleButton = /** @type {HTMLButtonElement} */ (root.querySelector(".toggle"));
    const rateButton = /** @type {HTMLButtonElement} */ (root.querySelector(".rate"));

    /** @type {State} */
    let state = "finished";
    let moment = total; // seconds of the recording
    let goal = total; // where it pauses, or ends
    let speed = 1;
    let seen = -1; // how many fragments were visible when last looked at
    let anchor = { moment: 0, time: 0 }; // where the recording was at which time of performance.now()
    /** @type {{ state: State, moment: number } | null} */
    let before = null; // what was shown before it was printed
    let frame = 0;

    /** @param {number} wanted */
    function draw(wanted) {
      moment = Math.min(Math.max(wanted, 0), total);
      const isBefore = state === "idle";
      root.style.setProperty("--now", String(total ? moment / total : 1));
      for (const { element, at, until } of timed) {
        element.classList.toggle("later", state !== "finished" && (isBefore || at > moment));
        if (until < Infinity) element.classList.toggle("stands", at <= moment && moment < until);
      }
      for (const lane of lanes) {
        lane.style.setProperty("--p", String(total ? Math.min(moment, Number(lane.dataset.wall)) / total : 1));
      }
      for (const clock of clocks) {
        const ended = moment >= Number(clock.dataset.wall) && !isBefore;
        clock.textContent = (ended && clock.dataset.end) || (moment * scale).toFixed(digits);
      }
      for (const one of stands) one.draw(isBefore || state === "finished" ? null : moment);
      said.forEach((one, index) => one.classList.toggle("spoken", state === "paused" && moment === stops[index]));
      for (const scrub of scrubs) {
        scrub.value = String(moment);
        scrub.setAttribute("aria-valuetext", `${moment.toFixed(2)} of ${total.toFixed(2)} seconds`);
      }
    }

    /**
     * @param {State} next
     * @param {number} at
     */
    function enter(next, at) {
      cancelAnimationFrame(frame);
      state = next;
      root.dataset.state = state;
      toggleButton.setAttribute("aria-label", { idle: "Play", playing: "Pause", paused: "Play", finished: "Play again" }[state]);
      draw(at);
      if (state === "playing") {
        anchor = { moment, time: performance.now() };
        frame = requestAnimationFrame(tick);
      }
    }

    function tick() {
      const at = anchor.moment + ((performance.now() - anchor.time) / 1000) * rate * speed;
      if (at < goal) {
        draw(at);
        frame = requestAnimationFrame(tick);
        return;
      }
      if (goal < total) return enter("paused", goal);
      enter("finished", total);
      if (fragments.length && !isReceiver) Reveal.navigateFragment(fragments.length - 1);
    }

    const countVisible = () => fragments.filter((fragment) => fragment.classList.contains("visible")).length;

    function follow() {
      const visible = countVisible();
      if (!fragments.length || visible === seen) return;
      const isNext = visible === seen + 1 || (seen < 0 && !stops.length);
      const isBack = visible < seen;
      seen = visible;
      goal = stops[visible - 1] ?? total;
      const isAtStop = visible >= 1 && visible <= stops.length;
      if (visible === 0) enter("idle", 0);
      else if (visible === fragments.length || (isPreview && !isAtStop)) enter("finished", total);
      else if (isAtStop && (!isNext || isStill || isPreview)) enter("paused", goal);
      else if (!isBack) enter("playing", stops[visible - 2] ?? 0);
      else {
        // One step back from the end is the last moment, or the start: nobody wants to land in the middle of a replay.
        if (stops.length) enter("paused", stops[stops.length - 1]);
        else enter("idle", 0);
        if (!isReceiver) queueMicrotask(() => Reveal.navigateFragment(stops.length - 1));
      }
    }

    function again() {
      if (!fragments.length) return enter("playing", 0);
      Reveal.navigateFragment(-1);
      Reveal.navigateFragment(0);
    }

    function toggle() {
      if (state === "playing") enter("paused", moment);
      else if (state === "paused" && moment === goal && fragments.length) Reveal.nextFragment();
      else if (state === "paused") enter("playing", moment);
      else again();
    }

    toggleButton.addEventListener("click", toggle);
    rateButton.addEventListener("click", () => {
      speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
      rateButton.textContent = `${speed}×`;
      rateButton.setAttribute("aria-label", `${speed}× speed`);
      if (state === "playing") enter("playing", moment);
    });
    for (const button of [toggleButton, rateButton]) {
      // Keys on a focused button are its own, and a click leaves them to the clicker.
      button.addEventListener("keydown", (event) => [" ", "Enter"].includes(event.key) && event.stopPropagation());
      button.addEventListener("click", (event) => event.detail && button.blur());
    }
    for (const scrub of scrubs) {
      scrub.addEventListener("input", () => {
        const at = Number(scrub.value);
        if (state === "idle" || state === "finished") again();
        goal = stops.find((stop) => stop > at) ?? total;
        enter(state === "playing" && anchor.moment > 0 ? "playing" : "paused", at);
      });
      scrub.addEventListener("pointerup", () => scrub.blur());
    }

    return {
      arrive: () => {
        seen = -1;
        follow();
      },
      leave: () => {
        if (state === "playing") enter("paused", moment);
      },
      follow,
      toggle,
      again,
      finish: () => {
        before ??= { state, moment };
        enter("finished", total);
      },
      resume: () => {
        if (before) enter(before.state, before.moment);
        before = null;
      },
    };
  }

  const page = document.documentElement;
  if (isOnPaper) page.classList.add("asrun-final", "asrun-paper");
  // A diff is one page, that of its end.
  if (isOnPaper) for (const fragment of all(document, ".changing > .fragment")) fragment.remove();
  /** @param {ParentNode} within */
  function adopt(within) {
    for (const root of all(within, ".replay")) {
      // Where nothing moves there is nothing to play: a replay is at its end, or jumps from moment to moment.
      const spare = isOnPaper || !(root instanceof HTMLElement && root.dataset.stops) ? undefined : 1;
      if (isStill) for (const fragment of all(root, ".fragment.play").slice(0, spare)) fragment.remove();
      const slide = root.closest("section");
      if (slide) players.set(slide, makePlayer(/** @type {HTMLElement} */ (root)));
    }
  }
  adopt(document);
  if (isOnPaper) for (const fragment of all(document, ".fragment.starts")) fragment.remove();
  const current = () => players.get(Reveal.getCurrentSlide());

  // A preview puts new content into a slide that is there.
  document.addEventListener("asrun-renewed", ({ target }) => {
    const slide = /** @type {Element} */ (target);
    players.get(slide)?.leave();
    players.delete(slide);
    adopt(slide);
    queueMicrotask(() => slide === Reveal.getCurrentSlide() && current()?.arrive());
  });

  const options = JSON.parse(document.getElementById("asrun-options")?.textContent || "{}");
  Reveal.initialize({ ...options, plugins: [RevealNotes] }).then(() => {
    // reveal.js calls itself an application, which takes screen readers out of reading.
    Reveal.getRevealElement().removeAttribute("role");
    Reveal.on("slidechanged", (/** @type {any} */ event) => {
      if (event.previousSlide) players.get(event.previousSlide)?.leave();
      current()?.arrive();
    });
    Reveal.on("fragmentshown", () => current()?.follow());
    Reveal.on("fragmenthidden", () => current()?.follow());
    addEventListener("beforeprint", () => {
      page.classList.add("asrun-paper");
      players.forEach((player) => player.finish());
    });
    addEventListener("afterprint", () => {
      page.classList.toggle("asrun-paper", isOnPaper);
      players.forEach((player) => player.resume());
    });
    if (players.size) {
      Reveal.addKeyBinding({ keyCode: 75, key: "K", description: "Play or pause a replay" }, () => current()?.toggle());
      Reveal.addKeyBinding({ keyCode: 82, key: "R", description: "Play a replay again" }, () => current()?.again());
    }
    if (!isPreview) AsRunTimers(Reveal);
    current()?.arrive();
    page.classList.add("asrun-ready");
  });
})();
