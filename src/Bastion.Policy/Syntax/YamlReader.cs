using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Bastion.Policy.Syntax;

/// <summary>
/// Reads YAML into nodes with places. Deliberately less than YAML: no anchors and aliases (they hide what a rule says,
/// and nine lines of them can mean a billion nodes), no tags, no merge keys, one document a file, no key twice.
/// </summary>
internal static class YamlReader
{
    private static readonly UTF8Encoding StrictUtf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The root block, or null when the file is empty or wrong (then <paramref name="found"/> says
    /// why).</summary>
    public static MapNode? Read(PolicyFile file, DiagnosticBag found)
    {
        var whole = new SourceLocation(file.Path, 0, 0);
        if (file.Content.Length > PolicyLimits.FileBytes)
        {
            found.Error(whole, "too-large",
                $"the file has {file.Content.Length:N0} bytes; at most {PolicyLimits.FileBytes:N0} are read",
                "split it: files in a policy are merged");
            return null;
        }

        string text;
        try
        {
            text = StrictUtf8.GetString(file.Content.Span);
        }
        catch (DecoderFallbackException wrong)
        {
            found.Error(PlaceOfByte(file, wrong.Index), "not-utf8", "the file is not UTF-8 text", "save it as UTF-8");
            return null;
        }

        try
        {
            return new Reading(file.Path, new Parser(new StringReader(text)), found).Root();
        }
        catch (Refused refused)
        {
            found.Error(refused.Location, refused.Code, refused.Message, refused.Help);
        }
        catch (YamlException wrong)
        {
            found.Error(At(file.Path, wrong.Start), "not-yaml", $"this is not YAML: {OneLine(wrong)}",
                HelpFor(text, wrong));
        }
        catch (Exception wrong) when (wrong is not OutOfMemoryException)
        {
            // The YAML library has thrown other things on broken input (index out of range in its scanner);
            // whatever it is, the file is not loaded and the policy in force stays.
            found.Error(whole, "not-yaml", $"this is not YAML: {wrong.Message.ReplaceLineEndings(" ")}");
        }

        return null;
    }

    private static SourceLocation At(string file, Mark mark) => new(file, (int)mark.Line, (int)mark.Column);

    private static SourceLocation PlaceOfByte(PolicyFile file, int index)
    {
        ReadOnlySpan<byte> before = file.Content.Span[..Math.Clamp(index, 0, file.Content.Length)];
        int line = before.Count((byte)'\n') + 1;
        return new SourceLocation(file.Path, line, before.Length - before.LastIndexOf((byte)'\n'));
    }

    private static string OneLine(YamlException wrong)
    {
        string message = wrong.Message.ReplaceLineEndings(" ");
        return ScalarNode.Display(message.Length > 0
            ? char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.')
            : "unreadable");
    }

    private static string? HelpFor(string text, YamlException wrong)
    {
        // The library points at where the block began; the tab is in that line or the one it stopped in.
        string[] lines = text.Split('\n');
        if (lines.Skip((int)wrong.Start.Line - 1).Take((int)(wrong.End.Line - wrong.Start.Line) + 2)
            .Any(l => l.TrimStart(' ').StartsWith('\t')))
        {
            return "indent with spaces: YAML does not allow tabs";
        }

        string line = lines.ElementAtOrDefault((int)wrong.Start.Line - 1) ?? "";

        string value = line.TrimStart().TrimStart('-').TrimStart();
        return value.Contains(": *", StringComparison.Ordinal) || value.StartsWith('*')
            || value.Contains("[*", StringComparison.Ordinal)
            ? "put a pattern that starts with `*` in quotes: \"*\""
            : null;
    }

    private sealed class Refused(SourceLocation location, string code, string message, string? help)
        : Exception(message)
    {
        public SourceLocation Location { get; } = location;

        public string Code { get; } = code;

        public string? Help { get; } = help;
    }

    private sealed class Reading(string file, Parser parser, DiagnosticBag found)
    {
        private int _nodes;

        public MapNode? Root()
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                return null;
            }

            parser.Consume<DocumentStart>();
            Node root = Node(depth: 0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
            {
                throw Refuse(parser.Current!, "two-documents", "a second document starts here",
                    "one file holds one document: remove the `---`");
            }

            return root switch
            {
                MapNode map => map,
                ScalarNode { IsEmpty: true } => null,
                _ => throw new Refused(root.Location, "wrong-type",
                    $"a policy file is a block of sections, found {root.Describe()}",
                    "start with a section such as `rules:`"),
            };
        }

        private Node Node(int depth)
        {
            ParsingEvent current = parser.Consume<ParsingEvent>();
            if (++_nodes > PolicyLimits.NodesPerFile)
            {
                throw Refuse(current, "too-many-values", $"more than {PolicyLimits.NodesPerFile:N0} values in one file",
                    "split the file");
            }

            if (depth > PolicyLimits.Depth)
            {
                throw Refuse(current, "too-deep",
                    $"nested more than {PolicyLimits.Depth} deep; the policy language never is", null);
            }

            if (current is NodeEvent node)
            {
                RefuseExtras(node);
            }

            return current switch
            {
                Scalar scalar => Text(scalar),
                SequenceStart => List(current, depth),
                MappingStart => Map(current, depth),
                AnchorAlias alias => throw Refuse(current, "alias",
                    $"`*{ScalarNode.Display(alias.Value.Value)}` is a YAML alias; the policy language has none, so "
                        + "that each rule can be read where it stands",
                        "for a pattern put quotes around it; to repeat something write it again, or make a group or "
                            + "an effect set"),
                _ => throw Refuse(current, "not-yaml", "a value is expected here", null),
            };
        }

        private void RefuseExtras(NodeEvent node)
        {
            if (!node.Anchor.IsEmpty)
            {
                throw Refuse(node, "anchor",
                    $"`&{ScalarNode.Display(node.Anchor.Value)}` is a YAML anchor; the policy language has none",
                    "for a value that starts with `&` put quotes around it");
            }

            if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific)
            {
                throw Refuse(node, "tag",
                    $"`{ScalarNode.Display(node.Tag.Value)}` is a YAML tag; the policy language has none",
                    "for a value that starts with `!` put quotes around it");
            }
        }

