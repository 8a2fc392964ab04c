using System.Buffers;

namespace Bastion.Analysis.Shell;

internal sealed record PendingHereDocument(Redirection Redirection, bool StripTabs);

/// <summary>Here-documents (XCU 2.7.4): begun by a redirection, their lines follow the next newline.</summary>
internal sealed partial class Parser
{
    private static readonly SearchValues<char> HereDocumentSpecial = SearchValues.Create("\\$`");

    /// <summary>Those whose lines are still to come, in their order; null until there is one.</summary>
    private Queue<PendingHereDocument>? pendingHereDocuments;

    private Word ReadHereDocumentDelimiter() => ReadWord();

    private void ReadHereDocuments()
    {
        while (pendingHereDocuments is not null && position <= limit && pendingHereDocuments.TryDequeue(out var pending))
            ReadHereDocument(pending);
    }

    private void ReadHereDocument(PendingHereDocument pending)
    {
        var target = pending.Redirection.Target;
        var delimiter = DelimiterText(target);
        var start = position;
        var end = limit;
        var after = limit;
        var at = position;
        pending.Redirection.Unterminated = true;
        while (at < limit)
        {
            steps++;
            var newline = text.IndexOf('\n', at, limit - at);
            var lineEnd = newline < 0 ? limit : newline;
            var lineStart = at;
            while (pending.StripTabs && lineStart < lineEnd && text[lineStart] == '\t')
                lineStart++;
            var line = text.AsSpan(lineStart, lineEnd - lineStart);
            // bash 5.2 lets the closing parenthesis of a substitution follow the delimiter.
            var closesSubstitution = substitutionDepth > 0 && line.Length > delimiter.Length && line[delimiter.Length] == ')' && line.StartsWith(delimiter);
            if (line.SequenceEqual(delimiter) || closesSubstitution)
            {
                end = at;
                after = closesSubstitution ? lineStart + delimiter.Length : Math.Min(lineEnd + 1, limit);
                pending.Redirection.Unterminated = false;
                break;
            }
            at = lineEnd + 1;
        }
        pending.Redirection.Body = target.BareText is null
            ? new Word(Place(start), Place(end), new PartList(new Quoted(Place(start), Place(end), text[start..end], QuoteStyle.Single)))
            : ReadHereDocumentBody(start, end);
        position = after;
    }

    /// <summary>The delimiter is the word after quote removal; nothing in it is expanded.</summary>
    private string DelimiterText(Word target) => target.ConstantText ?? Source(target);

    private string Source(Word word) => places is null ? text[(word.Start - offset)..(word.End - offset)] : word.BareText ?? "";

    /// <summary>The shell takes the lines as they are and expands them only when it runs the command: a mistake in them is none of the script's.</summary>
    private Word ReadHereDocumentBody(int start, int end)
    {
        var parts = partLists.Take();
        ReadBoundedParts(start, end, parts);
        return new Word(Place(start), Place(end), FinishParts(parts));
    }

    /// <summary>Parts as between double quotes, in a range whose end is known beforehand. Where an expansion is malformed its first
    /// character is taken as text and reading goes on after it, so that nothing behind it is hidden.</summary>
    private void ReadBoundedParts(int start, int end, List<WordPart> parts)
    {
        // Each failed try may read to the end once: few of them keep this linear.
        const int maxRetries = 16;
        pendingHereDocuments ??= [];
        var outer = (limit, failure, depth, substitutionDepth, pendingHereDocuments);
        limit = end;
        position = start;
        for (var tries = 0; position < limit && tries < maxRetries; tries++)
        {
            var from = ReadPartsUntilFailure(parts);
            if (failure == outer.failure)
                break;
            (failure, depth, substitutionDepth, pendingHereDocuments) = (outer.failure, outer.depth, outer.substitutionDepth, outer.pendingHereDocuments);
            position = from;
            AddLiteral(parts, from + 1);
        }
        (limit, failure, depth, substitutionDepth, pendingHereDocuments) = outer;
        position = end;
    }

    /// <summary>The place of the part that failed.</summary>
    private int ReadPartsUntilFailure(List<WordPart> parts)
    {
        var before = failure;
        var from = position;
        while (position < limit && failure == before)
        {
            steps++;
            from = position;
            var run = text.AsSpan(position, limit - position).IndexOfAny(HereDocumentSpecial);
            if (run != 0)
                AddLiteral(parts, run < 0 ? limit : position + run);
            else
                ReadSpecial(parts, inDoubleQuotes: true);
        }
        return from;
    }
}
