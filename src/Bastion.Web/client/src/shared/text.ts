// Every word a person reads, in both languages. A key that one language lacks does not compile.
import { en } from "./en";
import { zh } from "./zh";
import type { Localized } from "./api";

export type Language = "en" | "zh";
export type Catalogue = { [Key in keyof typeof en]: (typeof en)[Key] extends string ? string : (typeof en)[Key] };

const stored = "bastion-language";
let language: Language = initial();

function initial(): Language {
  const chosen = localStorage.getItem(stored);
  if (chosen === "en" || chosen === "zh") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function currentLanguage(): Language {
  return language;
}

export function chooseLanguage(next: Language): void {
  language = next;
  localStorage.setItem(stored, next);
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
}

export function words(): Catalogue {
  return language === "zh" ? zh : en;
}

export function say(text: Localized): string {
  return language === "zh" ? text.zh : text.en;
}

/** Date and time as a log has them, in the reader's own zone: no month is taken for a day. */
export function clock(iso: string): string {
  const at = new Date(iso);
  const two = (part: number) => String(part).padStart(2, "0");
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

chooseLanguage(language);
