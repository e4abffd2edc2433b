// Small things that make pages nicer; every page works without this file.
"use strict";

// Copy buttons: <button data-copy="#id"> copies the text of that element.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  if (!source) return;
  navigator.clipboard.writeText(source.innerText).then(() => {
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 2000);
  });
});

// Filters apply when they change; the button stays for those without scripts.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (!form) return;
  if (event.target.matches("select, input[type=checkbox]")) form.requestSubmit();
  // Of a day that is being typed each digit of the year is a change: 0002, 0020, 0202.
  if (event.target.matches("input[type=date]") && (!event.target.value || event.target.value > "1900")) form.requestSubmit();
});

// Back: a page from the browser's cache shows the filters of its list, not what was typed before leaving it.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-auto]").forEach((form) => form.reset());
});

// Logs: "Why?" and "Show" unfold below their row, and fold again.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-unfold]");
  if (!link) return;
  event.preventDefault();
  const open = document.getElementById(link.dataset.unfold);
  if (open) {
    open.remove();
    event.stopImmediatePropagation();
    link.setAttribute("aria-expanded", "false");
  } else {
    link.setAttribute("aria-expanded", "true");
  }
}, true);

// Logs: the live feed stops by itself after an hour, and whenever its button says so.
const live = document.querySelector("[data-live]");
const showLive = () => {
  const { live: wanted, connection } = document.body.dataset;
  const [kind, word] = wanted === "off" ? ["unknown", "Paused"] : connection === "lost" ? ["warn", "Disconnected, retrying"] : ["ok", "Live"];
  live.innerHTML = `<span class="state state-${kind}">${word}</span>`;
};
if (live) {
  const set = (on) => {
    document.body.dataset.live = on ? "on" : "off";
    live.setAttribute("aria-pressed", String(on));
    if (!on) failing.delete("feed");
    showLive();
  };
  delete live.dataset.reserved;
  live.addEventListener("click", () => set(document.body.dataset.live === "off"));
  set(true);
  setTimeout(() => set(false), 60 * 60 * 1000);
}
document.addEventListener("htmx:afterSwap", () => {
  if (document.querySelector(".rows tr")) document.querySelector("[data-empty]")?.remove();
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "feed" && document.body.dataset.live === "off") event.preventDefault();
});

// Print buttons.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// Menus close when something else is pressed, or Escape, which gives the focus back to what opened them.
const MENUS = "details.menu[open], details.person[open]";
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(MENUS)) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(MENUS)) {
    const had = menu.contains(document.activeElement);
    menu.open = false;
    if (had) menu.querySelector("summary").focus();
  }
});

// Narrow screens: the room and the tab one is in stand in sight. What fits begins at its first entry.
for (const here of document.querySelectorAll(".rooms [aria-current], .tabs [aria-current]")) {
  const strip = here.closest("ul");
  if (here.getBoundingClientRect().right <= strip.getBoundingClientRect().right) continue;
  strip.scrollLeft = here.getBoundingClientRect().left - strip.getBoundingClientRect().left - 16;
}

// Live pages: when an update fails, the page says that it may be out of date, until one succeeds again.
// Only what polls counts: a link that leads nowhere says nothing about the connection.
const offline = document.querySelector("[data-offline]");
const failing = new Set();
const polls = (event) => event.detail.target?.matches("[hx-trigger*='every']");
const showOffline = () => {
  const on = failing.size > 0;
  document.body.dataset.connection = on ? "lost" : "";
  if (offline && offline.firstElementChild) offline.firstElementChild.hidden = !on;
  if (live) showLive();
};
for (const failed of ["htmx:sendError", "htmx:responseError", "htmx:timeout", "htmx:sendAbort"]) {
  document.addEventListener(failed, (event) => { if (polls(event)) { failing.add(event.detail.target.id); showOffline(); } });
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful || !polls(event)) return;
  failing.delete(event.detail.target.id);
  failing.delete("");
  showOffline();
});
window.addEventListener("offline", () => { if (offline) { failing.add(""); showOffline(); } });

