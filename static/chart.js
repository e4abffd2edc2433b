// Charts: the pointer, a finger and the arrow keys read each value; a chart is saved as a picture. Without this file
// each chart has its titles and its table.
"use strict";
(() => {
  const chartOf = (element) => element.closest("[data-chart]");
  const marksOf = (plot) => {
    const hits = plot.querySelectorAll(".hits rect");
    return [...(hits.length ? hits : chartOf(plot).querySelectorAll("[data-x]"))];
  };
  const readings = new WeakMap();

  // The value first, then when it was, then the rest.
  const partsOf = (mark) => {
    if (mark.dataset.x === undefined) {
      const [own, ...rest] = (mark.closest("a") ?? mark).querySelector("title").textContent.split("; ");
      const [when, value] = own.split(/: (.*)/);
      return [value ?? when, value ? when : "", ...rest];
    }
    const heads = mark.closest("table").tHead.rows[0].cells;
    const [when, value, ...rest] = [...mark.cells].map((cell) => cell.textContent);
    return [rest.length > 1 ? `${heads[1].textContent}: ${value}` : value, when, ...rest.flatMap((text, at) => (text === "–" ? [] : [`${heads[at + 2].textContent}: ${text}`]))];
  };
  // Where a mark stands, in pixels from the left of the plot.
  const placeOf = (plot, mark) => {
    const hit = mark.getBoundingClientRect();
    return mark.dataset.x === undefined ? hit.left + hit.width / 2 - plot.getBoundingClientRect().left : (mark.dataset.x / 100) * plot.clientWidth;
  };
  const show = (plot, index) => {
    const marks = marksOf(plot);
    if (!marks.length) return;
    const at = Math.min(Math.max(index, 0), marks.length - 1);
    const [value, when, ...rest] = partsOf(marks[at]);
    const { y } = marks[at].dataset;
    const left = placeOf(plot, marks[at]);
    const reader = plot.querySelector("[data-reader]");
    const [cursor, dot, text] = reader.children;
    cursor.style.left = dot.style.left = `${left}px`;
    dot.hidden = y === undefined;
    dot.style.top = `${y}px`;
    const strong = document.createElement("strong");
    strong.textContent = value;
    text.replaceChildren(strong, ...[when, ...rest].filter(Boolean).map((line) => `\n${line}`));
    text.style.left = `${Math.min(Math.max(left - text.offsetWidth / 2, 0), plot.clientWidth - text.offsetWidth)}px`;
    plot.dataset.reads = "";
    reader.setAttribute("aria-valuenow", at);
    reader.setAttribute("aria-valuetext", [when ? `${when}: ${value}` : value, ...rest].join(", "));
    readings.set(plot, at);
  };
  const hide = (plot) => { delete plot.dataset.reads; };

  const prepare = (plot) => {
    const drawing = plot.querySelector("svg");
    const links = plot.querySelectorAll("a[href]");
    const reader = document.createElement("span");
    const label = `${drawing.getAttribute("aria-label")} Arrow keys read each value.${links.length ? " Enter opens it." : ""}`;
    const attributes = { role: "slider", tabindex: 0, "data-reader": "", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": Math.max(marksOf(plot).length - 1, 0), "aria-valuenow": 0, "aria-valuetext": "No value chosen" };
    for (const name in attributes) reader.setAttribute(name, attributes[name]);
    reader.innerHTML = ["cursor", "dot", "reading"].map((part) => `<span class="chart-${part}"></span>`).join("");
    plot.append(reader);
    drawing.setAttribute("aria-hidden", "true");
    links.forEach((link) => link.setAttribute("tabindex", "-1"));
  };
  const nearest = (plot, clientX) => {
    const x = clientX - plot.getBoundingClientRect().left;
    const distances = marksOf(plot).map((mark) => Math.abs(placeOf(plot, mark) - x));
    return distances.indexOf(Math.min(...distances));
  };
  const isRead = (plot) => plot.contains(document.activeElement);
  const on = (name, act) => document.addEventListener(name, (event) => act(event, event.target.closest?.("[data-plot]")));

  // A finger reads first; only what it has read already it opens.
  let pressed;
  on("pointermove", (event, plot) => plot && show(plot, nearest(plot, event.clientX)));
  on("pointerdown", (event, plot) => {
    if (!plot) return;
    const at = nearest(plot, event.clientX);
    pressed = event.pointerType === "touch" && !("reads" in plot.dataset && readings.get(plot) === at) && plot;
    show(plot, at);
  });
  on("click", (event, plot) => {
    if (plot && pressed === plot) event.preventDefault();
    if (event.target.closest?.("[data-png]")) save(chartOf(event.target));
  });
  on("pointerout", (event, plot) => {
    if (plot && event.pointerType === "mouse" && !plot.contains(event.relatedTarget) && !isRead(plot)) hide(plot);
  });
  on("focusin", (event, plot) => plot && show(plot, readings.get(plot) ?? marksOf(plot).length - 1));
  on("focusout", (event, plot) => plot && hide(plot));
  on("keydown", (event, plot) => {
    if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = readings.get(plot) ?? 0;
    const marks = marksOf(plot);
    const link = event.key === "Enter" && marks[at]?.closest("a[href]");
    if (link) location.assign(link.href.baseVal);
    const next = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, PageUp: at + 7, PageDown: at - 7, Home: 0, End: marks.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    show(plot, next);
  });

  // A picture: a copy of the chart in light colours, painted on a canvas element by element.
  const visible = (colour) => colour && !/^none|^url|, 0\)$/.test(colour);
  const paint = (context, element) => {
    const style = getComputedStyle(element);
    const { left, top, width, height } = element.getBoundingClientRect();
    const fill = element.matches("rect, path, polygon, polyline, text") ? style.fill : element instanceof SVGElement ? style.stroke : style.backgroundColor;
    context.globalAlpha = style.opacity;
    context.fillStyle = fill;
    if (element.matches("path, polyline, polygon")) {
      const path = new Path2D();
      path.addPath(new Path2D(element.getAttribute("d") ?? `M${element.getAttribute("points")}`), element.getScreenCTM());
      if (visible(fill)) context.fill(path);
      context.setLineDash(style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(",").map(parseFloat));
      context.strokeStyle = style.stroke;
      context.lineWidth = parseFloat(style.strokeWidth);
      if (visible(style.stroke)) context.stroke(path);
    } else if (!element.matches("text") && visible(fill)) context.fillRect(left, top, Math.max(width, 1), Math.max(height, 1));
    context.fillStyle = element instanceof SVGElement ? style.fill : style.color;
    context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || element.matches("title")) continue;
      for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const place = range.getBoundingClientRect();
        context.fillText(word, place.left, place.top + place.height / 2);
      }
    }
  };
  const save = (chart) => {
    const copy = chart.cloneNode(true);
    copy.querySelectorAll(".chart-acts, details, [data-reader], .visually-hidden").forEach((part) => part.remove());
    copy.classList.add("chart-picture");
    copy.style.width = `${Math.max(chart.offsetWidth, 720)}px`;
    document.body.append(copy);
    const { left, top, width, height } = copy.getBoundingClientRect();
    const canvas = Object.assign(document.createElement("canvas"), { width: width * 2, height: height * 2 });
    const context = canvas.getContext("2d");
    context.scale(2, 2);
    context.textBaseline = "middle";
    context.translate(-left, -top);
    for (const element of [copy, ...copy.querySelectorAll("*")]) if (!element.closest("defs, .hits")) paint(context, element);
    copy.remove();
    canvas.toBlob((blob) => {
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${chart.dataset.chart}.png` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    });
  };

  // A live page replaces the chart: the reading that was chosen by the keyboard stays.
  let kept;
  const ready = () => {
    document.querySelectorAll("[data-plot]:not(:has([data-reader]))").forEach(prepare);
    document.querySelectorAll("[data-png][data-reserved]").forEach((button) => delete button.dataset.reserved);
  };
  on("htmx:beforeSwap", (event) => {
    const plot = event.target.contains(document.activeElement) && document.activeElement.closest("[data-plot]");
    kept = plot && [chartOf(plot).dataset.chart, readings.get(plot)];
  });
  on("htmx:afterSwap", () => {
    ready();
    const plot = kept && document.querySelector(`[data-chart="${kept[0]}"] [data-plot]`);
    if (plot && !isRead(plot)) {
      readings.set(plot, kept[1]);
      plot.querySelector("[data-reader]").focus({ preventScroll: true });
    }
    kept = null;
  });
  ready();
})();
