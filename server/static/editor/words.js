/** The words of the editor in the language of the page: the element `words` has them, English has none. */

const words = JSON.parse(document.getElementById("words")?.textContent || "{}");
const rules = new Intl.PluralRules(document.documentElement.lang || "en");

/**
 * A message in the language of the page.
 * @param {string} message In English, as the catalogues have it.
 * @param {object} values For each `%(name)s` in it.
 */
export function say(message, values = {}) {
  return (words[message] ?? message).replace(/%\((\w+)\)s/g, (all, name) => values[name] ?? all);
}

/** The noun that stands with a number: `row`, `rows`. */
export function inflect(one, count) {
  const forms = words[one];
  return forms ? (forms[rules.select(count)] ?? forms.other) : `${one}${count === 1 ? "" : "s"}`;
}
