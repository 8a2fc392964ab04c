import { useEffect, useState } from "preact/hooks";
import type { Me } from "../shared/api";
import { start } from "../shared/frame";
import { SessionList } from "./sessionList";
import { SessionPage } from "./sessionPage";
import { WatchPage } from "./watch";
import { words } from "../shared/text";
import "../shared/page.css";
import "./console.css";

function Console({ me }: { me: Me }) {
  const [place, setPlace] = useState(location.hash);
  useEffect(() => {
    const moved = () => setPlace(location.hash);
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  const session = /^#\/sessions\/([^?]+)/.exec(place)?.[1];
  const at = /[?&]t=([\d.]+)/.exec(place)?.[1];
  const from = /[?&]from=([^&]+)/.exec(place)?.[1];
  if (session !== undefined) {
    return <SessionPage id={decodeURIComponent(session)} startAt={Number(at ?? 0)} from={from === undefined ? null : decodeURIComponent(from)} />;
  }
  const watching = place === "#/watch";
  return (
    <>
      {me.mayReadReports && <Tabs watching={watching} />}
      {watching ? <WatchPage /> : <SessionList />}
    </>
  );
}

function Tabs({ watching }: { watching: boolean }) {
  const text = words();
  return (
    <nav class="tabs" aria-label={text.sessions}>
      <a href="#/" aria-current={watching ? undefined : "page"}>{text.sessions}</a>
      <a href="#/watch" aria-current={watching ? "page" : undefined}>{text.anomaliesAndReports}</a>
    </nav>
  );
}

start(Console);
