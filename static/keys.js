// Keys: "g" and a letter open a room, "j" and "k" go through the rows of a list, "?" says which keys there are.
"use strict";

(() => {
  const dialog = document.getElementById("keys");
  if (!dialog || !dialog.showModal) return;
  const NEXT_KEY_MS = 1500; // a "g" that was followed by nothing is forgotten
  const rooms = new Map([...document.querySelectorAll("[data-go]")].map((link) => [link.dataset.go, link]));
  let leaderAt = 0;

  const list = dialog.querySelector("dl");
  for (const [key, link] of rooms) {
    const term = document.createElement("dt");
    term.innerHTML = "<kbd>g</kbd> <kbd></kbd>";
    term.lastElementChild.textContent = key;
    const detail = document.createElement("dd");
    detail.textContent = link.textContent.trim();
    list.append(term, detail);
  }

  const step = (by) => {
    const rows = [...document.querySelectorAll("main .table tbody a.row-link, main .table tbody td:first-child a")];
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement);
    rows[Math.min(Math.max(at < 0 ? 0 : at + by, 0), rows.length - 1)].focus();
  };

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const room = Date.now() - leaderAt < NEXT_KEY_MS ? rooms.get(event.key) : undefined;
    leaderAt = event.key === "g" ? Date.now() : 0;
    if (room) location.assign(room.href);
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "?") dialog.showModal();
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
})();
