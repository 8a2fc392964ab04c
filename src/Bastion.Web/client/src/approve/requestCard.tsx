import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, post } from "../shared/api";
import type { ApprovalRequest, Effect, Me } from "../shared/api";
import { say, words } from "../shared/text";
import { Visible } from "../shared/visible";
import { Remaining } from "./remaining";

/** Nobody decides in less time than it takes to read: the button wakes up after this. */
const reflectMilliseconds = 2_000;

/** One request in reading order: risk and time, who, where, exactly what, what it does, why; then the decision. */
export function RequestCard({ request, me, changed }: { request: ApprovalRequest; me: Me; changed: () => Promise<void> }) {
  const text = words();
  const [readAll, setReadAll] = useState(false);
  return (
    <article class={`card request ${request.risk}`} aria-labelledby={`title-${request.id}`}>
      <div class="band">
        <strong id={`title-${request.id}`}>
          <span aria-hidden="true">{request.risk === "critical" ? "▲▲" : "▲"}</span> {text.risk[request.risk]}
        </strong>
        <code>{request.id}</code>
        <Remaining until={request.expires} />
      </div>
      <p class="who">
        <b><Visible text={request.requester} /></b> {text.wantsTo} <small>{text.from} <Visible text={request.clientAddress} /></small>
      </p>
      <p class="where">
        {text.on} <b><Visible text={request.target} /></b> {text.as} <b><Visible text={request.account} /></b>{" "}
        {Object.entries(request.targetLabels).map(([key, value]) => (
          <span class={`tag ${key === "environment" ? value : ""}`}>{value}</span>
        ))}
      </p>
      <Command request={request} readToEnd={() => setReadAll(true)} />
      <Effects request={request} />
      <dl class="facts">
        <dt>{text.why}</dt>
        <dd>{request.reason ? <Visible text={request.reason} /> : <em>{text.noReason}</em>}</dd>
        {request.workingDirectory && (
          <>
            <dt>{text.directory}</dt>
            <dd><Visible text={request.workingDirectory} /></dd>
          </>
        )}
        <dt>{text.rule}</dt>
        <dd>{request.rules.join(", ")} <small>{request.policyVersion.slice(0, 8)}</small></dd>
      </dl>
      {request.quorum > 1 && (
        <p class="quorum">{text.quorum(request.votes.filter((vote) => vote.approved).length, request.quorum)}</p>
      )}
      <Decision request={request} me={me} readAll={readAll} changed={changed} />
    </article>
  );
}

function Command({ request, readToEnd }: { request: ApprovalRequest; readToEnd: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const check = () => {
    const element = box.current;
    if (element && element.scrollTop + element.clientHeight >= element.scrollHeight - 4) readToEnd();
  };
  useEffect(check, []);
  const marks = request.effects
    .filter((effect) => effect.level !== "low" && effect.span.length > 0)
    .map((effect) => ({ ...effect.span, critical: effect.level === "critical" }));
  return (
    <div class="command" ref={box} onScroll={check} tabIndex={0} role="region" aria-label={words().wantsTo}>
      <Visible text={request.command} marks={marks} />
    </div>
  );
}

function Effects({ request }: { request: ApprovalRequest }) {
  const text = words();
  return (
    <ul class="effects" aria-label={text.effects}>
      {request.effects.map((effect) => (
        <li class={effect.level}>
          <Visible text={say(effect.reason)} /> <Objects effect={effect} />
        </li>
      ))}
      {request.effects.length === 0 && <li>{text.noEffects}</li>}
      {request.opaque && <li class="high">{text.opaque}</li>}
      {request.certainty === "observed" && <li class="note">{text.observed}</li>}
    </ul>
  );
}

/** What the sentence does not name already. */
function Objects({ effect }: { effect: Effect }) {
  const said = say(effect.reason);
  return (
    <>
      {effect.objects.filter((touched) => touched.text === "" || !said.includes(touched.text)).map((touched) => (
        <code class={touched.known ? "object" : "object unknown"}>
          <Visible text={touched.text || words().unknownObject} />
        </code>
      ))}
    </>
  );
}

function Decision(props: { request: ApprovalRequest; me: Me; readAll: boolean; changed: () => Promise<void> }) {
  const { request, me, readAll, changed } = props;
  const text = words();
  const [denying, setDenying] = useState(false);
  const [message, setMessage] = useState("");
  const [problem, setProblem] = useState("");
  const [reflected, setReflected] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setReflected(true), reflectMilliseconds);
    return () => clearTimeout(timer);
  }, []);
  const decide = async (path: string, body: unknown, done: string) => {
    setProblem("");
    try {
      await post(`/api/requests/${encodeURIComponent(request.id)}/${path}`, body);
      setMessage(done);
      await changed();
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : text.offline);
    }
  };
  if (message) return <p class="done" role="status">{message}</p>;
  if (!request.mayDecide) return <p class="quiet">{request.requester === me.name ? text.yourOwn : text.notYours}</p>;
  if (denying) {
    const deny = (reason: string) => decide("deny", { reason }, text.deniedByYou);
    return <Denial deny={deny} back={() => setDenying(false)} problem={problem} />;
  }
  const approve = (event: SubmitEvent) => {
    event.preventDefault();
    const code = String(new FormData(event.target as HTMLFormElement).get("code") ?? "").replaceAll(" ", "");
    const missing = request.quorum - request.votes.filter((vote) => vote.approved).length;
    return decide("approve", { code }, missing > 1 ? text.approvedMore : text.approvedByYou);
  };
  return (
    <form class="decision" onSubmit={approve}>
      {problem && <p class="problem" role="alert">{problem}</p>}
      {!readAll && <p class="quiet">{text.readToTheEnd}</p>}
      <input
        name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,7}" required
        placeholder={text.code} aria-label={`${text.code} ${text.codeHint}`}
      />
      <button type="button" class="deny" onClick={() => setDenying(true)}>{text.deny}</button>
      <button class="approve" disabled={!reflected || !readAll}>{text.approve}</button>
    </form>
  );
}

function Denial({ deny, back, problem }: { deny: (reason: string) => void; back: () => void; problem: string }) {
  const text = words();
  const [reason, setReason] = useState("");
  return (
    <form class="denial" onSubmit={(event) => { event.preventDefault(); deny(reason); }}>
      {problem && <p class="problem" role="alert">{problem}</p>}
      <div class="chips">
        {text.denyReasons.map((chip) => <button type="button" onClick={() => deny(chip)}>{chip}</button>)}
      </div>
      <input
        value={reason} onInput={(event) => setReason(event.currentTarget.value)} maxLength={500}
        placeholder={text.denyReason} aria-label={text.denyReason}
      />
      <button type="button" class="plain" onClick={back}>{text.back}</button>
      <button class="deny">{text.sendDenial}</button>
    </form>
  );
}
