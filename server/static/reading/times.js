// The map of the collection with a slider over time. Without it the drawn map below says the same
// of the last holders, and `/as-of` of every day.

const section = document.getElementById("times");
const { library, style, ground, territories, places, bases } = section.dataset;
const { areas, spots, moments } = JSON.parse(section.querySelector("script").textContent);
const vendor = new URL("../vendor/", import.meta.url);

/** Brings the library of maps into the page. */
function load() {
  return new Promise((resolve, reject) => {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL(style, vendor) });
    const script = Object.assign(document.createElement("script"), { src: new URL(library, vendor), onload: () => resolve(globalThis.L), onerror: reject });
    document.head.append(sheet, script);
  });
}

/** Latitude first, as the library has it; the data has longitude first. */
const turn = (rings) => rings.map((ring) => ring.map(([longitude, latitude]) => [latitude, longitude]));

/** The map with three layers, and a function that shows a moment on it. */
function draw(L, base) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(section.querySelector(".leaf"), { zoomAnimation: !still, fadeAnimation: !still, scrollWheelZoom: false, minZoom: 3, maxZoom: 11 });
  map.attributionControl.setPrefix("").addAttribution(ground);
  if (base) L.geoJSON(base, { interactive: false, style: (feature) => ({ className: `ground ${feature.properties.layer}` }) }).addTo(map);
  const layers = { [territories]: L.layerGroup().addTo(map), [places]: L.layerGroup().addTo(map), [bases]: L.layerGroup().addTo(map) };
  L.control.layers(null, layers, { collapsed: false }).addTo(map);
  map.fitBounds(L.latLngBounds(areas.flatMap((area) => turn(area.rings).flat())).pad(0.05));
  return (number) => {
    for (const layer of Object.values(layers)) layer.clearLayers();
    const { held } = moments[number];
    const below = held.filter(({ mark }) => mark === "last");
    for (const { area, letter, mark, words } of [...below, ...held.filter((each) => !below.includes(each))]) {
      L.polygon(turn(areas[area].rings), { className: `f f${letter} ${mark}`.trim() }).bindTooltip(words, { sticky: true }).addTo(layers[territories]);
    }
    for (const spot of spots.filter((each) => each.first <= number)) {
      L.circleMarker([spot.latitude, spot.longitude], { radius: spot.base ? 6 : 4, className: spot.base ? "base" : "dot" })
        .bindTooltip(spot.name)
        .addTo(layers[spot.base ? bases : places]);
    }
  };
}

async function start() {
  const L = await load();
  const found = await fetch(new URL("../geo/baltic.geojson", import.meta.url)).catch(() => null);
  section.hidden = false;
  const show = draw(L, found?.ok ? await found.json() : null);
  const slider = section.querySelector("input");
  const day = section.querySelector(".told b");
  const list = section.querySelector("ul.many");
  const link = section.querySelector("p > a");
  link.hidden = !link.search.includes("date=");

  function move() {
    const moment = moments[Number(slider.value)];
    slider.setAttribute("aria-valuetext", moment.said);
    day.textContent = moment.said;
    list.replaceChildren(...moment.held.map(({ mark, words }) => Object.assign(document.createElement("li"), { textContent: words, className: mark === "last" ? "soft" : "" })));
    const search = new URLSearchParams(link.search);
    search.set("date", moment.day);
    if (!link.hidden) link.search = search;
    show(Number(slider.value));
  }

  slider.addEventListener("input", move);
  move();
}

if (areas.length) start().catch((error) => console.error(error));
