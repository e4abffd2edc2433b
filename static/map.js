// Maps: what the server has drawn is replaced by a map that one can move. Without WebGL, or where anything of it cannot
// be loaded, the drawing stays. Only pages with a map load this file, and only this file loads the library.
"use strict";

const SIGNS = { bad: "■", warn: "▲", unknown: "○", busy: "◐", ok: "●" }; // worst first, as on every list
const MERGE_PX = 56;
const MOST_NAMES = 12;
const EVERY_MS = 30 * 1000;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

// The world of Natural Earth comes as TopoJSON: borders are stored once, as arcs that both neighbours name.
const world = async (address) => {
  const topology = await (await fetch(address)).json();
  const { scale, translate } = topology.transform;
  const arcs = topology.arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx, dy]) => [(x += dx) * scale[0] + translate[0], (y += dy) * scale[1] + translate[1]]);
  });
  const ring = (indices) => indices.flatMap((index, n) => {
    const arc = index < 0 ? [...arcs[~index]].reverse() : arcs[index];
    return n ? arc.slice(1) : arc;
  });
  const countries = topology.objects.countries.geometries.filter((country) => country.type).map((country) => {
    const polygons = (country.type === "Polygon" ? [country.arcs] : country.arcs).map((rings) => rings.map(ring));
    return { type: "Feature", properties: country.properties, geometry: { type: "MultiPolygon", coordinates: polygons } };
  });
  const names = countries.map((country) => {
    const [largest] = country.geometry.coordinates.map(([outer]) => middle(outer)).sort((a, b) => b.area - a.area);
    return { type: "Feature", properties: { name: country.properties.name, area: largest.area }, geometry: { type: "Point", coordinates: largest.at } };
  });
  return [countries, names].map((features) => ({ type: "FeatureCollection", features }));
};

// The area and the centre of a ring, by the shoelace formula.
const middle = (ring) => {
  let [sum, x, y] = [0, 0, 0];
  for (let n = 0; n < ring.length - 1; n++) {
    const [[x1, y1], [x2, y2]] = [ring[n], ring[n + 1]];
    const cross = x1 * y2 - x2 * y1;
    [sum, x, y] = [sum + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross];
  }
  return { area: Math.abs(sum / 2), at: sum ? [x / (3 * sum), y / (3 * sum)] : ring[0] };
};

// Colours come from the style sheet, so that a map is dark, or in forced colours, where its page is.
const colours = (frame) => {
  const probe = element("span");
  frame.append(probe);
  const read = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
  const [water, land, border, ink] = ["--map-water", "--map-land", "--map-border", "--map-ink"].map(read);
  probe.remove();
  return { water, land, border, ink };
};

const styleOf = (frame, [countries, names]) => {
  const { water, land, border, ink } = colours(frame);
  const sources = { countries: { type: "geojson", data: countries, tolerance: 0.2 }, names: { type: "geojson", data: names } };
  const layers = [
    { id: "water", type: "background", paint: { "background-color": water } },
    { id: "land", type: "fill", source: "countries", paint: { "fill-color": land, "fill-antialias": false } },
    { id: "borders", type: "line", source: "countries", paint: { "line-color": border, "line-width": ["interpolate", ["linear"], ["zoom"], 1, 0.5, 8, 1.5] } },
  ];
  if (frame.dataset.tiles) {
    sources.tiles = { type: "raster", tiles: [frame.dataset.tiles], tileSize: 256 };
    layers.push({ id: "tiles", type: "raster", source: "tiles", paint: { "raster-fade-duration": 0, "raster-brightness-max": dark.matches ? 0.75 : 1 } });
  } else {
    layers.push({
      id: "names", type: "symbol", source: "names",
      layout: { "text-field": ["get", "name"], "text-font": ["Inter", "sans-serif"], "text-size": ["interpolate", ["linear"], ["zoom"], 2, 11, 7, 15], "text-max-width": 7, "text-padding": 6, "symbol-sort-key": ["-", ["get", "area"]] },
      paint: { "text-color": ink, "text-halo-color": land, "text-halo-width": 1.5 },
    });
  }
  return { version: 8, sources, layers };
};

