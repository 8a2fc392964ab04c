import { useEffect, useState } from "preact/hooks";
import { download, get, post } from "../shared/api";
import type { Anomaly, Report } from "../shared/api";
import { clock, words } from "../shared/text";
import { Visible } from "../shared/visible";

/** What the gateway found unusual in its own journal, and the reports it made: the auditor's second page. */
export function WatchPage() {
  return (
    <>
      <Anomalies />
      <Reports />
    </>
  );
}

function Anomalies() {
  const text = words();
  const [anomalies, setAnomalies] = useState<Anomaly[] | null>(null);
  const [filter, setFilter] = useState("");
  const [problem, setProblem] = useState("");
  const load = () => get<Anomaly[]>("/api/anomalies").then(setAnomalies, (error: Error) => setProblem(error.message));
  useEffect(() => void load(), []);
  if (problem) return <p class="problem" role="alert">{problem}</p>;
  if (anomalies === null) return <p class="quiet">{text.loading}</p>;
  const wanted = filter.toLowerCase();
  const shown = anomalies.filter((each) =>
    `${text.anomaly[each.rule] ?? ""} ${each.rule} ${each.subject} ${each.object ?? ""}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <div class="toolbar">
        <h1>{text.anomalies}</h1>
        <input type="search" placeholder={text.filter} aria-label={text.filter} onInput={(e) => setFilter(e.currentTarget.value)} />
        <button class="plain" onClick={load}>{text.reload}</button>
      </div>
      {shown.length === 0 ? (
        <p class="quiet">{text.noAnomalies}</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>{text.flagged}</th>
                <th>{text.rule}</th>
                <th>{text.person}</th>
                <th>{text.where}</th>
                <th class="number">{text.records}</th>
                <th>{text.whyFlagged}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((each) => (
                <tr key={each.record}>
                  <td>{clock(each.at)}</td>
                  <td><span class="flag">{text.anomaly[each.rule] ?? each.rule}</span></td>
                  <td><Visible text={each.subject} /></td>
                  <td><Visible text={each.object ?? "–"} /></td>
                  <td class="number">{each.evidence.slice(0, 3).join(", ")}{each.evidence.length > 3 ? " …" : ""}</td>
                  <td><Visible text={each.reason} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Reports() {
  const text = words();
  const [reports, setReports] = useState<Report[] | null>(null);
  const [problem, setProblem] = useState("");
  const [making, setMaking] = useState(false);
  const load = () => get<Report[]>("/api/reports").then(setReports, (error: Error) => setProblem(error.message));
  useEffect(() => void load(), []);
  const make = async () => {
    setMaking(true);
    setProblem("");
    try {
      await post("/api/reports", { days: 7 });
      await load();
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setMaking(false);
    }
  };
  return (
    <>
      <div class="toolbar">
        <h1>{text.reports}</h1>
        <button onClick={make} disabled={making}>{making ? text.makingReport : text.makeReport}</button>
      </div>
      {problem && <p class="problem" role="alert">{problem}</p>}
      {reports === null ? (
        <p class="quiet">{text.loading}</p>
      ) : reports.length === 0 ? (
        <p class="quiet">{text.noReports}</p>
      ) : (
        <ul class="reports">
          {reports.map((report) => (
            <li key={report.id}>
              <b>{report.id}</b>
              {report.files.map((file) => (
                <button class="plain" onClick={() => download(`/api/reports/${encodeURIComponent(report.id)}/${encodeURIComponent(file)}`, file)}>{file}</button>
              ))}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
