// One step of Back for one act of the reader: what a page adds to its own link is no step.
(() => {
  document.documentElement.lang = "{lang}";
  if (window.dunningHistory) return;
  window.dunningHistory = true;
  let acted = false;
  const act = () => { acted = true; };
  for (const kind of ["click", "keydown", "change"]) addEventListener(kind, act, true);
  addEventListener("popstate", () => { acted = false; }, true);
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    if (acted) push(state, title, url);
    else history.replaceState(state, title, url);
    acted = false;
  };
})();
