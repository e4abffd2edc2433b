// Guests' pages: sharing a link. Every page works without this file.
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
