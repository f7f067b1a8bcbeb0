/** Rows with dates on a line of time: a bar from start to end, a mark for each single date. */

import { DRAWN_ROWS, leadOf, make, nameColumns, nameOf, readSpan, tellLeftOut } from "./terms.js";
import { say } from "./words.js";

export const label = say("Timeline");

const START = /(^|_)(earliest|first|from|start|begin|since|not_?before)|From$|FromEarliest$/i;
const END = /(^|_)(latest|last|until|end|to|not_?after)$|Until$|UntilLatest$|^until|^end/i;
const dated = (answer) => answer.variables.filter((name) => answer.rows.some((row) => readSpan(row[name])));

export const canShow = (answer) => answer.form === "rows" && answer.shown && dated(answer).length > 0;

const ROW = 40;
const TOP = 26;

/** Start, end and single dates of a row, in days; null where it has none. */
function place(row, start, end, points) {
  const spans = points.map((name) => ({ name, span: readSpan(row[name]), text: row[name]?.value })).filter(({ span }) => span && Number.isFinite(span.first + span.last));
  const from = start && readSpan(row[start]);
  const until = end && readSpan(row[end]);
  if (!from && !until) return spans.length ? { spans, bar: null } : null;
  const bar = { first: from ? from.first : until.first, last: until ? until.last : from.last };
  if (bar.first === Infinity || bar.last === -Infinity || bar.last < bar.first) return spans.length ? { spans, bar: null } : null;
  return { spans, bar };
}

export function show(answer, terms, into) {
  const columns = dated(answer);
  const start = columns.find((name) => START.test(name)) ?? "";
  const end = columns.find((name) => name !== start && END.test(name)) ?? "";
  const paired = Boolean(start && end);
  const points = columns.filter((name) => !paired || (name !== start && name !== end));
  const named = nameColumns(answer, terms, columns);
  const able = answer.rows.map((row) => ({ row, at: place(row, paired && start, paired && end, points) })).filter(({ at }) => at);
  const order = ({ at }) => at.bar?.first ?? at.spans[0].span.first;
  const rows = able.sort((a, b) => order(a) - order(b)).slice(0, DRAWN_ROWS);
  const days = rows.flatMap(({ at }) => [...at.spans.flatMap(({ span }) => [span.first, span.last]), at.bar?.first, at.bar?.last]).filter(Number.isFinite);
  if (!days.length) return into.append(make("p", {}, say("Every date in these rows is open.")));
  const [least, most] = [Math.min(...days), Math.max(...days)];
  const margin = Math.max((most - least) * 0.04, 2);
  const box = make("div", { class: "scroll timeline", role: "region", tabindex: "0", "aria-label": "Timeline" });
  const legend = [paired ? `bar: ?${start} to ?${end}` : "", ...points.map((name, i) => `${["●", "◆", "■"][i % 3]} ?${name}`)].filter(Boolean).join("   ");
  into.append(make("p", { class: "small soft" }, legend), box);
  into.append(tellLeftOut(answer.rows.length - able.length, say("no date in them")), tellLeftOut(able.length - rows.length, say("a timeline shows %(n)s at most", { n: DRAWN_ROWS })));

  function draw() {
    const width = Math.max(box.clientWidth || 320, 280);
    const x = (moment) => Math.max(0, Math.min(width, ((moment - least + margin) / (most - least + 2 * margin)) * width));
    const height = TOP + rows.length * ROW + 6;
    const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
    for (const { at, text } of ticks(least - margin, most + margin, Math.floor(width / 90))) {
      svg.append(make("line", { class: "tick", x1: x(at), x2: x(at), y1: 18, y2: height }), make("text", { class: "tick", x: Math.min(x(at) + 3, width - 40), y: 13 }, text));
    }
    rows.forEach(({ row, at }, index) => {
      const y = TOP + index * ROW;
      const said = [...at.spans.map(({ name, text }) => `${name} ${text}`), ...(at.bar ? [start, end].filter((name) => row[name]).map((name) => `${name} ${row[name].value}`) : [])].join(", ");
      const name = nameOf(row, named, terms) || `row ${index + 1}`;
      const lead = leadOf(row, answer, terms);
      const left = x(at.bar && Number.isFinite(at.bar.first) ? at.bar.first : at.bar ? -Infinity : at.spans[0].span.first);
      const room = Math.max(Math.floor(width / 7.2), 12);
      const text = name.length > room ? `${name.slice(0, room - 1)}…` : name;
      const fits = left + text.length * 7 < width;
      const caption = make("text", { x: fits ? left : Math.max(width - 4, 0), y: y + 12, "text-anchor": fits ? "start" : "end" }, text);
      const marks = make("g", {}, make("title", {}, `${name}: ${said}`), caption);
      if (at.bar) marks.append(make("rect", { class: "span", x: x(at.bar.first), y: y + 18, width: Math.max(x(at.bar.last) - x(at.bar.first), 3), height: 10, rx: 2 }));
      at.spans.forEach(({ name: column, span }) => marks.append(mark(points.indexOf(column), x(span.first), x(span.last), y + 23)));
      svg.append(lead ? link(lead, marks) : marks);
    });
    box.replaceChildren(svg);
  }
  draw();
  const watcher = new ResizeObserver(() => (box.isConnected ? draw() : watcher.disconnect()));
  watcher.observe(into);
}

function link(href, marks) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", "a");
  node.setAttribute("href", href);
  node.append(marks);
  return node;
}

function mark(index, from, to, y) {
  const wide = to - from > 9;
  const kind = `mark mark-${index % 3}`;
  if (wide) return make("rect", { class: kind, x: from, y: y - 4, width: to - from, height: 8, rx: 4 });
  const middle = (from + to) / 2;
  if (index % 3 === 1) return make("path", { class: kind, d: `M${middle} ${y - 6}l6 6l-6 6l-6 -6z` });
  if (index % 3 === 2) return make("rect", { class: kind, x: middle - 4.5, y: y - 4.5, width: 9, height: 9 });
  return make("circle", { class: kind, cx: middle, cy: y, r: 5 });
}

const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000];

/** A day, month or year as XSD writes it, before year 1 too: -14 ends behind the day, -17 behind the month, -20 behind the year. */
function writeMoment(moment, end) {
  const year = moment.getUTCFullYear();
  const sign = year < 0 ? "-" : "";
  return sign + String(Math.abs(year)).padStart(4, "0") + moment.toISOString().slice(-20, end);
}

/** About `wanted` round dates between two days. */
function* ticks(least, most, wanted) {
  const days = (most - least) / Math.max(wanted, 2);
  const begin = new Date(least * 86400000);
  if (days < 20) {
    const step = [1, 2, 5, 10, 20].find((each) => each >= days) ?? 20;
    for (let at = Math.ceil(least / step) * step; at < most; at += step) yield { at, text: writeMoment(new Date(at * 86400000), -14) };
    return;
  }
  const step = MONTHS.find((each) => each * 30.4 >= days) ?? MONTHS.at(-1);
  let month = Math.ceil((begin.getUTCFullYear() * 12 + begin.getUTCMonth() + 1) / step) * step;
  for (;;) {
    const moment = new Date(Date.UTC(2000, 0, 1));
    moment.setUTCFullYear(Math.floor(month / 12), month % 12, 1);
    const at = moment.getTime() / 86400000;
    if (at >= most) return;
    yield { at, text: writeMoment(moment, step >= 12 ? -20 : -17) };
    month += step;
  }
}
