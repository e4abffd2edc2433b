// The search of every page: "/" or Ctrl-K opens it. Without this file its link leads to the page Find.
"use strict";

(() => {
  const dialog = document.getElementById("search");
  if (!dialog || !dialog.showModal) return;
  const field = dialog.querySelector("input[name=q]");
  const list = dialog.querySelector("[role=listbox]");
  const count = dialog.querySelector("[data-search-count]");
  let asked = null;
  let waiting = 0;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  const choose = (option) => {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) {
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      field.removeAttribute("aria-activedescendant");
    }
  };

  const show = (html, text) => {
    list.innerHTML = html;
    list.dataset.of = text;
    const found = options();
    field.setAttribute("aria-expanded", String(found.length > 0));
    count.textContent = text && found.length ? `${found.length} ${found.length === 1 ? "result" : "results"}` : "";
    choose(text ? found[0] : null);
  };

  const ask = async () => {
    const text = field.value.trim();
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${dialog.dataset.search}?${new URLSearchParams({ q: text })}`, {
        headers: { "HX-Request": "true" }, signal: asked.signal,
      });
      if (answer.redirected) location.reload();
      else if (answer.ok) show(await answer.text(), text);
      else throw new Error(String(answer.status));
    } catch (error) {
      if (error.name === "AbortError") return;
      show("", text);
      count.textContent = "No connection: press Enter to try again.";
    }
  };

  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    field.select();
    ask();
  };

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    const isSlash = event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey;
    const isK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    if (!isSlash && !isK) return;
    event.preventDefault();
    open();
  });

  for (const link of document.querySelectorAll("[data-search-open]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open();
    });
  }

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });

  field.addEventListener("keydown", (event) => {
    const found = options();
    const at = found.indexOf(chosen());
    if (event.key === "ArrowDown") choose(found[(at + 1) % found.length]);
    else if (event.key === "Escape") dialog.close(); // a search field would only be emptied
    else if (event.key === "ArrowUp") choose(found[(at - 1 + found.length) % found.length] ?? found.at(-1));
    else return;
    event.preventDefault();
  });

  // Enter opens what is chosen, once it belongs to what stands in the field; else the page Find looks for it.
  dialog.querySelector("form").addEventListener("submit", (event) => {
    const option = chosen();
    if (!option || list.dataset.of !== field.value.trim()) return;
    event.preventDefault();
    location.assign(option.href);
  });

  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
})();
