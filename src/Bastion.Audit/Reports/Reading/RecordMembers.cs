using System.Text.Json;

namespace Bastion.Audit.Reports.Reading;

/// <summary>
/// The members of one record's data, found in one pass and without making a document. It rests on two things: the
/// reader of the journal has checked that the bytes are JSON, and the canonical form has no white space. Used again for
/// each record.
/// </summary>
internal sealed class RecordMembers(TextPool pool)
{
    /// <summary>No kind has half as many; a record that does is read as far as this.</summary>
    private const int MaximumMembers = 48;

    private readonly (int NameStart, int NameLength, int ValueStart, int ValueLength)[] _members =
        new (int, int, int, int)[MaximumMembers];
    private ReadOnlyMemory<byte> _json;
    private int _count;

    public void Read(ReadOnlyMemory<byte> data)
    {
        _json = data;
        _count = 0;
        ReadOnlySpan<byte> bytes = data.Span;
        int at = 1;
        while (at < bytes.Length && bytes[at] == (byte)'"' && _count < MaximumMembers)
        {
            int nameEnd = EndOfString(bytes, at);
            int value = nameEnd + 1;
            int end = EndOfValue(bytes, value);
            _members[_count++] = (at + 1, nameEnd - at - 2, value, end - value);
            at = end + 1;
        }
    }

    /// <summary>The value as it stands; empty when there is none.</summary>
    public ReadOnlySpan<byte> Raw(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> bytes = _json.Span;
        for (int index = 0; index < _count; index++)
        {
            (int nameStart, int nameLength, int valueStart, int valueLength) = _members[index];
            if (nameLength == name.Length && bytes.Slice(nameStart, nameLength).SequenceEqual(name))
            {
                return bytes.Slice(valueStart, valueLength);
            }
        }

        return [];
    }

    /// <summary>A token of ours has no escapes: compared as it stands.</summary>
    public bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> token)
    {
        ReadOnlySpan<byte> value = Raw(name);
        return value.Length == token.Length + 2 && value[0] == (byte)'"' && value[1..^1].SequenceEqual(token);
    }

    public bool Flag(ReadOnlySpan<byte> name) => Raw(name).SequenceEqual("true"u8);

    public long? Number(ReadOnlySpan<byte> name) => long.TryParse(Raw(name), null, out long number) ? number : null;

    /// <summary>Text as <see cref="JournalEntry.Text"/> gives it; null when it is not there. A peer's: escape it before
    /// it is shown.</summary>
    public string? Text(ReadOnlySpan<byte> name) => Raw(name) is { IsEmpty: false } value ? TextOf(value) : null;

    /// <summary>How many bytes a text has as a whole, when it was cut for its record.</summary>
    public long? WholeLength(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> value = Raw(name);
        return value.StartsWith("{"u8) && Nested(value).Number("bytes"u8) is { } bytes ? bytes : null;
    }

    /// <summary>The items of a list of texts or numbers.</summary>
    public IEnumerable<string> Texts(ReadOnlySpan<byte> name)
    {
        var found = new List<string>();
        ForEachItem(Raw(name), item => found.Add(TextOf(item.Span)));
        return found;
    }

    /// <summary>The items of a list of objects, each handed over in turn in one reader that is used again.</summary>
    public void ForEachObject(ReadOnlySpan<byte> name, Action<RecordMembers> each)
    {
        RecordMembers? nested = null;
        ForEachItem(Raw(name), item =>
        {
            nested ??= new RecordMembers(pool);
            nested.Read(item);
            each(nested);
        });
    }

    private void ForEachItem(ReadOnlySpan<byte> list, Action<ReadOnlyMemory<byte>> each)
    {
        if (!list.StartsWith("["u8) || list.Length <= 2)
        {
            return;
        }

        ReadOnlySpan<byte> bytes = _json.Span;
        bytes.Overlaps(list, out int offset);
        int at = offset + 1;
        int last = at + list.Length - 2;
        while (at < last)
        {
            int end = EndOfValue(bytes, at);
            each(_json[at..end]);
            at = end + 1;
        }
    }

    private RecordMembers Nested(ReadOnlySpan<byte> value)
    {
        var nested = new RecordMembers(pool);
        nested.Read(value.ToArray());
        return nested;
    }

    private string TextOf(ReadOnlySpan<byte> value)
    {
        if (value[0] == (byte)'"')
        {
            ReadOnlySpan<byte> inner = value[1..^1];
            if (!inner.Contains((byte)'\\'))
            {
                return pool.Get(inner);
            }

            var reader = new Utf8JsonReader(value);
            reader.Read();
            return reader.GetString()!;
        }

        if (value[0] == (byte)'{')
        {
            RecordMembers nested = Nested(value);
            return nested.Text("head"u8) ?? nested.Text("base64"u8) ?? pool.Get(value);
        }

        return pool.Get(value);
    }

    private static int EndOfString(ReadOnlySpan<byte> bytes, int start)
    {
        int at = start + 1;
        while (true)
        {
            int found = bytes[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (found < 0)
            {
                return bytes.Length;
            }

            at += found;
            if (bytes[at] == (byte)'"')
            {
                return at + 1;
            }

            at += 2;
        }
    }

    private static int EndOfValue(ReadOnlySpan<byte> bytes, int start)
    {
        if (bytes[start] == (byte)'"')
        {
            return EndOfString(bytes, start);
        }

        if (bytes[start] is not ((byte)'{' or (byte)'['))
        {
            int end = bytes[start..].IndexOfAny((byte)',', (byte)'}', (byte)']');
            return end < 0 ? bytes.Length : start + end;
        }

        int depth = 0;
        int at = start;
        while (at < bytes.Length)
        {
            int next = bytes[at..].IndexOfAny("\"{}[]"u8);
            if (next < 0)
            {
                return bytes.Length;
            }

            at += next;
            switch (bytes[at])
            {
                case (byte)'"':
                    at = EndOfString(bytes, at);
                    continue;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                default:
                    depth--;
                    break;
            }

            at++;
            if (depth == 0)
            {
                return at;
            }
        }

        return bytes.Length;
    }
}
