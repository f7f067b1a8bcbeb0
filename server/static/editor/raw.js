/** The answer as the server sent it. */

import { group, make } from "./terms.js";
import { say } from "./words.js";

const SHOWN = 1_000_000;

export const label = say("Raw");
export const canShow = (answer) => answer.shown;

export function show(answer, terms, into) {
  const whole = answer.text.length <= SHOWN;
  if (!whole) into.append(make("p", { class: "small" }, say("The first %(n)s of %(all)s characters. The downloads hold all.", { n: group(SHOWN), all: group(answer.text.length) })));
  into.append(make("pre", { class: "raw", tabindex: "0", "aria-label": say("Answer as sent") }, whole ? answer.text : answer.text.slice(0, SHOWN)));
}
