// The form of a day in a frozen site: opens the query page with the query for that time.

const form = document.getElementById("day");
const FORM = /^(-?\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/;

/** The first and the last day of a year, month or day; null for anything else. */
function readSpan(text) {
  const found = FORM.exec(text.trim());
  if (!found) return null;
  const [, year, month, day] = found;
  if (day) return [text.trim(), text.trim()];
  if (!month) return [`${year}-01-01`, `${year}-12-31`];
  const last = new Date(Date.UTC(likeYear(Number(year)), Number(month), 0)).getUTCDate();
  return [`${year}-${month}-01`, `${year}-${month}-${last}`];
}

/** A year from 2000 on with as many days in each month. */
function likeYear(year) {
  return 2000 + (((year % 400) + 400) % 400);
}

/** Goes to the query of a day; whether the text was one. */
function lead(text) {
  const span = readSpan(text);
  if (!span) return false;
  const query = form.dataset.query.replace("FIRST-DAY", span[0]).replace("LAST-DAY", span[1]);
  location.assign(`${form.dataset.page}#${new URLSearchParams({ query })}`);
  return true;
}

form.addEventListener("submit", (event) => {
  if (lead(form.elements.date.value)) event.preventDefault();
});
const asked = new URLSearchParams(location.search).get("date");
if (asked) lead(asked);
