// Keeps the states of today's slips fresh. This call does not keep the session awake.
"use strict";

const list = document.querySelector("[data-refresh]");

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(list.dataset.refresh).catch(() => null);
  if (!answer || !answer.ok) return;
  for (const slip of await answer.json()) {
    const row = list.querySelector(`[data-slip="${CSS.escape(slip.id)}"]`);
    if (!row || row.dataset.state === slip.state) continue;
    row.dataset.state = slip.state;
    row.querySelector(".state").textContent = slip.words;
  }
}

if (list) setInterval(refresh, 15000);
