// @ts-check
// Marks the lines of code at which lanes stand, at any moment of a recording, with chips of their names, and keeps them
// in sight where the code is longer than its window.
"use strict";

{
  /**
   * @typedef {[since: number, line: number, file: number]} Stand Seconds; the line, 0 for nowhere; which of the files.
   * @typedef {{name: string, colour: number, at: Stand[]}} Lane Without a name: one of many, only counted.
   * @typedef {{draw: (moment: number | null) => void}} Stands
   */

  /**
   * @param {HTMLElement} root A replay.
   * @returns {Stands} Draws the marks of a moment in seconds; null for none.
   */
  const makeStands = (root) => {
    const CHIPS = 2; // names on one line; of more there is a number
    /** @type {Lane[]} */
    const lanes = JSON.parse(root.dataset.stands || "[]");
    if (!lanes.length) return { draw() {} };
    /** @type {HTMLElement[]} */
    const codes = [...root.querySelectorAll("pre.code")].map((code) => /** @type {HTMLElement} */ (code));
    const tabs = [...root.querySelectorAll(".tabs b")];
    /** @type {Map<string, HTMLElement>} */
    const lines = new Map();
    for (const [file, code] of codes.entries()) {
      for (const line of /** @type {NodeListOf<HTMLElement>} */ (code.querySelectorAll(".ln"))) {
        lines.set(`${line.dataset.n} ${file}`, line);
      }
    }
    let drawn = "";
    /** @type {HTMLElement[]} */
    let marked = [];

    /**
     * Where a lane stands.
     * @param {Lane} lane
     * @param {number} moment
     * @returns {Stand}
     */
    function standOf({ at }, moment) {
      let low = 0;
      let high = at.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (at[middle][0] <= moment) low = middle + 1;
        else high = middle;
      }
      return low ? at[low - 1] : [0, 0, 0];
    }

    /**
     * @param {string} text
     * @param {number} colour
     */
    function chip(text, colour) {
      const made = document.createElement("b");
      made.textContent = text;
      made.style.setProperty("--lane", `var(--lane-${colour})`);
      return made;
    }

    /**
     * How far the first row of a line of code reaches, in pixels of the window.
     * @param {HTMLElement} line
     */
    function endOf(line) {
      const range = document.createRange();
      range.selectNodeContents(line);
      const rects = [...range.getClientRects()];
      const top = Math.min(...rects.map((rect) => rect.top));
      return Math.max(0, ...rects.filter((rect) => rect.top < top + rect.height / 2).map((rect) => rect.right));
    }

    /**
     * @param {HTMLElement} line
     * @param {Lane[]} there
     */
    function mark(line, there) {
      const named = there.filter((lane) => lane.name);
      const chips = document.createElement("span");
      chips.className = "chips";
      chips.setAttribute("aria-hidden", "true");
      const end = endOf(line);
      line.append(chips);
      // As many names as there is room for behind the code, and a number for the others.
      let count = named.length > CHIPS + 1 ? CHIPS : named.length;
      for (; count >= 0; count -= 1) {
        const more = there.length - count;
        chips.replaceChildren(...named.slice(0, count).map((lane) => chip(lane.name, lane.colour)));
        if (more) chips.append(chip(count ? `+${more}` : `${more}`, 0));
        if (chips.getBoundingClientRect().left > end || there.length === 1) break;
      }
      const shown = named.slice(0, Math.max(count, 0));
      line.style.setProperty("--lane", `var(--lane-${shown.length ? shown[shown.length - 1].colour : 0})`);
      line.classList.add("marked");
    }

    /** @param {number} file Which of the files is shown. */
    function turn(file) {
      codes.forEach((code, index) => code.classList.toggle("other", index !== file));
      tabs.forEach((tab, index) => tab.classList.toggle("shown", index === file));
    }

    /**
     * @param {HTMLElement} code The file that is shown.
     * @param {HTMLElement} newest The line that has to be seen.
     */
    function scroll(code, newest) {
      const window = code.firstElementChild;
      if (!window || window.scrollHeight <= window.clientHeight) return;
      const height = window.clientHeight;
      const own = /** @type {HTMLElement[]} */ ([...window.children]);
      const zero = own[0].offsetTop;
      const tops = marked.filter((line) => line.parentElement === window).map((line) => line.offsetTop - zero);
      const [least, most] = [Math.min(...tops), Math.max(...tops) + newest.offsetHeight];
      const top = newest.offsetTop - zero;
      const [from, to] = most - least <= height ? [least, most] : [top, top + newest.offsetHeight];
      if (from >= window.scrollTop - 1 && to <= window.scrollTop + height + 1) return;
      // Whole lines only: the first that is seen begins at the edge.
      const wanted = Math.max((from + to - height) / 2, to - height);
      window.scrollTop = (own.find((line) => line.offsetTop - zero >= wanted) ?? newest).offsetTop - zero;
    }

    return {
      draw(moment) {
        /** @type {Map<string, number[]>} */
        const there = new Map();
        let newest = "";
        let since = -1;
        lanes.forEach((lane, index) => {
          const [at, line, file] = moment === null ? [0, 0, 0] : standOf(lane, moment);
          const key = `${line} ${file}`;
          if (!lines.has(key)) return;
          there.set(key, [...(there.get(key) ?? []), index]);
          if (at >= since) [newest, since] = [key, at];
        });
        if (moment === null) for (const code of codes) code.firstElementChild?.scrollTo(0, 0);
        const key = [...there].join(";");
        if (key === drawn) return;
        drawn = key;
        for (const line of marked) {
          line.classList.remove("marked");
          line.querySelector(".chips")?.remove();
        }
        const found = /** @type {[HTMLElement, number[]][]} */ ([...there].map(([key, who]) => [lines.get(key), who]));
        marked = found.map(([line]) => line);
        for (const [line, who] of found) mark(line, who.map((index) => lanes[index]));
        const line = lines.get(newest);
        const file = Number(newest.split(" ")[1] ?? 0);
        turn(file);
        if (line) scroll(codes[file], line);
      },
    };
  };
  /** @type {any} */ (window).AsRunStands = makeStands;
}
