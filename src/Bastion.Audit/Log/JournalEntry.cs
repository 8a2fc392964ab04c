using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Bastion.Audit.Canonical;
using Bastion.Audit.Reports.Reading;

namespace Bastion.Audit;

/// <summary>A record as it stands in the journal.</summary>
public sealed class JournalEntry
{
    [ThreadStatic]
    private static TextPool? _kinds;

    private readonly int _dataStart;
    private readonly int _dataLength;

    private JournalEntry(ReadOnlyMemory<byte> json, byte[] leafHash, Envelope envelope)
    {
        Json = json;
        LeafHash = leafHash;
        Sequence = envelope.Sequence;
        After = envelope.After;
        At = envelope.At;
        Kind = envelope.Kind;
        Session = envelope.Session;
        (_dataStart, _dataLength) = (envelope.DataStart, envelope.DataLength);
    }

    public long Sequence { get; }

    /// <summary>How many records were durable when this one was written.</summary>
    public long After { get; }

    public DateTimeOffset At { get; }

    public string Kind { get; }

    public string? Session { get; }

    /// <summary>The record's canonical bytes: what the Merkle leaf hash is over.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>SHA-256(0x00 ‖ record), RFC 6962.</summary>
    public ReadOnlyMemory<byte> LeafHash { get; }

    /// <summary>The kind's own members, as UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> DataJson => Json.Slice(_dataStart, _dataLength);

    /// <summary>The kind's own members. The element stands on its own; no document needs disposing.</summary>
    public JsonElement Data()
    {
        var reader = new Utf8JsonReader(DataJson.Span);
        return JsonElement.ParseValue(ref reader);
    }

    /// <summary>
    /// A member of the data as text: a string as it is, cut text by its head, bytes that are not UTF-8 as base64.
    /// Null when it is not there. The text is a peer's: escape it before it is shown.
    /// </summary>
    public string? Text(string member)
    {
        if (!Data().TryGetProperty(member, out JsonElement value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Object when value.TryGetProperty("head", out JsonElement head) => head.GetString(),
            JsonValueKind.Object when value.TryGetProperty("base64", out JsonElement base64) => base64.GetString(),
            _ => value.GetRawText(),
        };
    }

    /// <summary>Reads the canonical form; false when the bytes are not a record.</summary>
    internal static bool TryParse(ReadOnlyMemory<byte> json, byte[] leafHash, [NotNullWhen(true)]
        out JournalEntry? entry)
    {
        entry = null;
        try
        {
            var envelope = new Envelope();
            if (!envelope.Read(json.Span))
            {
                return false;
            }

            entry = new JournalEntry(json, leafHash, envelope);
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException: a member of another type, or text that is not UTF-8.
            return false;
        }
    }

    /// <summary>The members around the data, which stand in canonical order.</summary>
    private struct Envelope
    {
        public long After;
        public long Sequence;
        public DateTimeOffset At;
        public string Kind;
        public string? Session;
        public int DataStart;
        public int DataLength;

        public bool Read(ReadOnlySpan<byte> json)
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject || !Member(ref reader, "after"u8))
            {
                return false;
            }

            After = reader.GetInt64();
            if (!Member(ref reader, "at"u8) || !Timestamp.TryParse(reader.ValueSpan, out At)
                || !Member(ref reader, "data"u8))
            {
                return false;
            }

            DataStart = (int)reader.TokenStartIndex;
            reader.Skip();
            DataLength = (int)reader.BytesConsumed - DataStart;
            if (!Member(ref reader, "kind"u8) || reader.TokenType != JsonTokenType.String)
            {
                return false;
            }

            // Some dozens of words for millions of records.
            Kind = reader.ValueIsEscaped ? reader.GetString()! : (_kinds ??= new TextPool()).Get(reader.ValueSpan);
            if (!Member(ref reader, "seq"u8))
            {
                return false;
            }

            Sequence = reader.GetInt64();
            reader.Read();
            if (reader.ValueTextEquals("session"u8))
            {
                reader.Read();
                Session = reader.GetString();
                reader.Read();
            }

            return reader.ValueTextEquals("v"u8) && reader.Read() && reader.GetInt32() == 1
                && reader.Read() && reader.TokenType == JsonTokenType.EndObject && reader.BytesConsumed == json.Length;
        }

        private static bool Member(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
            reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name)
            && reader.Read();
    }
}
