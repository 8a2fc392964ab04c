import { useEffect, useRef, useState } from "preact/hooks";
import { download, get, listen } from "../shared/api";
import type { ApprovalRequest, Me } from "../shared/api";
import { start } from "../shared/frame";
import { clock, words } from "../shared/text";
import { Visible } from "../shared/visible";
import { RequestCard } from "./requestCard";
import "../shared/page.css";
import "./approve.css";

const retryMilliseconds = 2_000;

function Approvals({ me }: { me: Me }) {
  const { requests, connected, refresh } = useRequests();
  const text = words();
  if (requests === null) return <p class="quiet">{text.loading}</p>;
  const waiting = requests.filter((request) => request.state === "pending");
  const decided = requests.filter((request) => request.state !== "pending").slice(0, 5);
  return (
    <>
      {!connected && <p class="problem" role="status">{text.offline}</p>}
      <h1 class="count" aria-live="polite">{waiting.length === 0 ? text.nothingWaits : text.waiting(waiting.length)}</h1>
      {waiting.length === 0 && <p class="quiet">{text.nothingWaitsHint}</p>}
      {waiting.map((request) => <RequestCard key={request.id} request={request} me={me} changed={refresh} />)}
      {decided.length > 0 && <h2>{text.recent}</h2>}
      {decided.map((request) => <Decided key={request.id} request={request} />)}
    </>
  );
}

function Decided({ request }: { request: ApprovalRequest }) {
  const text = words();
  const receipt = () => download(`/api/requests/${encodeURIComponent(request.id)}/receipt`, `${request.id}.tlog-proof`);
  return (
    <article class="card decided">
      <p class="facts-line">
        <b class={`state ${request.state}`}>{text.state[request.state]}</b>
        <span>{request.requester} → <Visible text={`${request.account}@${request.target}`} /></span>
        <time dateTime={request.closed ?? request.created}>{clock(request.closed ?? request.created)}</time>
      </p>
      <p class="command one-line"><Visible text={request.command} /></p>
      {request.outcome && <p class="quiet">{request.outcome}</p>}
      <button class="plain" title={text.receiptHint} onClick={receipt}>{text.receipt}</button>
    </article>
  );
}

/** Requests, kept current by the event stream; fetched anew when the phone wakes up, because it froze the stream. */
function useRequests() {
  const [requests, setRequests] = useState<ApprovalRequest[] | null>(null);
  const [connected, setConnected] = useState(true);
  const refresh = useRef(async () => {
    const [pending, all] = await Promise.all([
      get<ApprovalRequest[]>("/api/requests?state=pending"),
      get<ApprovalRequest[]>("/api/requests?limit=20"),
    ]);
    setRequests([...pending, ...all.filter((request) => request.state !== "pending")]);
    setConnected(true);
  }).current;
  useEffect(() => {
    const stop = new AbortController();
    const quietly = () => refresh().catch(() => setConnected(false));
    const follow = async () => {
      while (!stop.signal.aborted) {
        try {
          await refresh();
          await listen("/api/requests/stream", quietly, stop.signal);
        } catch {
          if (!stop.signal.aborted) setConnected(false);
        }
        await new Promise((resume) => setTimeout(resume, retryMilliseconds));
      }
    };
    const woken = () => document.visibilityState === "visible" && quietly();
    document.addEventListener("visibilitychange", woken);
    follow();
    return () => {
      stop.abort();
      document.removeEventListener("visibilitychange", woken);
    };
  }, []);
  return { requests, connected, refresh };
}

start(Approvals);
