// Text of clients and targets is shown as it is, never as it wants to look: control, direction-changing, invisible and
// look-alike characters become visible marks. It always goes through text nodes, never through markup.
import { pieces, tokens } from "./pieces";
import type { Mark } from "./pieces";

/** One command or other peer text, with the dangerous words marked. Lines break between words only. */
export function Visible({ text, marks = [] }: { text: string; marks?: Mark[] }) {
  return (
    <span dir="ltr" class="visible">
      {tokens(text).map((token) =>
        token.kind === "newline" ? (
          <>
            <span class="newline" aria-hidden="true">↵</span>
            <br />
          </>
        ) : (
          <span class={token.kind === "space" ? "space" : "token"}>
            {pieces(token.text, token.at, marks).map((piece) =>
              piece.escape ? (
                <span class="escape">{piece.text}</span>
              ) : piece.mark === "none" ? (
                piece.text
              ) : (
                <mark class={piece.mark}>{piece.text}</mark>
              ),
            )}
          </span>
        ),
      )}
    </span>
  );
}
