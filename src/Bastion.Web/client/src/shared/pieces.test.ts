import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { isHidden, written } from "./hidden";
import { pieces, tokens } from "./pieces";

const shown = (text: string) => tokens(text).flatMap((token) => pieces(token.text, token.at, [])).map((piece) => piece.text).join("");

test("what would turn the direction, hide or look like a space is written out", () => {
  equal(shown("a\u202ecod.2019"), "a\\u{202e}cod.2019");
  equal(shown("x\u{e0041}\u{3164}\u00a0y"), "x\\u{e0041}\\u{3164}\\xa0y");
  equal(shown("\u001b[2J\r\t"), "\\e[2J\\r\\t");
});

test("every format character of Unicode is hidden", () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const character = String.fromCodePoint(code);
    if (/[\p{Cf}\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u.test(character)) {
      equal(isHidden(character), true, `U+${code.toString(16)}`);
    }
  }
});

test("letters, digits and Chinese are not", () => {
  for (const character of "az09~ é删除数据库—…") equal(isHidden(character), false, character);
});

test("a letter of another alphabet inside a Latin word is written out, a word of that alphabet is not", () => {
  equal(shown("p\u0430ypal"), "p\\u{430}ypal");
  equal(shown("привет"), "привет");
});

test("marks cover exactly their units, also behind a pair", () => {
  deepEqual(pieces("\u{1f600}rm", 0, [{ start: 2, length: 2, critical: true }]), [
    { text: "\u{1f600}", escape: false, mark: "none" },
    { text: "rm", escape: false, mark: "critical" },
  ]);
});

test("the gravest of two marks shows", () => {
  const marks = [{ start: 0, length: 2, critical: false }, { start: 1, length: 1, critical: true }];
  deepEqual(pieces("rm", 0, marks).map((piece) => piece.mark), ["high", "critical"]);
});

test("lines end where the text has an end, and nowhere in a word", () => {
  deepEqual(tokens("rm  -rf\nx").map((token) => token.kind), ["word", "space", "word", "newline", "word"]);
});

test("written out as the terminal writes it", () => {
  deepEqual(["\n", "\u0007", "\u009b", "\u2028"].map(written), ["\\n", "\\x07", "\\x9b", "\\u{2028}"]);
});
