using System.Text;

namespace Bastion.Analysis.Shell;

/// <summary>The tree of a shell text, one construct a line, indented by depth: what `bastion policy explain` shows of
/// the reading.</summary>
internal sealed class TreePrinter
{
    private readonly StringBuilder _output = new();
    private int _depth;

    public static string Print(Script script)
    {
        var printer = new TreePrinter();
        printer.Write(script);
        if (script.Failure is { } failure)
        {
            printer.Line($"{(failure.Incomplete ? "incomplete" : "invalid")}: {failure.Message}");
        }

        return printer._output.ToString();
    }

    private void Write(Script script)
    {
        foreach (Statement statement in script.Statements)
        {
            Write(statement.Command, statement.Background ? " &" : "");
        }
    }

    private void Write(Command command, string suffix = "")
    {
        switch (command)
        {
            case SimpleCommand simple:
                IEnumerable<string> words = simple.Assignments.Select(Describe).Concat(simple.Words.Select(Describe));
                Line("command  " + string.Join("  ", words) + suffix);
                Below(() => WriteNested(simple));
                break;
            case Pipeline pipeline:
                Nest((pipeline.Negated ? "not " : "") + (pipeline.Timed ? "timed " : "") + "pipeline" + suffix,
                    [.. pipeline.Commands]);
                break;
            case AndOrList list:
                Line("list" + suffix);
                Below(() =>
                {
                    Write(list.First);
                    foreach ((AndOr symbol, Command? next) in list.Rest)
                    {
                        Write(next, symbol == AndOr.And
                            ? "   (if the one before succeeds)"
                            : "   (if the one before fails)");
                    }
                });
                break;
            case Group group:
                Nest((group.Subshell ? "subshell" : "group") + suffix, group.Body);
                break;
            case IfCommand conditional:
                foreach ((Script? condition, Script? body) in conditional.Clauses)
                {
                    Nest("if" + suffix, condition);
                    Nest("then", body);
                }

                if (conditional.Else is not null)
                {
                    Nest("else", conditional.Else);
                }

                break;
            case LoopCommand loop:
                Nest((loop.Until ? "until" : "while") + suffix, loop.Condition);
                Nest("do", loop.Body);
                break;
            case ForCommand loop:
                Nest($"{(loop.Select ? "select" : "for")} {loop.Name} in "
                    + $"{string.Join(' ', (loop.Values ?? []).Select(Describe))}{suffix}", loop.Body);
                break;
            case ArithmeticFor loop:
                Nest("for ((…))" + suffix, loop.Body);
                break;
            case CaseCommand choice:
                Line("case " + Describe(choice.Subject) + suffix);
                foreach (CaseItem item in choice.Items)
                {
                    Below(() => Nest("when " + string.Join(" | ", item.Patterns.Select(Describe)), item.Body));
                }

                break;
            case FunctionDefinition function:
                Line($"function {function.Name}{suffix}");
                Below(() => Write(function.Body));
                break;
            case CoprocCommand coproc:
                Line("coprocess" + suffix);
                Below(() => Write(coproc.Body));
                break;
            default:
                Line((command is ConditionalCommand ? "condition" : "arithmetic") + suffix);
                break;
        }

        foreach (Redirection redirection in command.Redirections)
        {
            Below(() =>
                Line($"redirection  {redirection.Descriptor}{redirection.Operator}  {Describe(redirection.Target)}"));
        }
    }

    private void WriteNested(SimpleCommand command)
    {
        foreach (Word? word in command.Words.Concat(command.Assignments.Select(one => one.Value).OfType<Word>()))
        {
            WriteSubstitutions(word.Parts);
        }
    }

    private void WriteSubstitutions(ReadOnlySpan<WordPart> parts)
    {
        foreach (WordPart part in parts)
        {
            WriteSubstitutions(part);
        }
    }

    private void WriteSubstitutions(WordPart part)
    {
        switch (part)
        {
            case CommandSubstitution substitution:
                Nest("substitution", substitution.Body);
                break;
            case ProcessSubstitution process:
                Nest("process substitution", process.Body);
                break;
            case DoubleQuoted quoted:
                WriteSubstitutions(quoted.Parts);
                break;
        }
    }

    private void Nest(string title, Script body)
    {
        Line(title);
        Below(() => Write(body));
    }

    private void Nest(string title, IReadOnlyList<Command> commands)
    {
        Line(title);
        Below(() =>
        {
            foreach (Command command in commands)
            {
                Write(command);
            }
        });
    }

    private void Below(Action write)
    {
        _depth++;
        write();
        _depth--;
    }

    private void Line(string text) => _output.Append(' ', _depth * 2).Append(text).Append('\n');

    private static string Describe(Assignment assignment) =>
        assignment.Name + (assignment.Append ? "+=" : "=") + (assignment switch
        {
            { Array: not null } => "(…)",
            { Value: { } value } => Describe(value),
            _ => "",
        });

    /// <summary>Quotes shown as they are meant: literal text plain, quoted text in quotes, computed parts by their
    /// names.</summary>
    private static string Describe(Word word) => Describe(word.Parts);

    private static string Describe(ReadOnlySpan<WordPart> parts) => string.Concat(parts.ToArray().Select(Describe));

    private static string Describe(WordPart part) => part switch
    {
        Literal literal => literal.Text,
        Quoted quoted => $"‘{quoted.Text}’",
        DoubleQuoted quoted => $"“{Describe(quoted.Parts)}”",
        ParameterExpansion parameter => "${" + parameter.Name + parameter.Operator + "}",
        CommandSubstitution => "$(…)",
        ProcessSubstitution process => process.Output ? ">(…)" : "<(…)",
        ArithmeticExpansion => "$((…))",
        _ => "(…)",
    };
}
