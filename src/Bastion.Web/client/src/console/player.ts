import * as AsciinemaPlayer from "asciinema-player";
import "asciinema-player/dist/bundle/asciinema-player.css";

/** Idle stretches longer than this are cut in replay; the recording keeps them. */
const idleSeconds = 3;

/** A command without a terminal ends its lines with a mere line feed, on which a terminal would walk down in stairs. */
function onTerminal(recording: string): string {
  const end = recording.indexOf("\n");
  const header = JSON.parse(recording.slice(0, end)) as { term?: { type?: string } };
  if (header.term?.type) return recording;
  const lines = recording.split("\n").map((line, index) => {
    if (index === 0 || !line.startsWith("[")) return line;
    const event = JSON.parse(line) as [number, string, string];
    return JSON.stringify([event[0], event[1], event[2].replace(/\r?\n/g, "\r\n")]);
  });
  return lines.join("\n");
}

export function create(box: HTMLElement, recording: string, startAt: number) {
  return AsciinemaPlayer.create({ data: onTerminal(recording) }, box, {
    fit: "width",
    idleTimeLimit: idleSeconds,
    startAt,
    preload: true,
    poster: `npt:${Math.max(startAt, 1)}`,
    terminalFontFamily: "ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace",
  });
}
