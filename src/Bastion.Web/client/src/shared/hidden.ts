// The same table as every other screen of the product: what shows nothing, looks like a space, or turns direction.
import table from "../../../../Bastion.Text/hidden-characters.txt";

const ranges: readonly (readonly [number, number])[] = table
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [first = "", last = ""] = line.split(" ");
    return [parseInt(first, 16), parseInt(last, 16)] as const;
  });

export function isHidden(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return false;
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle]!;
    if (code < first) high = middle - 1;
    else if (code > last) low = middle + 1;
    else return true;
  }
  return false;
}

/** How a hidden character is written out: as everywhere in the product. */
export function written(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  switch (code) {
    case 0x0a:
      return "\\n";
    case 0x0d:
      return "\\r";
    case 0x09:
      return "\\t";
    case 0x1b:
      return "\\e";
  }
  const digits = code.toString(16);
  return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
}
