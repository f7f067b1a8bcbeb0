/** Completion from this collection alone: prefixes, classes, properties, concepts, and things by name. */

import { reach } from "./answer.js";

const NAME = /(?:^|[\s(,;.|/^!*+{[])([A-Za-z][\w-]*:[\w-]*)$/;
const WORD = /(?:^|[\s(,;.|/^!*+{[])([A-Za-z][\w-]*)$/;
const THING = /<([^<>"{}|^`\\\s?=][^<>"{}|^`\\]{0,60})$/;
const PREFIX = /PREFIX\s+([\w-]*)$/i;
const AFTER_A = /(?:^|[\s;])(?:a|rdf:type)\s+[\w:-]*$/;
const MOST = 60;

/** Makes the completer that the editor registers, and the function that Ctrl+Space runs. */
export function makeCompleter(facts, endpointRoot) {
  const scan = (yasqe) => {
    const { line, ch } = yasqe.getDoc().getCursor();
    const before = yasqe.getDoc().getLine(line).slice(0, ch);
    const kind = yasqe.getTokenAt({ line, ch }).type;
    return { line, ch, before, inText: kind === "comment" || kind === "string" };
  };
  const hints = (yasqe, asked) => {
    const at = scan(yasqe);
    return at.inText ? Promise.resolve([]) : Promise.resolve(find(at, asked));
  };

  function find(at, asked) {
    const declared = PREFIX.exec(at.before);
    if (declared) return listPrefixes(declared[1]).map((name) => hint(at, declared[1].length, `${name}: <${facts.prefixes[name]}>`, name, facts.prefixes[name]));
    const thing = THING.exec(at.before);
    if (thing) return listThings(at, thing[1]);
    const name = NAME.exec(at.before);
    if (name) return listWords(at, name[1], AFTER_A.test(at.before));
    const word = asked ? WORD.exec(at.before)?.[1] ?? "" : "";
    return asked ? listWords(at, word, AFTER_A.test(at.before)) : [];
  }

  const listPrefixes = (typed) => Object.keys(facts.prefixes).filter((name) => name.startsWith(typed)).sort();

  function listWords(at, typed, classesOnly) {
    const [prefix, local] = typed.includes(":") ? typed.split(":") : ["", typed];
    const wanted = local.toLowerCase();
    const score = (word) => {
      const [space, own] = word.name.split(":");
      if (prefix && space !== prefix) return -1;
      if (classesOnly && word.role !== "class") return -1;
      if (!prefix && !wanted) return word.role === "concept" ? -1 : 1;
      if (own.toLowerCase().startsWith(wanted)) return 3;
      if (word.label.toLowerCase().startsWith(wanted)) return 2;
      return wanted.length > 1 && `${own} ${word.label}`.toLowerCase().includes(wanted) ? 1 : -1;
    };
    return facts.words
      .map((word) => [score(word), word])
      .filter(([value]) => value > 0)
      .sort((a, b) => b[0] - a[0] || Boolean(b[1].label) - Boolean(a[1].label))
      .slice(0, MOST)
      .map(([, word]) => hint(at, typed.length, word.name, word.name, word.label, word.about));
  }

  async function listThings(at, typed) {
    const words = typed.replace(/^id\/[a-z-]*\/?/, "").replaceAll("-", " ").trim();
    if (words.length < 2) return [];
    const found = await reach(`${endpointRoot}/suggest?limit=50&q=${encodeURIComponent(words)}`).catch(() => null);
    if (!found?.ok) return [];
    const { results } = await found.json();
    const wanted = words.toLowerCase();
    const rank = ({ label, matched }) => {
      const name = label.toLowerCase();
      if (name === wanted) return 0;
      return name.startsWith(wanted) ? 1 : matched?.text.toLowerCase() === wanted ? 1 : 2;
    };
    const best = results.sort((a, b) => rank(a) - rank(b) || (rank(a) < 2 ? a.label.length - b.label.length : 0)).slice(0, 20);
    return best.map(({ id, label, kind, matched }) => {
      const short = id.startsWith(facts.base) ? id.slice(facts.base.length) : id;
      const also = matched && matched.text !== label ? ` (${matched.text})` : "";
      return hint(at, typed.length + 1, `<${short}>`, `${label}${also}`, kind);
    });
  }

  function hint({ line, ch }, typed, text, shown, beside, about) {
    return { text, displayText: shown, from: { line, ch: ch - typed }, to: { line, ch }, render: (node) => draw(node, shown, beside, about) };
  }

  return {
    completer: {
      name: "collection",
      bulk: false,
      autoShow: true,
      isValidCompletionPosition: (yasqe) => {
        const { before, inText } = scan(yasqe);
        return !inText && (NAME.test(before) || THING.test(before) || PREFIX.test(before));
      },
      get: () => [],
      postprocessHints: (yasqe) => hints(yasqe, false),
    },
    ask(yasqe) {
      const { line, ch } = yasqe.getDoc().getCursor();
      const look = async () => ({ list: await hints(yasqe, true), from: { line, ch }, to: { line, ch } });
      yasqe.showHint({ hint: look, completeSingle: false, container: yasqe.rootEl, closeCharacters: /[\s>"]/ });
    },
  };
}

function draw(node, shown, beside, about) {
  const name = document.createElement("b");
  name.textContent = shown;
  node.append(name);
  if (beside) {
    const more = document.createElement("span");
    more.textContent = beside;
    node.append(" ", more);
  }
  if (about) node.title = about;
}

/** Declares prefixes of this collection that a query uses and does not declare. */
export function declarePrefixes(text, prefixes) {
  const bare = text.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|<[^<>\s]*>|#.*$/gm, " ");
  const declared = new Set(Array.from(text.matchAll(/\bPREFIX\s+([\w-]*):/gi), (found) => found[1]));
  const used = new Set(Array.from(bare.matchAll(/(?:^|[^\w?$:-])([A-Za-z][\w-]*):/g), (found) => found[1]));
  return [...used].filter((name) => prefixes[name] && !declared.has(name));
}

/** Where a further `PREFIX` line belongs: after the last of the prologue, below the first comments. */
export function findPrologueEnd(lines) {
  const isNote = (line) => !line.trim() || line.trim().startsWith("#");
  const first = lines.findIndex((line) => !isNote(line));
  if (first < 0) return lines.length;
  let place = first;
  for (let index = first; index < lines.length; index += 1) {
    if (/^\s*(PREFIX|BASE)\b/i.test(lines[index])) place = index + 1;
    else if (!isNote(lines[index])) break;
  }
  return place;
}
