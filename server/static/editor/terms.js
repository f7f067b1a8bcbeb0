/** RDF terms as text and as elements; links to this server are paths, so they work on any host. */

import { inflect, say } from "./words.js";

const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMBERS = new Set(["integer", "decimal", "double", "float"].map((name) => XSD + name));
const DATES = new Set(["date", "dateTime", "gYear", "gYearMonth"].map((name) => XSD + name));
const EDTF = "http://id.loc.gov/datatypes/edtf/EDTF";
const WKT = "http://www.opengis.net/ont/geosparql#wktLiteral";
const OURS = "https://w3id.org/pacta/";
const BETWEEN = " · ";

/** An element with attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "rect", "circle", "line", "text", "path", "title"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** How terms are written and where they lead; made from `/editor.json`. `place` says where an address below the base lies. */
export class Terms {
  constructor({ base, root, prefixes, place = (name) => name }) {
    this.base = base;
    this.root = root;
    this.place = place;
    this.names = new Map();
    this.spaces = Object.entries(prefixes).sort((a, b) => b[1].length - a[1].length);
  }

  /** The path on this server of an IRI of the collection or its vocabulary; else the IRI itself where it is http. */
  href(iri) {
    for (const start of [this.base, OURS]) {
      if (iri.startsWith(start)) return `${this.root}/${this.place(iri.slice(start.length))}`;
    }
    return /^https?:\/\//.test(iri) ? iri : "";
  }

