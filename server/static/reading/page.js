// What a script adds to the pages: suggestions under a search box, buttons that copy. Nothing on a
// page depends on it.

/** The suggestions of a box, as a listbox that arrow keys walk through. */
function suggest(input) {
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = `suggestions-${input.name}-${Math.random().toString(36).slice(2, 7)}`;
  list.setAttribute("role", "listbox");
  list.hidden = true;
  input.closest("form").append(list);
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-autocomplete", "list"], ["aria-controls", list.id]]) {
    input.setAttribute(name, value);
  }
  let chosen = -1;
  let asked = 0;

  function close() {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(number) {
    const rows = [...list.children];
    chosen = (number + rows.length) % rows.length;
    rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", rows[chosen].id);
  }

  /** Shows what was found for some words; the list names them, as answers come one by one. */
  function show(results, words) {
    list.dataset.words = words;
    list.replaceChildren(...results.map((result, at) => {
      const row = document.createElement("li");
      row.id = `${list.id}-${at}`;
      row.setAttribute("role", "option");
      row.dataset.href = result.href;
      row.append(result.label);
      const small = document.createElement("small");
      small.textContent = ` ${result.matched ? result.matched.text : result.kind}`;
      row.append(small);
      row.addEventListener("mousedown", (event) => { event.preventDefault(); location.assign(result.href); });
      return row;
    }));
    chosen = -1;
    list.hidden = !results.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }

  input.addEventListener("input", async () => {
    const words = input.value.trim();
    const own = ++asked;
    if (words.length < 2) { close(); return; }
    const lang = new URLSearchParams(location.search).get("lang");
    const address = `${input.dataset.suggest}?limit=8&q=${encodeURIComponent(words)}`;
    try {
      const answer = await fetch(address, { headers: lang ? { "Accept-Language": lang } : {} });
      if (answer.ok && own === asked) show((await answer.json()).results, words);
    } catch { close(); }
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Escape") {
      close();
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      location.assign(list.children[chosen].dataset.href);
    }
  });
  input.addEventListener("blur", close);
}

for (const input of document.querySelectorAll("input[data-suggest]")) suggest(input);

for (const button of document.querySelectorAll("button[data-copies]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  const text = document.querySelector(`#${button.dataset.copies} [data-copy]`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent);
    button.classList.add("done");
    button.setAttribute("aria-pressed", "true");
  });
}

/** Opens what an address leads into: browsers that do not do so themselves would show it folded. */
function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}
unfold();
addEventListener("hashchange", unfold);
