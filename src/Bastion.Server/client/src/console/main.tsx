import { useEffect, useState } from "preact/hooks";
import type { Me } from "../shared/api";
import { start } from "../shared/frame";
import { SessionList } from "./sessionList";
import { SessionPage } from "./sessionPage";
import "../shared/page.css";
import "./console.css";

function Console(_: { me: Me }) {
  const [place, setPlace] = useState(location.hash);
  useEffect(() => {
    const moved = () => setPlace(location.hash);
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  const session = /^#\/sessions\/([^?]+)/.exec(place)?.[1];
  const at = /[?&]t=([\d.]+)/.exec(place)?.[1];
  return session === undefined ? <SessionList /> : <SessionPage id={decodeURIComponent(session)} startAt={Number(at ?? 0)} />;
}

start(Console);
