// Text of clients and targets is shown as it is, never as it wants to look: control, direction-changing, invisible and
// look-alike characters become visible marks. It always goes through text nodes, never through markup.

const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]/u;
// Letters of other alphabets that look like Latin ones: inside an otherwise Latin word they are there to deceive.
const lookAlike = /[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u2100-\u214f\uff01-\uff5e]/u;
const latin = /[A-Za-z]/;

export interface Mark {
  start: number;
  length: number;
  critical: boolean;
}

interface Piece {
  text: string;
  escape: boolean;
  mark: "none" | "high" | "critical";
}

/** One command or other peer text, with the dangerous words marked. Lines break between words only. */
export function Visible({ text, marks = [] }: { text: string; marks?: Mark[] }) {
  return (
    <span dir="ltr" class="visible">
      {tokens(text).map((token) =>
        token.text === "\n" ? (
          <>
            <span class="escape">\n</span>
            <br />
          </>
        ) : (
          <span class={token.space ? "space" : "token"}>
            {pieces(token.text, token.at, marks).map((piece) =>
              piece.escape ? (
                <span class="escape" title="U+…">{piece.text}</span>
              ) : piece.mark === "none" ? (
                piece.text
              ) : (
                <mark class={piece.mark}>{piece.text}</mark>
              ),
            )}
          </span>
        ),
      )}
    </span>
  );
}

function tokens(text: string): { text: string; at: number; space: boolean }[] {
  const found = [...text.matchAll(/\n| +|[^ \n]+/gu)];
  return found.map((match) => ({ text: match[0], at: match.index, space: /^ /.test(match[0]) }));
}

function pieces(text: string, at: number, marks: Mark[]): Piece[] {
  const mixed = latin.test(text) && lookAlike.test(text);
  const result: Piece[] = [];
  let index = at;
  for (const character of text) {
    const escape = hidden.test(character) || (mixed && lookAlike.test(character));
    const shown = escape ? name(character) : character;
    const mark = markAt(index, marks);
    const last = result.at(-1);
    if (last && last.escape === escape && last.mark === mark && !escape) last.text += shown;
    else result.push({ text: shown, escape, mark });
    index += character.length;
  }
  return result;
}

function markAt(index: number, marks: Mark[]): Piece["mark"] {
  let found: Piece["mark"] = "none";
  for (const mark of marks) {
    if (index >= mark.start && index < mark.start + mark.length) {
      if (mark.critical) return "critical";
      found = "high";
    }
  }
  return found;
}

function name(character: string): string {
  switch (character) {
    case "\t":
      return "\\t";
    case "\r":
      return "\\r";
    case "\u001b":
      return "\\e";
  }
  const code = character.codePointAt(0)!.toString(16).padStart(4, "0").toUpperCase();
  return code.startsWith("00") ? `\\x${code.slice(2)}` : `\\u{${code}}`;
}
