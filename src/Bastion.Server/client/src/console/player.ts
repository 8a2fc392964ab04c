import * as AsciinemaPlayer from "asciinema-player";
import "asciinema-player/dist/bundle/asciinema-player.css";

/** Idle stretches longer than this are cut in replay; the recording keeps them. */
const idleSeconds = 3;

export function create(box: HTMLElement, recording: string, startAt: number) {
  return AsciinemaPlayer.create({ data: recording }, box, {
    fit: "width",
    idleTimeLimit: idleSeconds,
    startAt,
    preload: true,
    poster: `npt:${Math.max(startAt, 1)}`,
    terminalFontFamily: "ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace",
  });
}
