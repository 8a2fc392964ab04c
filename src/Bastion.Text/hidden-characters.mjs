// Makes hidden-characters.txt from the Unicode data of the Node that runs it: node hidden-characters.mjs > hidden-characters.txt
// The first kind that fits a character is its kind.

const kinds = [
  ["bidi", /[\p{Bidi_Control}]/u],
  ["joiner", /[\u200c\u200d]/u], // Persian, Indic scripts and emoji need them
  ["soft", /[\u00ad\ufeff]/u], // hyphens and byte order marks that programs leave behind
  ["variation", /[\p{Variation_Selector}]/u],
  ["control", /\p{Cc}/u],
  ["separator", /[\p{Zl}\p{Zp}]/u],
  ["space", /[^\S ]|\p{Zs}|\u2800/u],
  ["tag", /[\u{e0000}-\u{e007f}]/u],
  ["sign", /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u], // drawn, below the digits that follow
  ["format", /\p{Cf}/u],
  ["ignorable", /\p{Default_Ignorable_Code_Point}/u],
  ["private", /\p{Co}/u],
  ["nothing", /\p{Noncharacter_Code_Point}/u],
];

const kindOf = (code) => {
  if (code >= 0xd800 && code <= 0xdfff) return "surrogate";
  if (code === 0x20) return undefined;
  const character = String.fromCodePoint(code);
  return kinds.find(([, pattern]) => pattern.test(character))?.[0];
};

const lines = [];
let first = 0;
let kind;
for (let code = 0; code <= 0x110000; code++) {
  const next = code === 0x110000 ? undefined : kindOf(code);
  if (next !== kind) {
    if (kind) lines.push(`${hex(first)} ${hex(code - 1)} ${kind}`);
    first = code;
    kind = next;
  }
}

function hex(code) {
  return code.toString(16).toUpperCase().padStart(4, "0");
}

console.log(`# Characters that show nothing, look like a space, or change the order or the look of what stands beside them:
# first and last of each range, and what kind they are. Unicode ${process.versions.unicode}; made by hidden-characters.mjs,
# read by HiddenCharacters.cs and by the pages (src/Bastion.Web/client).
${lines.join("\n")}`);
