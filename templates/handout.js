// What is folded is open on paper.
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not([open], .conditions)")) {
    folded.open = true;
    folded.dataset.folded = "";
  }
});
addEventListener("afterprint", () => {
  for (const opened of document.querySelectorAll("details[data-folded]")) {
    opened.open = false;
    delete opened.dataset.folded;
  }
});
