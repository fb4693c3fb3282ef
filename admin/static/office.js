// Three small comforts; every page works without them.
"use strict";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Two minutes before the session ends: ask. One press keeps it (WCAG 2.2.1).
const awake = document.querySelector(".awake");
const idle = Number(document.body.dataset.idle || 0);
if (awake && idle > 180) {
  const stay = awake.querySelector("button");
  const leave = () => { window.location.assign("/anmelden?grund=zeit"); };
  let warn, end, before;
  const start = () => {
    clearTimeout(warn);
    clearTimeout(end);
    warn = setTimeout(() => { before = document.activeElement; awake.hidden = false; stay.focus(); }, (idle - 120) * 1000);
    end = setTimeout(leave, idle * 1000);
  };
  stay.addEventListener("click", async () => {
    const answer = await fetch("/wach", { redirect: "manual" }).catch(() => null);
    if (answer && answer.status === 204) {
      awake.hidden = true;
      if (before) before.focus();
      start();
    } else if (answer) {
      leave();
    }
  });
  start();
}
