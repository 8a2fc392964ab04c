import { isHidden, written } from "./hidden";

// Letters of other alphabets that look like Latin ones: inside an otherwise Latin word they are there to deceive.
const lookAlike = /[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u2100-\u214f\uff01-\uff5e]/u;
const latin = /[A-Za-z]/;

export interface Mark {
  start: number;
  length: number;
  critical: boolean;
}

export interface Piece {
  text: string;
  escape: boolean;
  mark: "none" | "high" | "critical";
}

export interface Token {
  text: string;
  at: number;
  kind: "word" | "space" | "newline";
}

/** Words, runs of spaces and line ends: lines break between them and nowhere else. */
export function tokens(text: string): Token[] {
  return [...text.matchAll(/\n| +|[^ \n]+/gu)].map((match) => ({
    text: match[0],
    at: match.index,
    kind: match[0] === "\n" ? "newline" : match[0].startsWith(" ") ? "space" : "word",
  }));
}

/** One token that begins at UTF-16 unit `at`, cut where its look changes; what is hidden is written out. */
export function pieces(text: string, at: number, marks: readonly Mark[]): Piece[] {
  const mixed = latin.test(text) && lookAlike.test(text);
  const result: Piece[] = [];
  let index = at;
  for (const character of text) {
    const escape = isHidden(character) || (mixed && lookAlike.test(character));
    const shown = escape ? written(character) : character;
    const mark = markAt(index, marks);
    const last = result.at(-1);
    if (last && !escape && !last.escape && last.mark === mark) last.text += shown;
    else result.push({ text: shown, escape, mark });
    index += character.length;
  }
  return result;
}

function markAt(index: number, marks: readonly Mark[]): Piece["mark"] {
  let found: Piece["mark"] = "none";
  for (const mark of marks) {
    if (index >= mark.start && index < mark.start + mark.length) {
      if (mark.critical) return "critical";
      found = "high";
    }
  }
  return found;
}
