// Guests' pages: sharing a link, the page without a connection. Every page works without this file.
"use strict";

// Share and copy buttons show themselves where the browser can do it; the link stands beside them for all others.
for (const button of document.querySelectorAll("[data-share]")) {
  const link = document.querySelector(button.dataset.share).href;
  button.hidden = !navigator.share;
  button.addEventListener("click", () => {
    navigator.share({ title: button.dataset.shareTitle, url: link }).catch(() => {}); // closed without sharing
  });
}
for (const button of document.querySelectorAll("[data-copy-link]")) {
  const link = document.querySelector(button.dataset.copyLink).href;
  const label = button.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(link);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

// The worker shows a page of its own while there is no connection; it asks nobody for anything.
const worker = document.querySelector("[data-worker]")?.dataset.worker;
if (worker && "serviceWorker" in navigator) navigator.serviceWorker.register(worker).catch(() => {}); // private windows
