import { useEffect, useState } from "preact/hooks";
import { gatewayNow } from "../shared/api";
import { words } from "../shared/text";

/** Seconds at which a screen reader is told; every second would drown everything else. */
const announced = [60, 30, 10];

export function Remaining({ until }: { until: string }) {
  const text = words();
  const [now, setNow] = useState(gatewayNow());
  useEffect(() => {
    const timer = setInterval(() => setNow(gatewayNow()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - now) / 1_000));
  const shown = seconds === 0
    ? text.expired
    : text.left(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
  return (
    <span class={seconds < 60 ? "remaining soon" : "remaining"}>
      <span role="timer" aria-live="off">{shown}</span>
      <span class="hidden" aria-live="polite">{announced.includes(seconds) ? shown : ""}</span>
    </span>
  );
}
