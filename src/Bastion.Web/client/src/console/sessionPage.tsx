import { useEffect, useRef, useState } from "preact/hooks";
import { get, getText } from "../shared/api";
import type { SessionDetail, SessionEvent } from "../shared/api";
import { clock, words } from "../shared/text";
import { Visible } from "../shared/visible";

interface Player {
  seek(position: number): Promise<void>;
  play(): Promise<void>;
  dispose(): void;
}

/** A second before the record that a link names, by its number in the journal or its time; null when nothing was filmed then. */
function offsetOf(events: SessionEvent[], from: string): number | null {
  const time = Date.parse(from);
  const named = /^\d+$/.test(from)
    ? events.find((event) => event.sequence >= Number(from))
    : events.find((event) => Date.parse(event.at) >= time);
  return named === undefined || named.offset === null ? null : Math.max(0, named.offset - 1);
}

/** A session's facts and events on one side, its film on the other; an event that was clicked is jumped to. */
export function SessionPage({ id, startAt, from }: { id: string; startAt: number; from: string | null }) {
  const text = words();
  const [session, setSession] = useState<SessionDetail | null>(null);
  const [problem, setProblem] = useState("");
  const player = useRef<Player | null>(null);
  useEffect(() => {
    get<SessionDetail>(`/api/sessions/${encodeURIComponent(id)}`).then(setSession, (error: Error) => setProblem(error.message));
  }, [id]);
  if (problem) return <p class="problem" role="alert">{problem}</p>;
  if (session === null) return <p class="quiet">{text.loading}</p>;
  const jump = (event: SessionEvent) => {
    if (event.offset !== null) player.current?.seek(Math.max(0, event.offset - 1)).then(() => player.current?.play());
  };
  return (
    <>
      <p><a href="#/">← {text.sessions}</a></p>
      <h1 class="session-title">
        {session.principal} → <Visible text={`${session.account}@${session.target}`} />
        <small>{clock(session.started)} · <Visible text={session.clientAddress} /> · {session.ended === null ? text.running : <Visible text={session.endReason ?? ""} />}</small>
      </h1>
      <div class="replay">
        <Films id={id} channels={session.channels} startAt={(from === null ? null : offsetOf(session.events, from)) ?? startAt} player={player} />
        <Events events={session.events} jump={jump} />
      </div>
    </>
  );
}

interface FilmProps {
  id: string;
  startAt: number;
  player: { current: Player | null };
}

/** One film a channel; a connection that was shared, or a shell beside a copy, has several. */
function Films({ channels, ...film }: FilmProps & { channels: number[] }) {
  const text = words();
  const [chosen, choose] = useState(channels[0]);
  return (
    <section class="film" aria-label={text.replay}>
      {channels.length > 1 && (
        <div class="channels" role="group" aria-label={text.channel}>
          {channels.map((channel) => (
            <button class="plain" aria-pressed={channel === chosen} onClick={() => choose(channel)}>{`${text.channel} ${channel}`}</button>
          ))}
        </div>
      )}
      {chosen === undefined ? <p class="quiet">{text.noRecording}</p> : <Film key={chosen} channel={chosen} {...film} />}
    </section>
  );
}

function Film({ id, channel, startAt, player }: FilmProps & { channel: number }) {
  const text = words();
  const box = useRef<HTMLDivElement>(null);
  const [state, setState] = useState("loading");
  useEffect(() => {
    let gone = false;
    const load = async () => {
      const recording = await getText(`/api/sessions/${encodeURIComponent(id)}/recording?channel=${channel}`);
      // Its own chunk: the approver's phone never loads it.
      const { create } = await import("./player");
      if (gone || box.current === null) return;
      player.current = create(box.current, recording, startAt);
      setState("shown");
    };
    load().catch((error) => setState(String(error.message ?? error)));
    return () => {
      gone = true;
      player.current?.dispose();
      player.current = null;
    };
  }, [id, channel]);
  return (
    <>
      {state !== "shown" && <p class="quiet">{state === "loading" ? text.loading : state}</p>}
      <div ref={box} />
      {state === "shown" && <p class="quiet">{text.filmNotMasked}</p>}
    </>
  );
}

function Events({ events, jump }: { events: SessionEvent[]; jump: (event: SessionEvent) => void }) {
  const text = words();
  const [filter, setFilter] = useState("");
  const wanted = filter.toLowerCase();
  const shown = events.filter((event) => `${event.kind} ${event.text} ${event.verdict ?? ""}`.toLowerCase().includes(wanted));
  return (
    <section class="events" aria-label={text.events}>
      <input type="search" placeholder={text.filter} aria-label={text.filter} onInput={(e) => setFilter(e.currentTarget.value)} />
      <ol>
        {shown.map((event) => (
          <li class={event.risk ?? ""}>
            <button onClick={() => jump(event)} disabled={event.offset === null}>
              <time dateTime={event.at}>{clock(event.at)}</time>
              <b>{event.verdict ? (text.verdict[event.verdict] ?? event.verdict) : (text.happened[event.kind] ?? event.kind)}</b>
              <Visible text={event.text} />
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
