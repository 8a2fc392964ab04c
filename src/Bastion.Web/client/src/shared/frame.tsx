// What both pages share: signing in, the head of the page, and the language.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ComponentChildren, FunctionComponent } from "preact";
import { ApiError, get, renew, signIn, signOut } from "./api";
import type { Me } from "./api";
import { chooseLanguage, currentLanguage, words } from "./text";

export function start(Page: FunctionComponent<{ me: Me }>): void {
  render(<Frame Page={Page} />, document.getElementById("app")!);
}

function Frame({ Page }: { Page: FunctionComponent<{ me: Me }> }) {
  const [me, setMe] = useState<Me | null | undefined>(undefined);
  const [, redraw] = useState(0);
  const load = () => get<Me>("/api/me").then(setMe, () => setMe(null));
  useEffect(() => {
    renew().then((renewed) => (renewed ? load() : setMe(null)));
  }, []);
  const leave = () => signOut().finally(() => setMe(null));
  const switchLanguage = () => {
    chooseLanguage(currentLanguage() === "zh" ? "en" : "zh");
    redraw((count) => count + 1);
  };
  return (
    <>
      <Head me={me ?? null} leave={leave} switchLanguage={switchLanguage} />
      <main>{me === undefined ? null : me === null ? <SignIn done={load} /> : <Page me={me} />}</main>
    </>
  );
}

function Head({ me, leave, switchLanguage }: { me: Me | null; leave: () => void; switchLanguage: () => void }) {
  const text = words();
  const here = location.pathname.startsWith("/console");
  return (
    <header>
      <a class="brand" href="/">{text.product}</a>
      {me && (
        <nav>
          <a href="/" aria-current={here ? undefined : "page"}>{text.approvals}</a>
          {me.mayAudit && <a href="/console" aria-current={here ? "page" : undefined}>{text.sessions}</a>}
        </nav>
      )}
      <span class="grow" />
      <button class="plain" onClick={switchLanguage}>{text.language}</button>
      {me && <button class="plain" onClick={leave} title={me.name}>{text.signOut}</button>}
    </header>
  );
}

function SignIn({ done }: { done: () => void }) {
  const text = words();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const field = (name: string) => String(form.get(name) ?? "").trim();
    setBusy(true);
    try {
      await signIn(field("user"), String(form.get("password") ?? ""), field("code").replaceAll(" ", ""));
      done();
    } catch (problem) {
      setError(problem instanceof ApiError ? problem.message : text.offline);
      setBusy(false);
    }
  };
  return (
    <form class="sign-in card" onSubmit={submit}>
      <h1>{text.signIn}</h1>
      <Field label={text.user}><input name="user" autocomplete="username" autocapitalize="none" required autofocus /></Field>
      <Field label={text.password}><input name="password" type="password" autocomplete="current-password" required /></Field>
      <Field label={text.code} hint={text.codeHint}>
        <input name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,7}" required />
      </Field>
      {error && <p class="problem" role="alert">{error}</p>}
      <button class="primary" disabled={busy}>{text.signIn}</button>
    </form>
  );
}

export function Field({ label, hint, children }: { label: string; hint?: string; children: ComponentChildren }) {
  return (
    <label class="field">
      <span>{label}{hint && <small> {hint}</small>}</span>
      {children}
    </label>
  );
}
