using System.Globalization;
using System.Net;
using System.Text;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Witnesses;
using Bastion.Followers.Shipping;

namespace Bastion.Followers.Witnesses;

/// <param name="Cosigned">The head with the witness's valid cosignature; null when there is none.</param>
/// <param name="Refused">The witness holds something that contradicts the head: the journal was cut, rolled back or
/// forked, or its key replaced.</param>
/// <param name="WitnessSize">Records that the witness says it has seen, where it does.</param>
/// <param name="Reason">Why there is no cosignature, one line.</param>
public sealed record WitnessReply(Checkpoint? Cosigned, bool Refused, long WitnessSize, string? Reason);

/// <summary>The log's side of C2SP tlog-witness. Nothing that a witness sends is believed but its
/// cosignature.</summary>
public sealed class WitnessClient : IDisposable
{
    /// <summary>In bytes; a cosignature line has some 150.</summary>
    private const long MaximumAnswer = 16 * 1024;

    /// <summary>The first may be told where the witness stands, the second may meet another's; a third is a
    /// quarrel.</summary>
    private const int Tries = 3;

    private readonly HttpClient _http;
    private readonly WitnessOptions _options;

    public WitnessClient(WitnessOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _http = OutboundHttp.Create(options.Outlet);
        _http.MaxResponseContentBufferSize = MaximumAnswer;
    }

    /// <param name="head">The newest checkpoint, signed by the journal's key.</param>
    /// <param name="oldSize">What the witness cosigned last, as far as is known here.</param>
    /// <param name="tiles">Makes the proof.</param>
    /// <exception cref="HttpRequestException">The witness does not answer.</exception>
    public async Task<WitnessReply> AskAsync(Checkpoint head, long oldSize, JournalTiles tiles,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(tiles);
        long old = Math.Min(oldSize, head.Size);
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            var request = new WitnessRequest(old, tiles.ProveConsistency(old, head.Size), head);
            (int status, string? body) = await PostAsync(request, cancellationToken);
            if (status != (int)WitnessVerdict.Conflict)
            {
                return Reply(status, body, head, old);
            }

            bool known =
                long.TryParse(body.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out long size);
            if (known && size > head.Size)
            {
                return new WitnessReply(null, true, size, Text(
                    $"it has seen {size} records, and this journal now has {head.Size}: it was cut or rolled back"));
            }

            if (!known || size == old)
            {
                return new WitnessReply(null, old == head.Size, old, Text(
                    $"it has seen other records under the same number, {old}: the journal was forked"));
            }

            old = size;
        }

        return new WitnessReply(null, false, old,
            "it names another size each time: others ask it about this journal too");
    }

    public void Dispose() => _http.Dispose();

    private async Task<(int Status, string Body)> PostAsync(WitnessRequest request, CancellationToken cancellationToken)
    {
        using var content = new StringContent(request.ToString(), Encoding.UTF8, "text/plain");
        using HttpResponseMessage answer =
            await _http.PostAsync(new Uri("add-checkpoint", UriKind.Relative), content, cancellationToken);
        string body = answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict
            ? await answer.Content.ReadAsStringAsync(cancellationToken)
            : "";
        return ((int)answer.StatusCode, body);
    }

    private WitnessReply Reply(int status, string body, Checkpoint head, long old) => (WitnessVerdict)status switch
    {
        WitnessVerdict.Cosigned => Cosigned(body, head, old),
        WitnessVerdict.Inconsistent => new WitnessReply(null, true, old, Text(
            $"the first {old} records are not those that it has seen: the journal was changed or forked")),
        WitnessVerdict.UnknownLog =>
            new WitnessReply(null, false, 0, Text($"it watches no journal `{head.Origin}`; give it the public key")),
        WitnessVerdict.NotSigned => new WitnessReply(
            null, true, 0,
            "it knows this journal under another public key: the key was replaced, or the witness was not given the "
                + "one in force"),
        _ => new WitnessReply(null, false, 0, Text($"it answers with status {status}")),
    };

    private WitnessReply Cosigned(string body, Checkpoint head, long old)
    {
        // Its lines, read as those of a note; signatures of keys that nobody named are left out.
        if (SignedNote.TryParse(head.Note.Text + "\n" + body, out SignedNote? note))
        {
            foreach (NoteSignature? line in note.Signatures.Where(line => line.Name == _options.Key.Name
                && line.KeyId == _options.Key.Id))
            {
                Checkpoint cosigned = head.With(line);
                if (Cosignature.CosignedAt(cosigned, _options.Key) is not null)
                {
                    return new WitnessReply(cosigned, false, head.Size, null);
                }
            }
        }

        return new WitnessReply(null, false, old, "what it sent is no cosignature of its key");
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
