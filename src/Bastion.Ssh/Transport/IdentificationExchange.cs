using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Bastion.Ssh.Transport;

/// <summary>
/// RFC 4253 section 4.2: each side's first line, SSH-protoversion-softwareversion SP comments CR LF. The lines are
/// Latin-1 here, so that every byte a peer sent enters the exchange hash as it was.
/// </summary>
internal static class IdentificationExchange
{
    /// <summary>Ours. It names no version: whom that would help is not the operator.</summary>
    public const string Own = "SSH-2.0-Bastion";

    /// <summary>CR LF included (RFC 4253 section 4.2).</summary>
    private const int MaximumLine = 255;

    /// <summary>What a server may say before its identification; OpenSSH's client reads 1024 lines, nobody needs
    /// them.</summary>
    private const int MaximumLinesBefore = 64;
    private const int MaximumLineBefore = 1024;

    public static void Write(IBufferWriter<byte> output)
    {
        Encoding.ASCII.GetBytes(Own, output);
        output.Write("\r\n"u8);
    }

    /// <summary>Reads the peer's line, without CR LF; consumes nothing after it.</summary>
    /// <exception cref="SshDisconnectException">Not SSH, not version 2, too long, or the stream ended.</exception>
    public static async ValueTask<string> ReadAsync(PipeReader input, SshRole role, CancellationToken cancellationToken)
    {
        int linesBefore = 0;
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> buffer = result.Buffer;
            string? found = null;
            try
            {
                while (found is null && TryReadLine(ref buffer, role, out string line))
                {
                    found = Judge(line, role, ref linesBefore);
                }
            }
            finally
            {
                input.AdvanceTo(buffer.Start, found is null ? buffer.End : buffer.Start);
            }

            if (found is not null)
            {
                return found;
            }

            if (result.IsCompleted)
            {
                throw new SshDisconnectException(
                    DisconnectReason.ConnectionLost, Blame.Peer, "the peer closed before it identified itself");
            }
        }
    }

    private static bool TryReadLine(ref ReadOnlySequence<byte> buffer, SshRole role, out string line)
    {
        int maximum = role == SshRole.Server ? MaximumLine : MaximumLineBefore;
        ReadOnlySequence<byte> searched = buffer.Slice(0, Math.Min(buffer.Length, maximum));
        if (searched.PositionOf((byte)'\n') is not { } end)
        {
            line = "";
            return searched.Length < maximum ? false : throw Refuse("the peer's first line has no end");
        }

        ReadOnlySequence<byte> raw = buffer.Slice(0, end);
        line = Encoding.Latin1.GetString(raw);
        if (line.EndsWith('\r'))
        {
            line = line[..^1];
        }

        buffer = buffer.Slice(buffer.GetPosition(1, end));
        return true;
    }

    /// <summary>The line when it is the identification, null when it is one to pass over.</summary>
    private static string? Judge(string line, SshRole role, ref int linesBefore)
    {
        if (!line.StartsWith("SSH-", StringComparison.Ordinal))
        {
            if (role == SshRole.Server)
            {
                throw Refuse($"the peer does not speak SSH; it began with `{Quote(line)}`");
            }

            if (++linesBefore > MaximumLinesBefore)
            {
                throw Refuse("the peer sends line after line and no SSH identification");
            }

            return null;
        }

        if (line.Length + 2 > MaximumLine || line.Contains('\0'))
        {
            throw Refuse("the peer's SSH identification is malformed");
        }

        // RFC 4253 section 5.1: 1.99 is a server that also speaks version 1.
        bool version2 = line.StartsWith("SSH-2.0-", StringComparison.Ordinal)
            || (role == SshRole.Client && line.StartsWith("SSH-1.99-", StringComparison.Ordinal));
        return version2 ? line : throw Refuse($"the peer speaks `{Quote(line)}`; only SSH 2.0 is spoken here");
    }

    private static string Quote(string line) => VisibleText.Of(Encoding.Latin1.GetBytes(line), 40);

    private static SshDisconnectException Refuse(string message) =>
        new(DisconnectReason.ProtocolVersionNotSupported, Blame.Peer, message);
}