        private ScalarNode Text(Scalar scalar)
        {
            if (scalar.Value.Length > PolicyLimits.ScalarLength)
            {
                throw Refuse(scalar, "too-long",
                    $"a value of {scalar.Value.Length:N0} characters; at most {PolicyLimits.ScalarLength:N0} are read",
                    null);
            }

            return new ScalarNode(At(file, scalar.Start), scalar.Value, scalar.Style != ScalarStyle.Plain);
        }

        private ListNode List(ParsingEvent start, int depth)
        {
            var items = new List<Node>();
            while (!parser.Accept<SequenceEnd>(out _))
            {
                items.Add(Node(depth + 1));
            }

            parser.Consume<SequenceEnd>();
            return new ListNode(At(file, start.Start), items);
        }

        private MapNode Map(ParsingEvent start, int depth)
        {
            var entries = new List<Entry>();
            var seen = new Dictionary<string, SourceLocation>(StringComparer.Ordinal);
            while (!parser.Accept<MappingEnd>(out _))
            {
                Node node = Node(depth + 1);
                if (node is not ScalarNode key)
                {
                    throw new Refused(node.Location, "wrong-type", "a key must be a word",
                        "put `{` or `[` in quotes if it belongs to a value");
                }

                Node value = Node(depth + 1);
                if (seen.TryAdd(key.Value, key.Location))
                {
                    entries.Add(new Entry(key, value));
                }
                else
                {
                    found.Error(key.Location, "duplicate-key",
                        $"`{ScalarNode.Display(key.Value)}` stands here a second time; the first is in line "
                            + $"{seen[key.Value].Line}", "join the two");
                }
            }

            parser.Consume<MappingEnd>();
            return new MapNode(At(file, start.Start), entries);
        }

        private Refused Refuse(ParsingEvent at, string code, string message, string? help) =>
            new(At(file, at.Start), code, message, help);
    }
}
