using Bastion.Text.Canonical;
using Bastion.Audit.Records;

namespace Bastion.Audit.Canonical;

/// <summary>
/// A record in canonical form, but for the two numbers that only the commit knows: how many records were durable when
/// it was written (`after`) and its sequence (`seq`).
/// </summary>
internal sealed class EncodedRecord(PooledBuffer body, int split) : IDisposable
{
    /// <summary>From `,"at":` to `"seq":`.</summary>
    public ReadOnlySpan<byte> Middle => body.Written[..split];

    /// <summary>What follows the sequence.</summary>
    public ReadOnlySpan<byte> End => body.Written[split..];

    /// <summary>Upper bound of the finished record's length.</summary>
    public int MaximumLength => body.Length + RecordEncoder.MaximumSplicedBytes;

    public void Dispose() => body.Dispose();
}

internal static class RecordEncoder
{
    /// <summary>An entry of a C2SP tlog-tiles bundle has a 16-bit length.</summary>
    public const int MaximumRecordBytes = ushort.MaxValue;

    /// <summary>Room for `{"after":`, two numbers of at most 19 digits.</summary>
    public const int MaximumSplicedBytes = 9 + 19 + 19;

    private const int SchemaVersion = 1;

    public static ReadOnlySpan<byte> Opening => "{\"after\":"u8;

    public static EncodedRecord Encode(AuditRecord record, DateTimeOffset at)
    {
        foreach (FieldLimits limits in FieldLimits.Ladder)
        {
            var body = new PooledBuffer();
            try
            {
                int split = Write(body, record, at, limits);
                if (body.Length + MaximumSplicedBytes <= MaximumRecordBytes)
                {
                    return new EncodedRecord(body, split);
                }
            }
            catch
            {
                body.Dispose();
                throw;
            }

            body.Dispose();
        }

        throw new ArgumentException($"a record of kind `{record.Kind}` does not fit in {MaximumRecordBytes} bytes",
            nameof(record));
    }

    private static int Write(PooledBuffer body, AuditRecord record, DateTimeOffset at, FieldLimits limits)
    {
        body.Append(",\"at\":\""u8);
        Timestamp.Write(body, at);
        body.Append("\",\"data\":{"u8);
        record.WriteFields(new RecordFields(body, limits));
        body.Append("},\"kind\":\""u8);
        CanonicalText.WriteEscaped(body, System.Text.Encoding.ASCII.GetBytes(record.Kind));
        body.Append("\",\"seq\":"u8);
        int split = body.Length;
        if (record.Session is { } session)
        {
            body.Append(",\"session\":"u8);
            CanonicalText.WriteString(body, System.Text.Encoding.UTF8.GetBytes(session));
        }

        body.Append(",\"v\":"u8);
        body.AppendNumber(SchemaVersion);
        body.Append((byte)'}');
        return split;
    }
}
