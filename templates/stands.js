// @ts-check
// Marks the lines of code at which lanes stand, at any moment of a recording, with chips of their names, and keeps them
// in sight where the code is longer than its window.
"use strict";

/**
 * @typedef {{name: string, colour: number, at: [number, number][]}} Lane Without a name: one of many, only counted.
 *   `at`: from which second on it stands at which line; 0 is nowhere.
 * @typedef {{draw: (moment: number | null) => void}} Stands
 */

/**
 * @param {HTMLElement} root A replay.
 * @returns {Stands} Draws the marks of a moment in seconds; null for none.
 */
window.AsRunStands = (root) => {
  const CHIPS = 2; // names on one line; of more there is a number
  const data = root.querySelector("script.stands")?.textContent;
  /** @type {HTMLElement | null} */
  const code = root.querySelector(".code code");
  if (!data || !code) return { draw() {} };
  /** @type {Lane[]} */
  const lanes = JSON.parse(data);
  /** @type {Map<number, HTMLElement>} */
  const lines = new Map();
  for (const line of code.querySelectorAll(".ln")) {
    if (line instanceof HTMLElement) lines.set(Number(line.dataset.n), line);
  }
  let drawn = "";
  /** @type {HTMLElement[]} */
  let marked = [];

  /**
   * @param {Lane} lane
   * @param {number} moment
   * @returns {[number, number]} The line, and since when.
   */
  function standOf({ at }, moment) {
    let low = 0;
    let high = at.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at[middle][0] <= moment) low = middle + 1;
      else high = middle;
    }
    return low ? [at[low - 1][1], at[low - 1][0]] : [0, 0];
  }

  /** @param {string} text @param {number} colour */
  function chip(text, colour) {
    const made = document.createElement("b");
    made.textContent = text;
    made.style.setProperty("--lane", `var(--lane-${colour})`);
    return made;
  }

  /** @param {HTMLElement} line @param {Lane[]} there */
  function mark(line, there) {
    const named = there.filter((lane) => lane.name);
    const shown = named.slice(0, named.length > CHIPS + 1 ? CHIPS : CHIPS + 1);
    const more = there.length - shown.length;
    const chips = document.createElement("span");
    chips.className = "chips";
    chips.setAttribute("aria-hidden", "true");
    chips.append(...shown.map((lane) => chip(lane.name, lane.colour)));
    if (more) chips.append(chip(shown.length ? `+${more}` : `${more}`, 0));
    line.style.setProperty("--lane", `var(--lane-${shown.length ? shown[shown.length - 1].colour : 0})`);
    line.classList.add("marked");
    line.append(chips);
  }

  /** @param {HTMLElement} newest The line that has to be seen. */
  function scroll(newest) {
    const height = code.clientHeight;
    if (code.scrollHeight <= height) return;
    const zero = code.firstElementChild instanceof HTMLElement ? code.firstElementChild.offsetTop : 0;
    const tops = marked.map((line) => line.offsetTop - zero);
    const own = newest.offsetTop - zero;
    const [least, most] = [Math.min(...tops), Math.max(...tops) + newest.offsetHeight];
    const [from, to] = most - least <= height ? [least, most] : [own, own + newest.offsetHeight];
    if (from >= code.scrollTop - 1 && to <= code.scrollTop + height + 1) return;
    // Whole lines only: the first that is seen begins at the edge.
    const wanted = (from + to - height) / 2;
    const first = [...lines.values()].find((line) => line.offsetTop - zero >= wanted && line.offsetTop - zero + height >= to);
    code.scrollTop = first ? first.offsetTop - zero : own;
  }

  return {
    draw(moment) {
      /** @type {Map<number, Lane[]>} */
      const there = new Map();
      let newest = 0;
      let since = -1;
      for (const lane of moment === null ? [] : lanes) {
        const [number, at] = standOf(lane, moment ?? 0);
        if (!lines.has(number)) continue;
        there.set(number, [...(there.get(number) ?? []), lane]);
        if (at >= since) [newest, since] = [number, at];
      }
      if (moment === null) code.scrollTop = 0;
      const key = [...there].map(([number, who]) => `${number}:${who.map((lane) => lanes.indexOf(lane))}`).join(";");
      if (key === drawn) return;
      drawn = key;
      for (const line of marked) {
        line.classList.remove("marked");
        line.querySelector(".chips")?.remove();
      }
      marked = [];
      for (const [number, who] of there) {
        const line = lines.get(number);
        if (!line) continue;
        mark(line, who);
        marked.push(line);
      }
      const line = lines.get(newest);
      if (line) scroll(line);
    },
  };
};
