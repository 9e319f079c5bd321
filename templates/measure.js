// @ts-check
// Goes into a copy of a deck, in a frame of 1280 × 720, and says what does not fit on which slide. Every slide is shown
// in its final state, all fragments visible. What it finds goes to the page around as a message.
"use strict";

(async () => {
  const CODE_LEAST = 20; // px: what the last row can read
  const TEXT_LEAST = 14;
  const SLACK = 1.5; // px of rounding that nobody sees
  const OVERLAP = 4; // px that two texts may share, since letters seldom fill their em square
  const THIN = 20; // px: what is thinner is a rule or a mark, not a panel
  const PICTURES = new Set(["svg", "img", "canvas", "video", "object"]);
  const SIDES = /** @type {const} */ (["above", "below", "left", "right"]);

  /**
   * @typedef {{left: number, top: number, right: number, bottom: number}} Box
   * @typedef {{box: Box, told: boolean[]}} Window What is visible of an area that cuts; `told`: where that is a fault.
   * @typedef {object} Around What surrounds an element.
   * @property {Window[]} windows The areas that cut it.
   * @property {Box[]} panels The painted boxes that it lies in.
   * @property {boolean} isFree Within `data-clip`: it may be cut.
   * @property {boolean} isCode
   * @property {boolean} isPicture Within an SVG.
   * @property {boolean} isFooter
   * @typedef {{box: Box, line: string, parent: Element, around: Around}} Drawn
   * @typedef {{kind: string, side?: string, px: number, lines: number, pictures: number, boxes: number, text: string}} Fault
   */

  const { Reveal } = /** @type {any} */ (window);
  const range = document.createRange();

  /** @param {string} colour */
  const isSeen = (colour) => colour !== "transparent" && !/[,/]\s*0\)$/.test(colour);

  /** @param {CSSStyleDeclaration} style */
  const isPainted = (style) =>
    isSeen(style.backgroundColor) ||
    style.backgroundImage !== "none" ||
    (parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none" && isSeen(style.borderTopColor));

  /**
   * The beginning of the line or paragraph that an element is in, for the author to find it.
   * @param {Element} element
   */
  function wordsOf(element) {
    const block = element.closest(".line, .ln, p, li, td, th, tr, h1, h2, h3, h4, figure") ?? element;
    const words = (block.querySelector(".tx") ?? block).textContent || element.getAttribute("alt") || "";
    return words.trim().replace(/\s+/g, " ").slice(0, 60);
  }

  /**
   * How far a box passes another, by side; 0 where it does not.
   * @param {Box} inner
   * @param {Box} outer
   */
  const passes = (inner, outer) =>
    [outer.top - inner.top, inner.bottom - outer.bottom, outer.left - inner.left, inner.right - outer.right].map((px) =>
      px > SLACK ? px : 0,
    );

  /**
   * The part that two boxes share; turned inside out where they share none.
   * @param {Box} one
   * @param {Box} other
   * @returns {Box}
   */
  const common = (one, other) => ({
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  });

  /** @param {Box} box */
  const sizeOf = (box) => [box.bottom - box.top, box.right - box.left];

  /**
   * All faults of a slide.
   * @param {HTMLElement} section
   * @param {Box} edge The slide, as it stands in the window.
   * @param {number} scale Pixels of the window for one of the slide.
   */
  function faultsOf(section, edge, scale) {
    /** @type {Map<string, Fault & {seen: Set<string>}>} */
    const faults = new Map();
    /** @type {Drawn[]} */
    const drawn = [];
    /** @type {{box: Box, element: Element}[]} */
    const boxes = [];
    let pictures = 0;

    /**
     * @param {string} kind
     * @param {string} side
     * @param {number} px
     * @param {"lines" | "pictures" | "boxes"} what
     * @param {string} key Tells lines apart.
     * @param {Element} element
     */
    function fault(kind, side, px, what, key, element) {
      const id = `${kind} ${side}`;
      const known = faults.get(id) ?? { kind, side, px: 0, lines: 0, pictures: 0, boxes: 0, text: "", seen: new Set() };
      faults.set(id, known);
      known.px = kind.startsWith("small") ? Math.min(known.px || px, px) : Math.max(known.px, px / scale);
      if (known.seen.has(what + key)) return;
      known.seen.add(what + key);
      known[what] += 1;
      if (what !== "boxes") known.text ||= wordsOf(element);
    }

    /**
     * @param {Box} box
     * @param {"lines" | "pictures" | "boxes"} what
     * @param {string} key
     * @param {Element} element
     * @param {Around} around
     */
    function check(box, what, key, element, around) {
      if (around.isFree) return;
      const visible = around.windows.reduce((rest, window) => common(rest, window.box), box);
      passes(visible, edge).forEach((px, side) => px && fault("edge", SIDES[side], px, what, key, element));
      if (what === "boxes") return;
      for (const window of around.windows) {
        passes(box, window.box).forEach((px, side) => px && window.told[side] && fault("cut", SIDES[side], px, what, key, element));
      }
      const panel = around.panels.at(-1);
      if (panel) passes(visible, panel).forEach((px, side) => px && fault("panel", SIDES[side], px, what, key, element));
      if (what === "lines" && !around.isPicture) drawn.push({ box: visible, line: key, parent: element, around });
    }

    /**
     * @param {Text} node
     * @param {CSSStyleDeclaration} style Of the element that it is in.
     * @param {Around} around
     */
    function readText(node, style, around) {
      const text = node.data;
      const begin = text.search(/\S/);
      if (begin < 0) return;
      range.setStart(node, begin);
      range.setEnd(node, text.trimEnd().length);
      const parent = /** @type {Element} */ (node.parentElement);
      let size = parseFloat(style.fontSize);
      if (parent instanceof SVGGraphicsElement) size *= (parent.getScreenCTM()?.a ?? scale) / scale;
      const rects = range.getClientRects();
      for (const rect of rects) {
        if (rect.width <= 0) continue;
        // A line's rectangle has the height of the face, which is more than its letters need: take the em square.
        const middle = (rect.top + rect.bottom) / 2;
        const half = Math.min(rect.height, size * scale) / 2;
        const box = { left: rect.left, right: rect.right, top: middle - half, bottom: middle + half };
        const line = String(Math.round(middle / 4));
        check(box, "lines", line, parent, around);
        const [kind, least] = around.isCode ? ["small code", CODE_LEAST] : ["small text", TEXT_LEAST];
        if (size < Number(least) - 0.01) fault(String(kind), "", size, "lines", line, parent);
      }
    }

    /**
     * @param {Element} element
     * @param {Around} around
     */
    function visit(element, around) {
      const style = getComputedStyle(element);
      if (style.display === "none" || style.opacity === "0") return;
      const isShown = style.visibility === "visible";
      const isPicture = PICTURES.has(element.localName);
      if (style.display === "inline" && !isPicture) return visitNodes(element, style, isShown, around);

      const box = element.getBoundingClientRect();
      const cuts = [style.overflowY, style.overflowX].map((overflow) => overflow !== "visible");
      // Text for screen readers alone is kept in a box of a pixel.
      if ((cuts[0] || cuts[1]) && (box.width <= 2 * scale || box.height <= 2 * scale)) return;
      const isBox = isShown && !around.isPicture && isPainted(style);
      if (isShown && isPicture) check(box, "pictures", String((pictures += 1)), element, around);
      else if (isBox) check(box, "boxes", "", element, around);

      /** @type {Around} */
      const inner = { ...around };
      if (isPicture) inner.isPicture = true;
      if (element.hasAttribute("data-clip")) inner.isFree = true;
      if (element.matches("footer, .footer")) inner.isFooter = true;
      if (element.matches("pre.code, pre:has(> code), .fence, .diff .src")) inner.isCode = true;
      if (isBox) {
        inner.panels = [...around.panels, box];
        boxes.push({ box, element });
      }
      if (cuts[0] || cuts[1]) {
        const px = [style.borderTopWidth, style.borderBottomWidth, style.borderLeftWidth, style.borderRightWidth].map(
          (width) => parseFloat(width) * scale,
        );
        const isShort = style.textOverflow === "ellipsis"; // what ends in … ends so on purpose
        const visible = {
          top: cuts[0] ? box.top + px[0] : -Infinity,
          bottom: cuts[0] ? box.bottom - px[1] : Infinity,
          left: cuts[1] ? box.left + px[2] : -Infinity,
          right: cuts[1] ? box.right - px[3] : Infinity,
        };
        inner.windows = [...around.windows, { box: visible, told: [true, true, !isShort, !isShort] }];
      }
      // Placed against something further out: what lies between neither cuts nor holds it.
      if (style.position === "absolute" || style.position === "fixed") inner.panels = isBox ? [box] : [];
      visitNodes(element, style, isShown, inner);
    }

    /**
     * @param {Element} element
     * @param {CSSStyleDeclaration} style
     * @param {boolean} isShown
     * @param {Around} around
     */
    function visitNodes(element, style, isShown, around) {
      for (const node of element.childNodes) {
        if (node instanceof Text) {
          if (isShown) readText(node, style, around);
        } else if (node instanceof Element) visit(node, around);
      }
    }

    visit(section, { windows: [], panels: [], isFree: false, isCode: false, isPicture: false, isFooter: false });
    overlaps(drawn, boxes, (px, item, isFooter) => fault(isFooter ? "footer" : "overlap", "", px, "lines", item.line, item.parent));
    return [...faults.values()].map(({ seen, ...found }) => found);
  }

  /**
   * Texts that lie over one another, or half on a panel that is not theirs.
   * @param {Drawn[]} drawn
   * @param {{box: Box, element: Element}[]} boxes
   * @param {(px: number, item: Drawn, isFooter: boolean) => void} report
   */
  function overlaps(drawn, boxes, report) {
    const sorted = drawn.filter((item) => !item.around.isFree).sort((one, other) => one.box.top - other.box.top);
    const tallest = Math.max(0, ...sorted.map(({ box }) => box.bottom - box.top));
    for (const [index, lower] of sorted.entries()) {
      for (let before = index - 1; before >= 0; before -= 1) {
        const upper = sorted[before];
        if (lower.box.top - upper.box.top > tallest) break;
        if (upper.parent === lower.parent) continue; // what ends in … has a second rectangle
        const [height, width] = sizeOf(common(upper.box, lower.box));
        if (height <= OVERLAP || width <= OVERLAP) continue;
        const isFooter = lower.around.isFooter || upper.around.isFooter;
        report(height, lower.around.isFooter ? upper : lower, isFooter);
      }
    }
    const panels = boxes.filter(({ box }) => box.bottom - box.top > THIN && box.right - box.left > THIN);
    for (const item of sorted) {
      for (const { box, element } of panels) {
        const [height, width] = sizeOf(common(item.box, box));
        const rest = item.box.bottom - item.box.top - height;
        if (height > OVERLAP && width > OVERLAP && rest > OVERLAP && !element.contains(item.parent)) {
          report(height, item, item.around.isFooter);
        }
      }
    }
  }

  /**
   * Make a section look as the current one does.
   * @param {HTMLElement} section
   */
  function present(section) {
    section.classList.remove("past", "future");
    section.classList.add("present");
    for (const name of ["hidden", "inert", "aria-hidden"]) section.removeAttribute(name);
    section.style.display = "block";
  }

  async function measure() {
    if (!Reveal?.initialize) throw new Error("reveal.js did not start");
    if (!Reveal.isReady()) await new Promise((resolve) => Reveal.on("ready", resolve));
    await document.fonts.ready;
    await Promise.allSettled([...document.images].map((image) => image.decode()));
    document.documentElement.classList.add("asrun-final");
    const still = document.createElement("style");
    still.textContent = "*, ::before, ::after { transition: none !important; animation: none !important; }";
    document.head.append(still);
    // Slides are put on the stage one by one, past reveal.js: its own steps take long in a deck of many slides.
    const stage = Reveal.getSlidesElement();
    const edge = stage.getBoundingClientRect();
    const scale = edge.width / Reveal.getConfig().width;
    const places = Reveal.getSlides().map((/** @type {HTMLElement} */ section) => ({ section, stack: section.parentElement }));
    stage.replaceChildren();
    const slides = [];
    for (const { section, stack } of places) {
      section.remove();
      const shown = stack === stage ? section : stack.cloneNode(false);
      if (shown !== section) shown.append(section);
      stage.append(shown);
      for (const element of [shown, section]) present(element);
      for (const fragment of section.querySelectorAll(".fragment")) fragment.classList.add("visible");
      const faults = faultsOf(section, edge, scale);
      const title = section.querySelector("h1, h2, h3")?.textContent.trim() ?? "";
      slides.push({ place: section.dataset.place ?? "", id: section.id, title, faults });
      shown.remove();
    }
    return slides;
  }

  /** @type {object} */
  let answer;
  try {
    answer = { slides: await measure() };
  } catch (error) {
    answer = { failure: String(error) };
  }
  window.parent.postMessage({ asrun: answer }, "*");
})();