  /** An IRI in short: as in a query, without what all share. */
  short(iri) {
    if (iri.startsWith(this.base) && iri.length > this.base.length) return iri.slice(this.base.length).replace(/^id\//, "");
    for (const [prefix, space] of this.spaces) {
      const local = iri.slice(space.length);
      if (iri.startsWith(space) && /^[\w-]+$/.test(local)) return `${prefix}:${local}`;
    }
    return iri;
  }

  /** An IRI by the name of its thing where that was learnt, else in short. */
  call(iri) {
    return this.names.get(iri) ?? this.short(iri);
  }

  text(term) {
    if (!term) return "";
    if (term.type === "uri") return this.call(term.value);
    if (term.type === "bnode") return `_:${term.value}`;
    if (term.type === "triple") {
      const { subject, predicate, object } = term.value;
      return `<<( ${this.text(subject)} ${this.text(predicate)} ${this.text(object)} )>>`;
    }
    return String(term.value);
  }

  /** A term as an element: a link, or text with its language or unusual datatype. */
  show(term) {
    if (!term) return make("span", { class: "unbound", title: "not bound" }, "–");
    if (term.type === "uri") {
      const href = this.href(term.value);
      const text = this.call(term.value);
      if (!href) return make("span", { title: term.value }, text);
      const away = href === term.value;
      return make("a", { href, title: term.value, rel: away ? "external noreferrer" : false }, text);
    }
    if (term.type === "triple") {
      const { subject, predicate, object } = term.value;
      return make("span", {}, "<<( ", this.show(subject), " ", this.show(predicate), " ", this.show(object), " )>>");
    }
    if (term.type !== "literal" && term.type !== "typed-literal") return make("span", {}, this.text(term));
    const language = term["xml:lang"];
    if (language) {
      const direction = term["its:dir"];
      const tag = direction ? `${language}--${direction}` : language;
      return make("span", {}, make("span", { lang: language, dir: direction ?? "auto" }, term.value), " ", make("span", { class: "chip" }, tag));
    }
    const type = term.datatype;
    const said = type && !type.startsWith(XSD) && type !== EDTF ? make("span", { class: "chip" }, this.short(type)) : "";
    return make("span", { title: type ? this.short(type) : false }, term.value, said ? " " : "", said);
  }
}

export const isNumber = (term) => Boolean(term) && NUMBERS.has(term.datatype) && Number.isFinite(Number(term.value));
export const isShape = (term) => Boolean(term) && (term.datatype === WKT || /^\s*(<[^>]*>\s*)?(MULTI)?(POINT|LINESTRING|POLYGON)\s*\(/i.test(term.value)) && term.type !== "uri";

/** Stand for "no start is known"; the second in a collection with days before year 1. */
const OPEN_STARTS = ["0001-01-01", "-9999-01-01"];
const DAY = /^(-?\d{4,})(?:-(\d\d))?(?:-(\d\d))?(?:T.*|Z|[+-]\d\d:\d\d)?$/;

/** The first and last moment (days since 1970) of a date literal, or null; open ends are infinite. */
export function readSpan(term) {
  if (!term || !(DATES.has(term.datatype) || term.datatype === EDTF)) return null;
  const parts = term.value.split("/");
  const ends = [parts[0], parts.at(-1)].map((text) => DAY.exec(text.replace(/[?~%]/g, "")));
  if (!ends[0] || !ends[1] || parts.length > 2) return null;
  const [first, last] = [startOf(ends[0]), endOf(ends[1])];
  if (OPEN_STARTS.includes(parts[0])) return { first: -Infinity, last: -Infinity };
  if (Number(ends[1][1]) >= 9999) return { first: Infinity, last: Infinity };
  return { first, last };
}

function day(year, month, date) {
  const moment = new Date(Date.UTC(2000, 0, 1));
  moment.setUTCFullYear(year, month, date);
  return moment.getTime() / 86400000;
}

const startOf = ([, year, month, date]) => day(Number(year), Number(month || 1) - 1, Number(date || 1));

function endOf([, year, month, date]) {
  if (date) return day(Number(year), Number(month) - 1, Number(date) + 1);
  return month ? day(Number(year), Number(month), 1) : day(Number(year) + 1, 0, 1);
}

const MOST_PARTS = 3;

/**
 * The columns whose values name the rows: names with a language before other text, that before things;
 * of equals the one that every row has, then the one with most values. A further column joins them only
 * where it tells more rows apart.
 */
export function nameColumns(answer, terms, without = [], rows = answer.rows) {
  const rank = (name) => {
    const found = rows.map((row) => row[name]).filter(Boolean);
    if (!found.length || without.includes(name)) return 9;
    if (found.some((term) => term["xml:lang"])) return 0;
    if (found.some((term) => isNumber(term) || readSpan(term) || isShape(term))) return 8;
    return found.every((term) => term.type === "uri") ? 2 : 1;
  };
  const tell = (names) => new Set(rows.map((row) => nameOf(row, names, terms))).size;
  const able = answer.variables
    .map((name) => ({ name, rank: rank(name) }))
    .filter((column) => column.rank < 8)
    .map((column) => ({ ...column, gaps: rows.some((row) => !row[column.name]), values: tell([column.name]) }))
    .sort((a, b) => a.rank - b.rank || a.gaps - b.gaps || b.values - a.values);
  const taken = [];
  let told = 1;
  for (const { name } of able) {
    const more = tell([...taken, name]);
    if (more <= told || taken.length === MOST_PARTS) continue;
    taken.push(name);
    told = more;
  }
  if (!taken.length) return able.slice(0, 1).map(({ name }) => name);
  return answer.variables.filter((name) => taken.includes(name));
}

/** What a row is called in some columns; empty where none of them is bound. */
export const nameOf = (row, columns, terms) => columns.map((name) => terms.text(row[name])).filter(Boolean).join(BETWEEN);

/** The same as elements: things as links, names in their language. */
export function showName(row, columns, terms) {
  const parts = columns.map((name) => row[name]).filter(Boolean);
  return parts.flatMap((term, index) => [index ? BETWEEN : "", term.type === "uri" ? terms.show(term) : make("span", { lang: term["xml:lang"] }, terms.text(term))]);
}

/** The first thing of this server that a row names, as a path. */
export function leadOf(row, answer, terms) {
  for (const name of answer.variables) {
    const href = row[name]?.type === "uri" ? terms.href(row[name].value) : "";
    if (href && href !== row[name].value) return href;
  }
  return "";
}

export const DRAWN_ROWS = 500;

/** A whole number as everywhere on the page: 41,889. */
export const group = (count) => count.toLocaleString("en");

/** So many of something. */
export const plural = (count, one) => `${group(count)} ${inflect(one, count)}`;

/** Says so where a drawing leaves rows out; they are all in the table. */
export function tellLeftOut(left, why) {
  if (!left) return "";
  const said = { what: plural(left, "row"), why };
  return make("p", { class: "small soft" }, left === 1 ? say("%(what)s is not drawn: %(why)s. The table has all.", said) : say("%(what)s are not drawn: %(why)s. The table has all.", said));
}
