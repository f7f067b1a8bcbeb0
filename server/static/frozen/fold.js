/** Words without case, diacritics, punctuation and script, as `names.json` holds them. */
export function fold(text, letters) {
  const plain = text.normalize("NFKC").toLowerCase().replace(/./gu, (letter) => letters[letter] ?? letter);
  return plain.normalize("NFD").replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

/** How well a row of `names.json` fits words: 2 by its names, 1 by what it says, 0 not at all. */
export function rate([, , , called, said], words) {
  const has = (text) => {
    const padded = ` ${text}`;
    return words.every((word) => padded.includes(` ${word}`));
  };
  if (has(called)) return 2;
  return has(`${called} ${said}`) ? 1 : 0;
}
