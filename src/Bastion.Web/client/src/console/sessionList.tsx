import { useEffect, useState } from "preact/hooks";
import { get } from "../shared/api";
import type { Session } from "../shared/api";
import { clock, words } from "../shared/text";
import { Visible } from "../shared/visible";

export function SessionList() {
  const text = words();
  const [sessions, setSessions] = useState<Session[] | null>(null);
  const [filter, setFilter] = useState("");
  const [problem, setProblem] = useState("");
  const load = () => get<Session[]>("/api/sessions").then(setSessions, (error: Error) => setProblem(error.message));
  useEffect(() => void load(), []);
  if (problem) return <p class="problem" role="alert">{problem}</p>;
  if (sessions === null) return <p class="quiet">{text.loading}</p>;
  const wanted = filter.toLowerCase();
  const shown = sessions.filter((session) =>
    `${session.principal} ${session.account}@${session.target} ${session.clientAddress}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <div class="toolbar">
        <h1>{text.sessions}</h1>
        <input type="search" placeholder={text.filter} aria-label={text.filter} onInput={(e) => setFilter(e.currentTarget.value)} />
        <button class="plain" onClick={load}>{text.reload}</button>
      </div>
      {shown.length === 0 ? <p class="quiet">{text.noSessions}</p> : <Table sessions={shown} />}
    </>
  );
}

function Table({ sessions }: { sessions: Session[] }) {
  const text = words();
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>{text.started}</th>
            <th>{text.person}</th>
            <th>{text.target}</th>
            <th>{text.source}</th>
            <th class="number">{text.commands}</th>
            <th class="number">{text.held}</th>
            <th class="number">{text.coverage}</th>
            <th>{text.ended}</th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <tr>
              <td><a href={`#/sessions/${encodeURIComponent(session.id)}`}>{clock(session.started)}</a></td>
              <td>{session.principal}</td>
              <td><Visible text={`${session.account}@${session.target}`} /></td>
              <td><Visible text={session.clientAddress} /></td>
              <td class="number">{session.commands}</td>
              <td class={session.held > 0 ? "number some" : "number"}>{session.held}</td>
              <td class="number">{session.coverage === null ? "–" : `${Math.round(session.coverage * 100)} %`}</td>
              <td>{session.ended === null ? <b class="running">{text.running}</b> : <Visible text={session.endReason ?? clock(session.ended)} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
