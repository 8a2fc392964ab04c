using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Bastion.Analysis.Programs;

/// <summary>The text of one entry, found by a scan for keys at the beginning of a line, and parsed only when it is
/// wanted.</summary>
internal sealed class CatalogueSource(string file, int line, string[] names, string text)
{
    public const string PathsKey = "paths";
    public const string EnvironmentKey = "environment";

    /// <summary>The entry for programs that have none.</summary>
    public const string UnknownKey = "unknown";

    /// <summary>The entry for options that no entry lists.</summary>
    public const string UnlistedKey = "unlisted";

    private const string HarmlessKey = "harmless";

    public string File => file;

    /// <summary>From 1.</summary>
    public int Line => line;

    public string[] Names => names;

    public bool IsHarmlessList => names is [HarmlessKey];

    public bool IsReserved => names is [PathsKey] or [EnvironmentKey] or [HarmlessKey];

    public static IEnumerable<CatalogueSource> Scan(string file, string text, List<CatalogueError> errors)
    {
        int start = 0;
        int number = 0;
        string[]? names = null;
        int entryStart = 0;
        int entryLine = 0;
        while (start < text.Length)
        {
            number++;
            int end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            if (!char.IsWhiteSpace(text[start]) && text[start] != '#' && !text.AsSpan(start).StartsWith("---"))
            {
                if (names is not null)
                {
                    yield return new CatalogueSource(file, entryLine, names, text[entryStart..start]);
                }

                names = ReadNames(text.AsSpan(start, end - start));
                if (names is null)
                {
                    errors.Add(
                        new CatalogueError(file, number, 1, "expected a program name and a colon, such as `rm:`"));
                }

                entryStart = start;
                entryLine = number;
            }

            start = end;
        }

        if (names is not null)
        {
            yield return new CatalogueSource(file, entryLine, names, text[entryStart..]);
        }
    }

    /// <summary>The words of a `harmless:` block; a `#` makes the rest of its line a comment.</summary>
    public IEnumerable<string> ReadWords()
    {
        foreach (string? row in text.Split('\n').Skip(1))
        {
            int comment = row.IndexOf('#');
            foreach (string word in (comment < 0
                ? row
                : row[..comment]).Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries))
            {
                yield return word;
            }
        }
    }

    public ProgramEntry? Parse(string name, List<CatalogueError> errors)
    {
        YamlNode? body = ParseYaml(errors);
        return body is null
            ? null
            : new ProgramEntry(name, new ProgramParser(file, line - 1, errors).ParseRoot(body), $"{file}:{line}");
    }

    /// <summary>The value beside the key; null, with an error, when it is no YAML.</summary>
    public YamlNode? ParseYaml(List<CatalogueError> errors)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return ((YamlMappingNode)stream.Documents[0].RootNode).Children.First().Value;
        }
        catch (YamlException e)
        {
            errors.Add(new CatalogueError(file, (int)e.Start.Line + line - 1, (int)e.Start.Column, e.Message));
            return null;
        }
    }

    private static string[]? ReadNames(ReadOnlySpan<char> row)
    {
        row = row.TrimEnd();
        string key;
        if (row[0] is '"' or '\'')
        {
            int close = row[1..].IndexOf(row[0]);
            if (close < 0 || row.Length <= close + 2 || row[close + 2] != ':')
            {
                return null;
            }

            key = row.Slice(1, close).ToString();
        }
        else
        {
            int colon = row.IndexOf(": ");
            colon = colon < 0 && row[^1] == ':' ? row.Length - 1 : colon;
            if (colon <= 0)
            {
                return null;
            }

            key = row[..colon].ToString();
        }

        return key.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}
