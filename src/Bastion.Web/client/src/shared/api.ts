// The gateway's HTTP API as this client uses it. The access token lives in memory only; the refresh cookie, which no
// script can read, brings a new one after a reload.

export interface Localized {
  en: string;
  zh: string;
}

export type RequestState = "pending" | "approved" | "consumed" | "denied" | "expired" | "withdrawn" | "superseded";
export type Risk = "low" | "medium" | "high" | "critical";

export interface Effect {
  kind: string;
  level: Risk;
  objects: { kind: string; text: string; known: boolean }[];
  reason: Localized;
  /** Characters of the command; length 0 when the effect has no place in it. */
  span: { start: number; length: number };
}

export interface Vote {
  approver: string;
  approved: boolean;
  at: string;
  reason: string | null;
}

export interface ApprovalRequest {
  id: string;
  state: RequestState;
  tier: "low" | "medium" | "high" | "critical";
  sessionId: string;
  requester: string;
  clientAddress: string;
  target: string;
  targetLabels: Record<string, string>;
  account: string;
  origin: string;
  certainty: "exact" | "observed";
  command: string;
  workingDirectory: string | null;
  risk: Risk;
  opaque: boolean;
  effects: Effect[];
  rules: string[];
  policyVersion: string;
  explanation: Localized;
  quorum: number;
  candidates: string[];
  reason: string | null;
  created: string;
  expires: string;
  closed: string | null;
  outcome: string | null;
  statementSha256: string;
  votes: Vote[];
  /** May the person who asks decide this one? */
  mayDecide: boolean;
}

export interface Session {
  id: string;
  principal: string;
  target: string;
  account: string;
  clientAddress: string;
  started: string;
  ended: string | null;
  endReason: string | null;
  coverage: number | null;
  commands: number;
  held: number;
  recordings: number;
}

export interface SessionEvent {
  sequence: number;
  at: string;
  /** Seconds from the start of the recording, when there is one to jump to. */
  offset: number | null;
  kind: string;
  text: string;
  risk: Risk | null;
  verdict: string | null;
}

export interface SessionDetail extends Session {
  events: SessionEvent[];
  channels: number[];
}

export interface Me {
  name: string;
  displayName: string;
  language: "en" | "zh" | null;
  mayAudit: boolean;
  mayReadReports: boolean;
}

/** A flag of the gateway about its own journal, with the records it rests on. */
export interface Anomaly {
  record: number;
  at: string;
  rule: string;
  subject: string;
  object: string | null;
  reason: string;
  evidence: number[];
}

export interface Report {
  id: string;
  files: string[];
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

let accessToken: string | null = null;
let clockOffset = 0;

/** The gateway's time, in milliseconds: a phone's own clock may be minutes off. */
export function gatewayNow(): number {
  return Date.now() + clockOffset;
}

let renewal: Promise<boolean> | null = null;

export async function signIn(user: string, password: string, totp: string): Promise<void> {
  const answer = await send("POST", "/api/auth/login", { user, password, totp });
  accessToken = ((await answer.json()) as { accessToken: string }).accessToken;
}

export async function signOut(): Promise<void> {
  accessToken = null;
  await fetch("/api/auth/logout", { method: "POST" });
}

/** Tries the refresh cookie; false means: ask for the password. Concurrent callers share one attempt, because a
 * rotated cookie used twice ends every session of its family. */
export function renew(): Promise<boolean> {
  renewal ??= (async () => {
    try {
      const answer = await fetch("/api/auth/refresh", { method: "POST" });
      if (answer.status !== 200) return false;
      accessToken = ((await answer.json()) as { accessToken: string }).accessToken;
      return true;
    } catch {
      return false;
    } finally {
      renewal = null;
    }
  })();
  return renewal;
}

export async function get<T>(path: string): Promise<T> {
  return (await (await authorized("GET", path)).json()) as T;
}

export async function getText(path: string): Promise<string> {
  return (await authorized("GET", path)).text();
}

/** A file that only bearers of a token get: fetched, then handed to the browser as its own download. */
export async function download(path: string, name: string): Promise<void> {
  const address = URL.createObjectURL(await (await authorized("GET", path)).blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

export async function post(path: string, body: unknown): Promise<void> {
  await authorized("POST", path, body);
}

/** Server-sent events with the bearer token, which EventSource cannot send. Calls `changed` for every event and ends
 * when aborted or when the stream breaks. */
export async function listen(path: string, changed: () => void, stop: AbortSignal): Promise<void> {
  const answer = await authorized("GET", path, undefined, stop);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    pending += value;
    let end: number;
    while ((end = pending.indexOf("\n\n")) >= 0) {
      const event = pending.slice(0, end);
      pending = pending.slice(end + 2);
      if (/^data:/m.test(event) && !/^event: ?heartbeat/m.test(event)) changed();
    }
  }
}

async function authorized(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  try {
    return await send(method, path, body, signal);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401 || !(await renew())) throw error;
    return send(method, path, body, signal);
  }
}

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = {};
  if (accessToken !== null) headers["Authorization"] = `Bearer ${accessToken}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const date = answer.headers.get("Date");
  if (date !== null) clockOffset = Date.parse(date) - Date.now();
  if (!answer.ok) throw new ApiError(answer.status, await problem(answer));
  return answer;
}

async function problem(answer: Response): Promise<string> {
  try {
    const details = (await answer.json()) as { detail?: string; title?: string };
    return details.detail ?? details.title ?? answer.statusText;
  } catch {
    return answer.statusText;
  }
}