// Properties that would overlap are shown as one: each joins the first that is near enough, on a grid of cells.
const project = ([longitude, latitude]) => {
  const sine = Math.sin(Math.max(-85, Math.min(85, latitude)) * Math.PI / 180);
  return [longitude / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
};
const groupsAt = (sites, zoom) => {
  const size = 512 * 2 ** zoom;
  const [cells, groups] = [new Map(), []];
  for (const site of sites) {
    const [x, y] = site.projected.map((part) => part * size);
    const [column, row] = [Math.floor(x / MERGE_PX), Math.floor(y / MERGE_PX)];
    let near;
    for (let c = column - 1; c <= column + 1 && !near; c++) {
      for (let r = row - 1; r <= row + 1 && !near; r++) {
        near = (cells.get(`${c}/${r}`) ?? []).find((group) => Math.hypot(group.x - x, group.y - y) < MERGE_PX);
      }
    }
    if (near) { near.sites.push(site); continue; }
    const group = { x, y, sites: [site] };
    groups.push(group);
    const cell = `${column}/${row}`;
    cells.set(cell, [...(cells.get(cell) ?? []), group]);
  }
  return groups;
};

const countsOf = (sites) => {
  const counts = {};
  for (const site of sites) for (const [kind, count] of Object.entries(site.counts)) counts[kind] = (counts[kind] ?? 0) + count;
  return counts;
};
const worstOf = (counts) => Object.keys(SIGNS).find((kind) => counts[kind]);
const totalOf = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

class FleetMap {
  constructor(frame, library, basemap) {
    this.frame = frame;
    this.library = library;
    this.basemap = basemap;
    this.markers = new Map();
    this.titles = Object.fromEntries([...frame.nextElementSibling.querySelectorAll(".map-states li")].map((item) => [item.className.split("state-").pop(), item.textContent]));
    this.small = frame.classList.contains("map-small");
    this.hasStreets = Boolean(frame.dataset.tiles);
    this.ownStyle = frame.dataset.tiles.split("?")[0].endsWith(".json") ? frame.dataset.tiles : "";
  }

  async open() {
    this.sites = await this.load();
    const box = element("div", { class: "map-canvas" });
    this.frame.append(box);
    this.map = new this.library.Map({
      container: box, style: this.style(), bounds: this.bounds(this.sites), fitBoundsOptions: this.fitting(), minZoom: 1, maxZoom: this.hasStreets ? 18 : 8,
      dragRotate: false, pitchWithRotate: false, touchPitch: false, renderWorldCopies: false, fadeDuration: 0,
      cooperativeGestures: this.small || matchMedia("(pointer: coarse)").matches, attributionControl: false,
      locale: { "Map.Title": "Map. Arrow keys move it, plus and minus zoom." },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new this.library.NavigationControl({ showCompass: false }), "top-right");
    const credit = element("span", {}, [this.frame.dataset.attribution, "Natural Earth"].filter(Boolean).join(" · "));
    this.map.addControl(new this.library.AttributionControl({ compact: false, customAttribution: credit.innerHTML }), "bottom-right");
    await new Promise((resolve) => {
      if (this.ownStyle) this.map.once("error", () => this.map.getStyle() || this.useBasemap());
      this.map.once("style.load", resolve);
    });
    this.frame.classList.add("map-live");
    this.frame.nextElementSibling.querySelector("[data-map-drawn]").hidden = true;
    this.map.on("moveend", () => this.draw());
    this.draw();
    for (const query of [dark, matchMedia("(forced-colors: active)")]) query.addEventListener("change", () => this.ownStyle || this.map.setStyle(this.style()));
    setInterval(() => document.hidden || this.refresh(), EVERY_MS);
  }

  style() { return this.ownStyle || styleOf(this.frame, this.basemap); }

  // The operator's own style did not come: countries are better than nothing.
  useBasemap() {
    this.ownStyle = "";
    this.map.setStyle(this.style());
  }

  async load() {
    const answer = await fetch(this.frame.dataset.points, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error(`The map's data: ${answer.status}`);
    const { sites } = await answer.json();
    for (const site of sites) site.projected = project(site.at);
    return sites;
  }

  async refresh() {
    const stale = this.frame.nextElementSibling.querySelector("[data-map-stale]");
    try {
      const sites = await this.load();
      stale.hidden = true;
      if (JSON.stringify(sites) === JSON.stringify(this.sites)) return;
      this.sites = sites;
      this.draw();
    } catch {
      stale.hidden = false;
    }
  }

  bounds(sites) {
    const bounds = new this.library.LngLatBounds();
    for (const site of sites) bounds.extend(site.at);
    return bounds;
  }

  // Room for half a sign with its name at each side, where names are shown.
  fitting() {
    const side = innerWidth > 720 ? 120 : 48;
    return { padding: { top: 48, bottom: 48, left: side, right: side }, maxZoom: this.hasStreets ? 15 : 6, animate: !still.matches, duration: 180 };
  }

  draw() {
    const zoom = Math.round(this.map.getZoom() * 2) / 2;
    const seen = this.map.getBounds();
    const drawn = new Set();
    const groups = groupsAt(this.sites, zoom).filter((group) => seen.contains(group.sites[0].at));
    this.frame.classList.toggle("map-names", groups.length <= MOST_NAMES);
    for (const group of groups) {
      const [{ id }] = group.sites;
      const counts = countsOf(group.sites);
      const key = [id, group.sites.length, JSON.stringify(counts)].join(" ");
      drawn.add(key);
      if (!this.markers.has(key)) this.markers.set(key, this.marker(group.sites, counts));
    }
    for (const [key, marker] of this.markers) if (!drawn.has(key)) { marker.remove(); this.markers.delete(key); }
  }

  marker(sites, counts) {
    const [worst, total] = [worstOf(counts), totalOf(counts)];
    const button = element("button", { type: "button", class: `map-pin map-pin-${worst ?? "none"}${sites.length > 1 ? " map-cluster" : ""}`, "aria-label": this.words(sites, counts) });
    const sign = element("span", { class: "map-sign", "aria-hidden": "true" }, worst ? SIGNS[worst] : "·");
    const rest = worst && counts[worst] < total ? ` of ${total.toLocaleString("en")}` : "";
    if (sites.length === 1) button.append(element("span", { class: "map-name" }, sites[0].name));
    button.append(sign, ...(total > 1 ? [`${counts[worst].toLocaleString("en")}${rest}`] : []));
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      if (sites.length === 1 || !this.zoomTo(sites)) this.popup(sites, button);
    });
    return new this.library.Marker({ element: button }).setLngLat(sites[0].at).addTo(this.map);
  }

  words(sites, counts) {
    const states = Object.keys(SIGNS).filter((kind) => counts[kind]).map((kind) => `${counts[kind].toLocaleString("en")} ${this.titles[kind].toLowerCase()}`);
    const where = sites.length === 1 ? sites[0].name : `${sites.length.toLocaleString("en")} properties`;
    return `${where}: ${states.join(", ") || "no charger yet"}`;
  }

  // False where the properties stand too near to each other to come apart.
  zoomTo(sites) {
    const [before, bounds] = [this.map.getZoom(), this.bounds(sites)];
    const camera = this.map.cameraForBounds(bounds, { ...this.fitting(), maxZoom: this.map.getMaxZoom() });
    if (!camera || groupsAt(sites, Math.round(camera.zoom * 2) / 2).length === 1 || camera.zoom <= before) return false;
    this.map.easeTo({ center: camera.center, zoom: camera.zoom, duration: still.matches ? 0 : 180 });
    return true;
  }

  popup(sites, opener) {
    const list = element("ul", { class: "plain map-list" });
    const one = sites.length === 1 ? sites[0] : null;
    const lines = one ? one.chargers.map(([station, id, kind]) => [this.frame.dataset.charger.replace("ID", encodeURIComponent(id)), station, kind])
      : sites.slice(0, 12).map((site) => [this.propertyPage(site), site.name, worstOf(site.counts)]);
    for (const [href, text, kind] of lines) {
      const state = kind ? element("span", { class: `state state-${kind}` }, this.titles[kind]) : element("span", { class: "muted" }, "No charger yet");
      list.append(element("li", {}, element("a", { href, class: "strong" }, text), state));
    }
    const title = one ? element("a", { href: this.propertyPage(one) }, one.name) : `${sites.length.toLocaleString("en")} properties`;
    const content = element("div", { class: "map-card" }, element("h3", {}, title), list);
    if (one && !lines.length) list.replaceWith(element("p", { class: "muted" }, "No charger yet."));
    const total = one ? totalOf(one.counts) : 0;
    if (one && total > lines.length) content.append(element("p", { class: "small" }, element("a", { href: `${this.frame.dataset.list}?property=${one.id}` }, `All ${total.toLocaleString("en")} in the list`)));
    const popup = new this.library.Popup({ maxWidth: "300px", offset: 24, closeOnMove: false }).setLngLat(sites[0].at).setDOMContent(content).addTo(this.map);
    popup.getElement().addEventListener("keydown", (event) => { if (event.key === "Escape") popup.remove(); });
    popup.on("close", () => opener.isConnected && opener.focus({ preventScroll: true }));
  }

  propertyPage(site) { return this.frame.dataset.property.replace(/id\/$/, `${site.slug}/`); }
}

const start = async (frame) => {
  if (!document.createElement("canvas").getContext("webgl2")) return;
  const sheet = element("link", { rel: "stylesheet", href: frame.dataset.sheet });
  const styled = new Promise((resolve, reject) => { sheet.onload = resolve; sheet.onerror = reject; });
  document.head.prepend(sheet);
  const [library, basemap] = await Promise.all([import(frame.dataset.library), world(frame.dataset.world), styled]);
  library.setWorkerUrl(new URL(frame.dataset.worker, location.href).href);
  const map = new FleetMap(frame, library, basemap);
  try {
    await map.open();
  } catch (error) {
    map.map?.remove();
    frame.querySelector(".map-canvas")?.remove();
    throw error;
  }
};

for (const frame of document.querySelectorAll("[data-map]")) start(frame).catch((error) => console.warn("The drawn map stays:", error.message));