// Live pages: who is logged out meanwhile is led to the log-in page, instead of finding it inside this one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, pathInfo } = event.detail;
  if (!polls(event) || !xhr.responseURL || !pathInfo) return;
  const asked = new URL(pathInfo.requestPath, location.href).pathname;
  if (new URL(xhr.responseURL).pathname === asked) return;
  event.detail.shouldSwap = false;
  location.reload();
});

// Live pages: a part says which version it shows, so that the answer may be that nothing changed.
const versions = new Map();
document.addEventListener("htmx:configRequest", (event) => {
  const shown = polls(event) && versions.get(event.detail.target.id);
  if (shown) event.detail.headers["Live-Version"] = shown;
});
document.addEventListener("htmx:afterSwap", (event) => {
  const { target, xhr } = event.detail;
  const version = xhr?.getResponseHeader("Live-Version");
  if (version && target?.id) versions.set(target.id, version);
});

// Live pages: how long ago something was goes on without asking the server.
const AGO = [[60, "second"], [3600, "minute"], [86400, "hour"]];
const agoOf = (seconds) => {
  if (seconds < 1) return "now";
  const at = AGO.findIndex(([most]) => seconds < most);
  const count = Math.floor(seconds / (at ? AGO[at - 1][0] : 1));
  return `${count === 1 ? (AGO[at][1] === "hour" ? "an" : "a") : count}\u00a0${AGO[at][1]}${count === 1 ? "" : "s"} ago`;
};
setInterval(() => {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = Math.floor((Date.now() - new Date(time.dateTime)) / 1000);
    if (seconds < 86400) time.textContent = agoOf(seconds);
  }
}, 1000);

// Live pages: what somebody types in is not replaced under their hands, and a link keeps its focus.
let focused = "";
const selectorOf = (element) => {
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element.matches("a[href]")) return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
  if (element.matches("details[id] > summary")) return `#${CSS.escape(element.parentElement.id)} > summary`;
  const label = element.getAttribute("aria-label");
  return label ? `${element.localName}[aria-label="${CSS.escape(label)}"]` : "";
};
document.addEventListener("htmx:beforeSwap", (event) => {
  const active = document.activeElement;
  focused = "";
  if (!polls(event)) return;
  if (event.target.querySelector("input[form]:checked")) event.detail.shouldSwap = false;
  else if (!event.target.contains(active)) return;
  else if (active.matches("input, select, textarea")) event.detail.shouldSwap = false;
  else if (selectorOf(active)) focused = `#${event.target.id} ${selectorOf(active)}`;
});
document.addEventListener("htmx:afterSwap", () => {
  if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
});

// Live pages: what the reader has unfolded or folded stays so when its part is replaced.
const folds = new Map();
document.addEventListener("htmx:beforeSwap", () => {
  for (const fold of document.querySelectorAll("details[id]")) folds.set(fold.id, fold.open);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const fold of document.querySelectorAll("details[id]")) {
    if (folds.has(fold.id)) fold.open = folds.get(fold.id);
  }
});

// Countdowns: the server writes the time that is left, and this lets it run on between two answers.
setInterval(() => {
  for (const timer of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Math.round((new Date(timer.dataset.until) - Date.now()) / 1000));
    timer.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  }
}, 1000);

// The rooms fold to icons; a cookie says so to the next page, which is drawn folded at once.
for (const fold of document.querySelectorAll("[data-fold]")) {
  delete fold.dataset.reserved;
  fold.addEventListener("click", () => {
    const isFolded = fold.getAttribute("aria-pressed") !== "true";
    fold.setAttribute("aria-pressed", String(isFolded));
    document.cookie = `side=${isFolded ? "folded" : "open"}; path=/; max-age=31536000; samesite=lax`;
  });
}
