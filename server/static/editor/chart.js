/** Rows with a name and a number as bars. */

import { DRAWN_ROWS, isNumber, make, nameColumns, showName, tellLeftOut } from "./terms.js";
import { say } from "./words.js";

export const label = say("Chart");

const numbers = (answer) =>
  answer.variables.filter((name) => {
    const terms = answer.rows.map((row) => row[name]).filter(Boolean);
    return terms.length > 0 && terms.every(isNumber) && !/^(lat|latitude|long?|lng|longitude)$/i.test(name);
  });

export const canShow = (answer) => answer.form === "rows" && answer.shown && answer.rows.length > 1 && numbers(answer).length > 0;

export function show(answer, terms, into) {
  const columns = numbers(answer);
  const named = nameColumns(answer, terms, columns);
  const choice = make("select", { id: "measure", onchange: () => draw(choice.value) }, ...columns.map((name) => make("option", { value: name }, name)));
  if (columns.length > 1) into.append(make("p", {}, make("label", { for: "measure" }, `${say("Length of the bars:")} `), choice));
  const place = make("div", {});
  into.append(place);

  function draw(column) {
    const able = answer.rows.filter((row) => row[column]);
    const rows = able.slice(0, DRAWN_ROWS);
    const values = rows.map((row) => Number(row[column].value));
    const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
    const span = most - least || 1;
    const bars = rows.map((row, index) => {
      const from = ((Math.min(0, values[index]) - least) / span) * 100;
      const long = (Math.abs(values[index]) / span) * 100;
      const bar = make("svg", { class: "bar-line", "aria-hidden": "true", preserveAspectRatio: "none", viewBox: "0 0 100 1" }, make("rect", { x: from, y: 0, width: Math.max(long, 0.3), height: 1 }));
      const lead = showName(row, named, terms);
      return make("tr", {}, make("th", { scope: "row" }, ...(lead.length ? lead : [`row ${index + 1}`])), make("td", { class: "num" }, row[column].value), make("td", { class: "bar-cell" }, bar));
    });
    const head = make("tr", {}, make("th", { scope: "col" }, named.join(" · ") || "row"), make("th", { scope: "col", class: "num" }, column), make("th", { scope: "col" }, make("span", { class: "over" }, "bar")));
    const missing = answer.rows.length - able.length;
    place.replaceChildren(
      make("table", { class: "bars" }, make("thead", {}, head), make("tbody", {}, ...bars)),
      tellLeftOut(missing, say("nothing is bound to %(name)s", { name: `?${column}` })),
      tellLeftOut(able.length - rows.length, say("a chart shows %(n)s at most", { n: DRAWN_ROWS })),
    );
  }
  draw(columns[0]);
}
