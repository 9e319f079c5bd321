// @ts-check
// Goes into the pages of a preview, and into no file: keeps them up to date, and tells what is wrong and what is being
// done. New words go into the slides that are there; for anything else the page is loaded again, on the same slide and
// step.
"use strict";

(() => {
  /** @typedef {{problems: string[], activity: string, version?: string, slides?: Record<string, string> | null}} Message */

  const own = /** @type {HTMLScriptElement} */ (document.currentScript);
  const page = own.dataset.page ?? "";
  let version = own.dataset.version ?? "";
  const { Reveal } = /** @type {any} */ (window);
  const isFramed = window !== window.top; // in the speaker window: there the slides alone are of interest
  const PLACE = "asrun-preview-place";

  // ---- what is told over the page

  const host = document.createElement("div");
  host.id = "asrun-preview";
  const root = host.attachShadow({ mode: "open" });
  root.innerHTML = `
    <style>
      :host { all: initial }
      [hidden] { display: none !important }
      .told { position: fixed; inset: auto 0 0 0; z-index: 2147483647; font: 15px/1.45 system-ui, sans-serif; color: #1d2330;
        pointer-events: none; display: flex; flex-direction: column; align-items: center; gap: 8px; padding: 0 12px 12px }
      .badge { background: #1d2330; color: #fff; border-radius: 99px; padding: 5px 14px; box-shadow: 0 2px 10px #0004 }
      .badge::before { content: ""; display: inline-block; width: 9px; height: 9px; border-radius: 9px; background: #ffb000;
        margin-right: 9px }
      .badge.gone::before { background: #d33 }
      section { pointer-events: auto; box-sizing: border-box; width: min(1100px, 100%); max-height: 62vh; display: flex;
        flex-direction: column; background: #fff; border: 1px solid #b3261e; border-top: 6px solid #b3261e; border-radius: 8px;
        box-shadow: 0 6px 40px #0006; overflow: hidden }
      header { display: flex; align-items: baseline; gap: 12px; padding: 9px 16px 7px; background: #fdf1f0 }
      h2 { font: 600 17px/1.4 system-ui, sans-serif; margin: 0; flex: 1; color: #8c1d18 }
      button { font: 14px/1.4 system-ui, sans-serif; color: inherit; background: #fff; border: 1px solid #8c1d1866; border-radius: 5px;
        padding: 2px 12px; cursor: pointer }
      .list { overflow: auto; padding: 0 16px 10px }
      pre { font: 14px/1.45 "DejaVu Sans Mono", ui-monospace, monospace; margin: 0; padding: 10px 0; white-space: pre-wrap;
        overflow-wrap: anywhere }
      pre + pre { border-top: 1px solid #e6d5d4 }
      b { color: #8c1d18 }
    </style>
    <div class="told">
      <section hidden role="region" aria-label="What is to be mended">
        <header><h2 role="status"></h2><button type="button">Hide</button></header>
        <div class="list" tabindex="0"></div>
      </section>
      <div class="badge" role="status" hidden></div>
    </div>`;
  const panel = /** @type {HTMLElement} */ (root.querySelector("section"));
  const heading = /** @type {HTMLElement} */ (root.querySelector("h2"));
  const list = /** @type {HTMLElement} */ (root.querySelector(".list"));
  const badge = /** @type {HTMLElement} */ (root.querySelector(".badge"));
  const hide = /** @type {HTMLButtonElement} */ (root.querySelector("button"));
  let hidden = ""; // the problems that were hidden: they come back when they are others
  let problems = "";
  let activity = "";
  let since = 0; // when the activity began
  let lost = 0; // since when nobody answers
  if (!isFramed) document.body.append(host);

  hide.addEventListener("click", () => {
    hidden = problems;
    panel.hidden = true;
    hide.blur();
  });
  // Keys that are pressed in the panel are its own and not the deck's.
  panel.addEventListener("keydown", (event) => event.stopPropagation());

  /** @param {string[]} told */
  function tell(told) {
    const text = told.join("\n\n");
    if (text === problems) return;
    problems = text;
    panel.hidden = !told.length || problems === hidden;
    heading.textContent = told.length === 1 ? "One thing is to be mended" : `${told.length} things are to be mended`;
    list.replaceChildren(
      ...told.map((problem) => {
        const [first, ...rest] = problem.split("\n");
        const [, place, message] = /^(\S+:\d+:\d+):? ?(.*)$/.exec(first) ?? ["", "", first];
        const pre = document.createElement("pre");
        const bold = document.createElement("b");
        bold.textContent = place;
        pre.append(bold, place ? `  ${message}` : message, ...(rest.length ? [`\n${rest.join("\n")}`] : []));
        return pre;
      }),
    );
    list.scrollTop = 0;
  }

  function draw() {
    const isGone = lost > 0 && performance.now() - lost > 1200;
    const seconds = Math.round((performance.now() - since) / 1000);
    badge.hidden = !isGone && !activity;
    badge.classList.toggle("gone", isGone);
    badge.textContent = isGone ? "asrun serve has ended; this page waits for it" : activity && `${activity}: ${seconds} s`;
  }
  setInterval(draw, 500);

  // ---- what is shown

  /** @param {Record<string, string>} slides The insides of slides, by id. */
  function renew(slides) {
    const { h, v, f } = Reveal.getIndices();
    for (const [id, inside] of Object.entries(slides)) {
      const slide = document.getElementById(id);
      // A countdown is begun once, when the deck is.
      if (!slide || slide.querySelector("[data-seconds]") || inside.includes("data-seconds=")) return load();
      slide.innerHTML = inside;
      const isPast = slide.classList.contains("past");
      for (const fragment of slide.querySelectorAll(".fragment")) fragment.classList.toggle("visible", isPast);
      slide.dispatchEvent(new CustomEvent("asrun-renewed", { bubbles: true }));
    }
    Reveal.sync();
    if (f !== undefined) Reveal.slide(h, v, f);
  }

  /** What tells a slide from others when its number has changed. @param {Element} slide */
  const nameOf = (slide) => `${slide.id.replace(/-\d+$/, "")} ${slide.className.match(/kind-\w+/)} ${slide.querySelector("h2")?.textContent}`;

  function load() {
    if (Reveal?.isReady?.()) {
      const slide = Reveal.getCurrentSlide();
      const { f } = Reveal.getIndices();
      const at = { id: slide.id, index: Reveal.getSlidePastCount(), name: nameOf(slide), f, page };
      sessionStorage.setItem(PLACE, JSON.stringify(at));
    }
    location.reload();
  }

  /** Go back to where this page was before it was loaded again. */
  function comeBack() {
    const kept = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    const at = kept && JSON.parse(kept);
    if (!at || at.page !== page) return;
    const slides = /** @type {Element[]} */ (Reveal.getSlides());
    const same = slides.filter((slide) => nameOf(slide) === at.name);
    const slide =
      same.find((one) => one.id === at.id) ??
      same.sort((a, b) => Math.abs(slides.indexOf(a) - at.index) - Math.abs(slides.indexOf(b) - at.index))[0] ??
      slides.find((one) => one.id === at.id) ??
      slides[Math.min(at.index, slides.length - 1)];
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v, at.f);
  }
  if (Reveal) {
    if (Reveal.isReady()) comeBack();
    else Reveal.on("ready", comeBack);
  }

  // ---- what is heard

  /** @type {EventSource | undefined} */
  let source;

  function listen() {
    source?.close();
    source = new EventSource(`/events?page=${encodeURIComponent(page)}&version=${encodeURIComponent(version)}`);
    source.onopen = () => {
      lost = 0;
      draw();
    };
    source.onmessage = ({ data }) => {
      /** @type {Message} */
      const message = JSON.parse(data);
      if (message.activity !== activity) since = performance.now();
      activity = message.activity;
      tell(message.problems);
      draw();
      if (message.version === undefined || message.version === version) return;
      if (!message.slides || !Reveal?.isReady?.()) return load();
      version = message.version;
      renew(message.slides);
    };
    source.onerror = () => {
      lost ||= performance.now();
      // It tries again by itself, but not after everything that can go wrong; and it would tell of an old version.
      source?.close();
      setTimeout(() => document.visibilityState === "visible" && listen(), 400);
    };
  }

  // A browser allows a few connections only: pages that nobody sees do without.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") listen();
    else source?.close();
  });
  addEventListener("pagehide", () => source?.close());
  listen();
})();
