// Makes the pages quicker to use; every page works without it. Sends a form without leaving the page, says aloud what
// happens, looks for news, and hides the page when nobody has touched it for a while. Stores nothing.
"use strict";
(() => {
  const NEWS_EVERY = 15_000;
  const GIVE_UP_AFTER = 20_000;
  const HIDE_AFTER = 20 * 60_000;
  const SWAPPED = ["top", "news", "main", "foot"];
  const trusted = window.trustedTypes
    ? window.trustedTypes.createPolicy("seite", { createHTML: (html) => html })
    : { createHTML: (html) => html };
  const by = (id) => document.getElementById(id);
  let busy = false;
  let touched = false;
  let lastTouch = Date.now();
  let waiting = null;

  function show(html, address) {
    const page = new DOMParser().parseFromString(trusted.createHTML(html), "text/html");
    if (!page.getElementById("main")) return location.replace("/");
    document.documentElement.lang = page.documentElement.lang;
    document.documentElement.dir = page.documentElement.dir;
    document.title = page.title;
    for (const id of SWAPPED) by(id).replaceWith(page.getElementById(id));
    for (const id of ["status", "trouble"]) Object.assign(by(id).dataset, page.getElementById(id).dataset);
    by("trouble").hidden = true;
    by("status").textContent = "";
    touched = false;
    // A slip's token must not stay in the address bar, and a reload must ask for the page, not send again.
    history.replaceState(null, "", new URL(address).pathname === "/code" ? "/code" : "/");
    prepare();
    window.scrollTo(0, 0);
    (document.querySelector("h1") || by("main")).focus({ preventScroll: true });
  }

  function prepare() {
    for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
  }

  async function send(form, submitter) {
    const body = new URLSearchParams(new FormData(form));
    if (submitter && submitter.name) body.append(submitter.name, submitter.value);
    if (waiting) waiting.abort();
    busy = true;
    form.setAttribute("aria-busy", "true");
    by("trouble").hidden = true;
    by("status").textContent = by("status").dataset.loading;
    try {
      const answer = await fetch(form.getAttribute("action"), {
        method: "POST", body, credentials: "same-origin", signal: AbortSignal.timeout(GIVE_UP_AFTER),
      });
      if (answer.status >= 500) throw new Error(String(answer.status));
      show(await answer.text(), answer.url);
    } catch {
      // Not kept, or not known whether: the form stays filled, and sending it again is the same event.
      by("status").textContent = "";
      by("trouble").textContent = by("trouble").dataset.text;
      by("trouble").hidden = false;
      by("trouble").scrollIntoView({ block: "nearest" });
    } finally {
      busy = false;
      form.removeAttribute("aria-busy");
    }
  }

  async function news() {
    const tag = by("main").dataset.tag;
    if (!tag || busy || document.hidden) return;
    waiting = new AbortController();
    try {
      const answer = await fetch("/", {
        headers: { "If-None-Match": tag, Prefer: "wait=15" }, cache: "no-store", signal: waiting.signal,
      });
      if (answer.status !== 200 || busy || by("main").dataset.tag !== tag) return;
      const html = await answer.text();
      if (!touched && !document.activeElement.closest("form, details, a")) return show(html, answer.url);
      by("news").hidden = false;
      by("status").textContent = by("news").querySelector("p").textContent;
    } catch {
      // Offline, or interrupted by an answer: the next look comes soon.
    }
  }

  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || !window.fetch || !AbortSignal.timeout) return;
    event.preventDefault();
    if (!busy) send(event.target, event.submitter);
  });
  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (!copy) return;
    await navigator.clipboard.writeText(by(copy.dataset.copy).textContent);
    by("status").textContent = copy.textContent = by("status").dataset.copied;
  });
  document.addEventListener("input", () => { touched = true; });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector(".menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  for (const kind of ["pointerdown", "keydown", "scroll"]) {
    document.addEventListener(kind, () => { lastTouch = Date.now(); }, { passive: true });
  }
  setInterval(() => {
    if (location.pathname !== "/verborgen" && Date.now() - lastTouch > HIDE_AFTER) location.replace("/verborgen");
    else news();
  }, NEWS_EVERY);
  document.addEventListener("visibilitychange", news);
  prepare();
})();
