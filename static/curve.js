// The power of a session: the pointer and the arrow keys read each value of the curve. The table below it has the same.
"use strict";
(() => {
  const plotsOf = (root) => root.querySelectorAll("[data-power-plot]");
  const rowsOf = (plot) => [...plot.closest("[data-power-curve]").querySelectorAll("[data-x]")];
  let reading = null;

  const show = (plot, index) => {
    const rows = rowsOf(plot);
    const at = Math.min(Math.max(index, 0), rows.length - 1);
    const { x, y } = rows[at].dataset;
    const [time, power, price] = [...rows[at].cells].map((cell) => cell.textContent);
    const [cursor, dot, text] = plot.querySelectorAll("[data-cursor], [data-dot], [data-reading]");
    cursor.style.left = dot.style.left = `${x}%`;
    dot.style.top = `${10 + Number(y)}px`;
    text.textContent = "";
    const strong = document.createElement("strong");
    strong.textContent = power;
    text.append(strong, price && price !== "–" ? ` at ${price} per kWh` : "", document.createElement("br"), time);
    const width = plot.clientWidth;
    const left = (Number(x) / 100) * width - text.offsetWidth / 2;
    text.style.left = `${Math.min(Math.max(left, 0), width - text.offsetWidth)}px`;
    plot.dataset.reads = "";
    plot.setAttribute("aria-valuenow", String(at));
    plot.setAttribute("aria-valuetext", `${time}: ${power}${price && price !== "–" ? `, ${price} per kWh` : ""}`);
    reading = at;
  };
  const hide = (plot) => { delete plot.dataset.reads; };

  const prepare = (plot) => {
    const rows = rowsOf(plot);
    const drawing = plot.querySelector("[role=img]");
    plot.setAttribute("aria-label", `Power over time, arrow keys read each value. ${drawing.getAttribute("aria-label")}`);
    drawing.setAttribute("aria-hidden", "true");
    for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": rows.length - 1, "aria-valuenow": 0, "aria-valuetext": "No value chosen" })) {
      plot.setAttribute(name, String(value));
    }
    for (const part of ["cursor", "dot", "reading"]) {
      const element = document.createElement("span");
      element.className = `power-${part}`;
      element.dataset[part] = "";
      plot.append(element);
    }
  };
  const nearest = (plot, clientX) => {
    const box = plot.getBoundingClientRect();
    const x = ((clientX - box.left) / box.width) * 100;
    const distances = rowsOf(plot).map((row) => Math.abs(Number(row.dataset.x) - x));
    return distances.indexOf(Math.min(...distances));
  };
  const plotAt = (event) => event.target.closest?.("[data-power-plot]");

  document.addEventListener("pointermove", (event) => {
    const plot = plotAt(event);
    if (plot) show(plot, nearest(plot, event.clientX));
  });
  document.addEventListener("pointerdown", (event) => {
    const plot = plotAt(event);
    if (plot) show(plot, nearest(plot, event.clientX));
  });
  document.addEventListener("pointerout", (event) => {
    const plot = plotAt(event);
    if (plot && !plot.contains(event.relatedTarget) && document.activeElement !== plot) hide(plot);
  });
  document.addEventListener("focusin", (event) => {
    const plot = plotAt(event);
    if (plot) show(plot, reading ?? 0);
  });
  document.addEventListener("focusout", (event) => {
    const plot = plotAt(event);
    if (plot) hide(plot);
  });
  document.addEventListener("keydown", (event) => {
    const plot = plotAt(event);
    if (!plot) return;
    const at = reading ?? 0;
    const last = rowsOf(plot).length - 1;
    const next = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, PageUp: at + 10, PageDown: at - 10, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    show(plot, next);
  });

  // A live page replaces the curve: the reading that was chosen by the keyboard stays.
  let hadFocus = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    hadFocus = Boolean(event.target.contains(document.activeElement) && document.activeElement.matches("[data-power-plot]"));
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const plot of plotsOf(document)) {
      if (!plot.hasAttribute("role")) prepare(plot);
      if (hadFocus) plot.focus({ preventScroll: true });
    }
    hadFocus = false;
  });
  plotsOf(document).forEach(prepare);
})();
