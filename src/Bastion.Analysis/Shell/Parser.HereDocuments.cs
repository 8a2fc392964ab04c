using System.Buffers;

namespace Bastion.Analysis.Shell;

internal sealed record PendingHereDocument(Redirection Redirection, bool StripTabs);

/// <summary>Here-documents (XCU 2.7.4): begun by a redirection, their lines follow the next newline.</summary>
internal sealed partial class Parser
{
    private static readonly SearchValues<char> HereDocumentSpecial = SearchValues.Create("\\$`");

    /// <summary>Those whose lines are still to come, in their order; null until there is one.</summary>
    private Queue<PendingHereDocument>? _pendingHereDocuments;

    private Word ReadHereDocumentDelimiter() => ReadWord();

    private void ReadHereDocuments()
    {
        while (_pendingHereDocuments is not null && _position <= _limit
            && _pendingHereDocuments.TryDequeue(out PendingHereDocument? pending))
        {
            ReadHereDocument(pending);
        }
    }

    private void ReadHereDocument(PendingHereDocument pending)
    {
        Word target = pending.Redirection.Target;
        string delimiter = DelimiterText(target);
        int start = _position;
        int end = _limit;
        int after = _limit;
        int at = _position;
        pending.Redirection.Unterminated = true;
        while (at < _limit)
        {
            _steps++;
            int newline = _text.IndexOf('\n', at, _limit - at);
            int lineEnd = newline < 0 ? _limit : newline;
            int lineStart = at;
            while (pending.StripTabs && lineStart < lineEnd && _text[lineStart] == '\t')
            {
                lineStart++;
            }

            ReadOnlySpan<char> line = _text.AsSpan(lineStart, lineEnd - lineStart);
            // bash 5.2 lets the closing parenthesis of a substitution follow the delimiter.
            bool closesSubstitution = _substitutionDepth > 0 && line.Length > delimiter.Length
                && line[delimiter.Length] == ')' && line.StartsWith(delimiter);
            if (line.SequenceEqual(delimiter) || closesSubstitution)
            {
                end = at;
                after = closesSubstitution ? lineStart + delimiter.Length : Math.Min(lineEnd + 1, _limit);
                pending.Redirection.Unterminated = false;
                break;
            }

            at = lineEnd + 1;
        }

        pending.Redirection.Body = target.BareText is null
            ? new Word(Place(start), Place(end),
            new PartList(new Quoted(Place(start), Place(end), _text[start..end], QuoteStyle.Single)))
            : ReadHereDocumentBody(start, end);
        _position = after;
    }

    /// <summary>The delimiter is the word after quote removal; nothing in it is expanded.</summary>
    private string DelimiterText(Word target) => target.ConstantText ?? Source(target);

    private string Source(Word word) =>
        _places is null ? _text[(word.Start - _offset)..(word.End - _offset)] : word.BareText ?? "";

    /// <summary>The shell takes the lines as they are and expands them only when it runs the command: a mistake in them
    /// is none of the script's.</summary>
    private Word ReadHereDocumentBody(int start, int end)
    {
        List<WordPart> parts = _partLists.Take();
        ReadBoundedParts(start, end, parts);
        return new Word(Place(start), Place(end), FinishParts(parts));
    }

    /// <summary>Parts as between double quotes, in a range whose end is known beforehand. Where an expansion is
    /// malformed its first character is taken as text and reading goes on after it, so that nothing behind it is
    /// hidden.</summary>
    private void ReadBoundedParts(int start, int end, List<WordPart> parts)
    {
        // Each failed try may read to the end once: few of them keep this linear.
        const int maximumRetries = 16;
        _pendingHereDocuments ??= [];
        (int _limit, ParseFailure? _failure, int _depth, int _substitutionDepth,
            Queue<PendingHereDocument> _pendingHereDocuments) outer =
            (_limit, _failure, _depth, _substitutionDepth, _pendingHereDocuments);
        _limit = end;
        _position = start;
        for (int tries = 0; _position < _limit && tries < maximumRetries; tries++)
        {
            int from = ReadPartsUntilFailure(parts);
            if (_failure == outer._failure)
            {
                break;
            }

            (_failure, _depth, _substitutionDepth, _pendingHereDocuments) =
                (outer._failure, outer._depth, outer._substitutionDepth, outer._pendingHereDocuments);
            _position = from;
            AddLiteral(parts, from + 1);
        }

        (_limit, _failure, _depth, _substitutionDepth, _pendingHereDocuments) = outer;
        _position = end;
    }

    /// <summary>The place of the part that failed.</summary>
    private int ReadPartsUntilFailure(List<WordPart> parts)
    {
        ParseFailure? before = _failure;
        int from = _position;
        while (_position < _limit && _failure == before)
        {
            _steps++;
            from = _position;
            int run = _text.AsSpan(_position, _limit - _position).IndexOfAny(HereDocumentSpecial);
            if (run != 0)
            {
                AddLiteral(parts, run < 0 ? _limit : _position + run);
            }
            else
            {
                ReadSpecial(parts, inDoubleQuotes: true);
            }
        }

        return from;
    }
}
