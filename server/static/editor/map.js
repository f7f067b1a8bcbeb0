/** Rows with coordinates on a quiet map: ?lat and ?long columns, or shapes as well-known text. */

import { group, isNumber, isShape, leadOf, make, nameColumns, nameOf, tellLeftOut } from "./terms.js";
import { inflect, say } from "./words.js";

export const label = say("Map");

const NAMED = 12;
const LABEL_GAP = 8;
const MOST_ZOOM = 7;

const LAT = /^(.*_)?lat(itude)?$/i;
const LONG = /^(.*_)?(long?|lng|longitude)$/i;
const find = (answer, pattern) => answer.variables.find((name) => pattern.test(name) && answer.rows.some((row) => isNumber(row[name])));
const shapes = (answer) => answer.variables.find((name) => answer.rows.some((row) => isShape(row[name])));

let settings = null;

/** Where the library and the base map lie; without a library there is no map. */
export function configure(found) {
  settings = found.leaflet ? found : null;
}

export const canShow = (answer) =>
  Boolean(settings) && answer.form === "rows" && answer.shown && Boolean((find(answer, LAT) && find(answer, LONG)) || shapes(answer));

/** Well-known text as GeoJSON, longitude first; null for what is none. */
export function readShape(text) {
  const found = /^\s*(?:<[^>]*>\s*)?(MULTI)?(POINT|LINESTRING|POLYGON)\s*(?:Z\s*)?(\(.*\))\s*$/is.exec(text);
  if (!found) return null;
  const kind = { POINT: "Point", LINESTRING: "LineString", POLYGON: "Polygon" }[found[2].toUpperCase()];
  const json = found[3]
    .replace(/-?\d+(?:\.\d+)?(?:e-?\d+)?(?:\s+-?\d+(?:\.\d+)?(?:e-?\d+)?)+/gi, (pair) => `[${pair.trim().split(/\s+/).slice(0, 2).join(",")}]`)
    .replaceAll("(", "[")
    .replaceAll(")", "]");
  try {
    const nested = JSON.parse(json);
    const single = kind === "Point" && !found[1];
    const coordinates = single ? nested[0] : kind === "Point" ? nested.map((each) => (Array.isArray(each[0]) ? each[0] : each)) : nested;
    return { type: (found[1] ? "Multi" : "") + kind, coordinates };
  } catch {
    return null;
  }
}

function locate(row, lat, long, shape) {
  if (lat && long && isNumber(row[lat]) && isNumber(row[long])) return { type: "Point", coordinates: [Number(row[long].value), Number(row[lat].value)] };
  return shape && isShape(row[shape]) ? readShape(row[shape].value) : null;
}

let loading = null;

function loadLibrary() {
  loading ??= new Promise((resolve, reject) => {
    document.head.append(make("link", { rel: "stylesheet", href: settings.style }));
    document.head.append(make("script", { src: settings.leaflet, onload: () => resolve(globalThis.L), onerror: () => ((loading = null), reject(new Error("The map's library did not load."))) }));
  });
  return loading;
}

/** Brings all places into sight, and the labels to the right of them. */
function fit(map, drawn) {
  const bounds = drawn.getBounds();
  map.fitBounds(bounds.pad(0.25), { maxZoom: MOST_ZOOM });
  const labels = drawn.getLayers().map((spot) => spot.getTooltip()).filter((label) => label.options.permanent);
  const ends = labels.map((label) => map.latLngToContainerPoint(label.getLatLng()).x + label.getElement().offsetWidth + 2 * LABEL_GAP);
  if (Math.max(0, ...ends) <= map.getSize().x) return;
  const widest = Math.max(...labels.map((label) => label.getElement().offsetWidth));
  map.fitBounds(bounds.pad(0.1), { maxZoom: MOST_ZOOM, paddingBottomRight: [widest, 0], animate: false });
}

export async function show(answer, terms, into) {
  const [lat, long, shape] = [find(answer, LAT), find(answer, LONG), shapes(answer)];
  const spots = new Map();
  let missing = 0;
  for (const row of answer.rows) {
    const geometry = locate(row, lat, long, shape);
    if (!geometry) {
      missing += 1;
      continue;
    }
    const key = JSON.stringify(geometry);
    if (!spots.has(key)) spots.set(key, { geometry, rows: [] });
    spots.get(key).rows.push(row);
  }
  const placed = [...spots.values()];
  const byPlace = nameColumns(answer, terms, [lat, long, shape], placed.map((spot) => spot.rows[0]));
  const byRow = nameColumns(answer, terms, [lat, long, shape]);
  const box = make("div", { class: "leaf", role: "region", "aria-label": say("Map of the rows with coordinates") });
  const list = make("ul", { class: "many" }, ...placed.flatMap((spot) => spot.rows.slice(0, 50).map((row) => make("li", {}, caption(row, byRow)))));
  into.append(box, tellLeftOut(missing, say("no coordinates in them")), make("details", {}, make("summary", {}, say("On the map, as a list (%(n)s)", { n: group(spots.size) })), list));
  const [L, base] = await Promise.all([loadLibrary(), fetch(settings.base).then((found) => (found.ok ? found.json() : null)).catch(() => null)]);
  if (!box.isConnected) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(box, { zoomAnimation: !still, fadeAnimation: !still, attributionControl: true, scrollWheelZoom: false, minZoom: 3, maxZoom: 12 });
  map.attributionControl.setPrefix("");
  map.attributionControl.addAttribution(say("Natural Earth: present-day borders, quiet background only"));
  if (base) L.geoJSON(base, { interactive: false, style: (feature) => ({ className: `ground ${feature.properties.layer}` }) }).addTo(map);
  const drawn = L.featureGroup();
  const beside = spots.size <= NAMED ? { permanent: true, direction: "right", offset: [LABEL_GAP, 0], className: "named" } : {};
  for (const { geometry, rows } of placed) {
    L.geoJSON({ type: "Feature", geometry, properties: {} }, {
      style: { className: "place" },
      pointToLayer: (_, at) => L.circleMarker(at, { radius: Math.min(6 + Math.sqrt(rows.length - 1) * 2, 14), className: "place" }),
    })
      .bindPopup(() => popup(rows))
      .bindTooltip(rows.length > 1 ? say("%(name)s and %(n)s more", { name: title(rows[0], byPlace), n: group(rows.length - 1) }) : title(rows[0], byPlace), beside)
      .addTo(drawn);
  }
  drawn.addTo(map);
  if (drawn.getBounds().isValid()) fit(map, drawn);
  else map.setView([55.3, 24], 6);
  map.on("focus", () => map.scrollWheelZoom.enable()).on("blur", () => map.scrollWheelZoom.disable());
  const watcher = new ResizeObserver(() => (box.isConnected ? map.invalidateSize() : (watcher.disconnect(), map.remove())));
  watcher.observe(box);

  function title(row, columns) {
    return nameOf(row, columns, terms) || inflect("row", 1);
  }

  function caption(row, columns) {
    const href = leadOf(row, answer, terms);
    return href ? make("a", { href }, title(row, columns)) : make("span", {}, title(row, columns));
  }

  function popup(rows) {
    const items = rows.slice(0, 20).map((row) => make("li", {}, caption(row, byPlace), ...answer.variables.filter((name) => row[name] && ![lat, long, shape, ...byPlace].includes(name)).map((name) => make("div", { class: "small" }, `${name}: `, terms.show(row[name])))));
    return make("ul", { class: "popup" }, ...items, rows.length > 20 ? make("li", {}, say("and %(n)s more, in the table", { n: group(rows.length - 20) })) : "");
  }
}
