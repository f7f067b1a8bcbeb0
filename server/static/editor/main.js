/**
 * The editor at /sparql. The plain form works without it; with it, the text area becomes an editor
 * that completes from this collection, and the answer comes into the page.
 */

import { Problem, ask, connect } from "./answer.js";
import { fillForm, readForm, readFragment, writeFragment } from "./asked.js";
import { declarePrefixes, findPrologueEnd, makeCompleter } from "./complete.js";
import { makeHistory } from "./earlier.js";
import { configure } from "./map.js";
import { learnNames } from "./names.js";
import { showProblem } from "./problem.js";
import { Terms, make } from "./terms.js";
import { showAnswer } from "./views.js";
import { say } from "./words.js";

const form = document.getElementById("ask");
const field = document.getElementById("query");
const place = document.getElementById("answer");
const run = document.getElementById("run");
const { root, sent, leaflet, leafletStyle, engine } = form.dataset;
const limit = Number(form.dataset.limit);
const endpoint = new URL(`${root}/sparql`, location.href).href.split("?")[0];

start().catch((error) => {
  form.classList.remove("live");
  console.error(error);
});

async function start() {
  const Yasqe = globalThis.Yasgui?.default?.Yasqe ?? globalThis.Yasgui?.Yasqe;
  if (!Yasqe) return;
  const facts = await (await fetch(`${root}/editor.json`)).json();
  const examples = facts.examples[document.documentElement.lang] ?? Object.values(facts.examples)[0];
  const own = engine ? await import(new URL(engine, location.href)) : null;
  if (own) connect(own.makeEngine(form.dataset, facts, limit));
  const terms = new Terms({ ...facts, root, place: own?.findFile });
  configure({ leaflet, style: leafletStyle, base: `${root}/static/geo/baltic.geojson` });
  const shared = readFragment();
  const editor = open(Yasqe, facts, shared?.get("query") ?? field.value);
  if (shared) fillForm(form, shared, limit);
  let running = null;
  let marks = [];

  const tools = make("span", { class: "tools" },
    make("button", { type: "button", id: "share" }, say("Copy link")),
    make("button", { type: "button", id: "tidy" }, say("Indent")));
  const told = make("span", { id: "told", class: "small soft", role: "status" });
  run.after(tools);
  form.append(make("p", { class: "small soft keys" }, say("Ctrl+Enter runs · Ctrl+Space completes a word, a prefix, or a name after < · Tab leaves the editor")), told);
  const earlier = makeHistory((text) => editor.setValue(text));
  form.append(earlier.box);
  form.classList.add("live");

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (running) running.abort();
    else execute();
  });
  document.getElementById("share").addEventListener("click", share);
  document.getElementById("tidy").addEventListener("click", () => {
    for (let line = 0; line < editor.getDoc().lineCount(); line += 1) editor.indentLine(line, "smart");
  });
  editor.setOption("extraKeys", {
    ...editor.getOption("extraKeys"),
    "Ctrl-Enter": () => execute(),
    "Cmd-Enter": () => execute(),
    "Ctrl-Space": () => completer(),
    "Ctrl-S": false,
    Tab: false,
    "Shift-Tab": false,
  });
  editor.on("changes", () => {
    unmark();
    declare();
  });
  document.querySelector(".questions")?.addEventListener("click", (event) => {
    const name = event.target.closest("a")?.dataset.example;
    const example = examples.find((each) => each.name === name);
    if (!example || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(name);
    editor.setValue(example.text);
    fillForm(form, new URLSearchParams({ timeout: form.elements.timeout.value }), limit);
    execute();
  });
  addEventListener("hashchange", () => {
    const fields = readFragment();
    if (!fields || writeFragment(fields, limit) === writeFragment(read(), limit)) return;
    running?.abort();
    place.replaceChildren();
    editor.setValue(fields.get("query"));
    fillForm(form, fields, limit);
  });
  const current = document.querySelector(".questions a[aria-current]");
  if (current) current.closest("ul").scrollTop = current.offsetTop - current.closest("ul").offsetTop;
  if (shared) place.replaceChildren();
  else if (sent === "answered") execute();

  function read() {
    return readForm(form, editor.getValue(), limit);
  }

  /** Brings the answer into sight where it lies below the window; the query stays visible above it. */
  function reveal() {
    const { top, height } = place.getBoundingClientRect();
    const hidden = top + Math.min(height, 240) - innerHeight;
    if (hidden > 0) scrollBy({ top: Math.min(hidden, top - 40) });
  }

  function choose(name) {
    for (const link of document.querySelectorAll(".questions a")) {
      if (link.dataset.example === name) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  function completer() {
    makeCompleter(facts, root).ask(editor);
  }

  /** Adds the PREFIX line of a word that was just completed or typed to its end. */
  function declare() {
    const doc = editor.getDoc();
    const cursor = doc.getCursor();
    const before = doc.getLine(cursor.line).slice(0, cursor.ch);
    const kind = editor.getTokenAt(cursor).type;
    const typed = /(?:^|[\s(,;.|/^!*+{[])([A-Za-z][\w-]*):[\w-]*$/.exec(before)?.[1];
    if (!typed || kind === "comment" || kind === "string" || /^\s*(PREFIX|BASE)\b/i.test(before)) return;
    if (!declarePrefixes(doc.getValue(), facts.prefixes).includes(typed)) return;
    const at = findPrologueEnd(doc.getValue().split("\n"));
    doc.replaceRange(`PREFIX ${typed}: <${facts.prefixes[typed]}>\n`, { line: at, ch: 0 });
  }

  async function execute() {
    if (running) return;
    const fields = read();
    const seconds = fields.get("timeout");
    running = new AbortController();
    const began = performance.now();
    const show = () => (told.textContent = say("Running: %(done)s s of at most %(most)s s", { done: ((performance.now() - began) / 1000).toFixed(0), most: seconds }));
    const clock = setInterval(show, 500);
    run.textContent = say("Stop");
    form.setAttribute("aria-busy", "true");
    place.classList.add("stale");
    unmark();
    history.replaceState(null, "", linkTo(fields));
    try {
      const answer = await ask(endpoint, fields, running.signal);
      earlier.add(fields.get("query"));
      if (!own) await learnNames(answer, terms, endpoint);
      told.textContent = "";
      showAnswer(answer, terms, { endpoint, root, limit, jump }, place);
      reveal();
    } catch (error) {
      if (error.name === "AbortError") told.textContent = say("Stopped. There is no answer.");
      else {
        told.textContent = "";
        const members = error instanceof Problem ? error.members : { title: say("The page failed"), detail: String(error.message) };
        showProblem(members, place, { root, limit, jump });
        reveal();
      }
      if (error.name === "AbortError") place.replaceChildren();
    } finally {
      clearInterval(clock);
      running = null;
      run.textContent = say("Run");
      form.removeAttribute("aria-busy");
      place.classList.remove("stale");
    }
  }

  function jump(line, column, asked) {
    const doc = editor.getDoc();
    const at = Math.min(line - 1, doc.lineCount() - 1);
    const units = [...doc.getLine(at)].slice(0, Math.max((column || 1) - 1, 0)).join("").length;
    const token = doc.getLine(at).slice(units).match(/^[\w:?$-]+|^./)?.[0].length ?? 1;
    if (!marks.length) {
      editor.addLineClass(at, "background", "bad-line");
      const bad = units < doc.getLine(at).length ? doc.markText({ line: at, ch: units }, { line: at, ch: units + token }, { className: "bad-place" }) : null;
      marks = [() => editor.removeLineClass(at, "background", "bad-line"), () => bad?.clear()];
    }
    editor.scrollIntoView({ line: at, ch: units }, 60);
    if (!asked) return;
    editor.focus();
    doc.setCursor({ line: at, ch: units });
  }

  function unmark() {
    const done = marks;
    marks = [];
    done.forEach((undo) => undo());
  }

  async function share() {
    const link = new URL(linkTo(read()), location.href).href;
    history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      told.textContent = say("The link is on the clipboard; it opens the editor with this query.");
    } catch {
      told.textContent = say("The address of this page is the link: it opens the editor with this query.");
    }
  }
}

const linkTo = (fields) => `${engine ? location.pathname : `${root}/sparql`}${writeFragment(fields, limit)}`;

/** Puts the editor in the place of the text area, at the same size. */
function open(Yasqe, facts, text) {
  const sheet = document.getElementById("sheet");
  const { completer } = makeCompleter(facts, root);
  Yasqe.registerAutocompleter(completer, false);
  const editor = new Yasqe(sheet, {
    value: "",
    autocompleters: ["variables", completer.name],
    persistenceId: null,
    createShareableLink: null,
    consumeShareLink: null,
    prefixCcApi: null,
    showQueryButton: false,
    resizeable: false,
    editorHeight: null,
    highlightSelectionMatches: false,
    screenReaderLabel: "SPARQL query",
    viewportMargin: 200,
    requestConfig: { endpoint },
  });
  teachDirections(editor);
  editor.setValue(text);
  editor.clearHistory();
  field.hidden = true;
  field.disabled = true;
  editor.getInputField().setAttribute("aria-label", "SPARQL query");
  new ResizeObserver(() => editor.refresh()).observe(sheet);
  return editor;
}

/** A base direction (`"x"@ar--rtl`, SPARQL 1.2) belongs to the language tag; the grammar is of 1.1. */
function teachDirections(editor) {
  const mode = editor.getMode();
  const readToken = mode.token;
  mode.token = (stream, state) => {
    const style = readToken(stream, state);
    if (/^@[A-Za-z]/.test(stream.current())) stream.match(/^--(?:ltr|rtl)/);
    return style;
  };
}
