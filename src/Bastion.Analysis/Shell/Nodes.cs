namespace Bastion.Analysis.Shell;

/// <summary>A part of the tree; the span counts in the text given to the outermost parser.</summary>
internal abstract class Node(int start, int end)
{
    public int Start => start;

    public int End => end;

    public TextSpan Span => TextSpan.FromBounds(start, end);
}

/// <summary>A list of commands with their separators. <see cref="Failure"/> is set on the outermost list, and on
/// command substitutions that the shell would read only when it runs them.</summary>
internal sealed class Script(int start, int end, Statement[] statements) : Node(start, end)
{
    public Statement[] Statements => statements;

    public ParseFailure? Failure { get; init; }
}

/// <summary>A command and how it ends: in the foreground, or in the background by <c>&amp;</c>.</summary>
internal sealed class Statement(int start, int end, Command command, bool background) : Node(start, end)
{
    public Command Command => command;

    public bool Background => background;
}

/// <summary>The closed family of commands: <see cref="SimpleCommand"/>, <see cref="Pipeline"/>, <see
/// cref="AndOrList"/>, <see cref="Group"/>,
/// <see cref="IfCommand"/>, <see cref="LoopCommand"/>, <see cref="ForCommand"/>, <see cref="ArithmeticFor"/>, <see
/// cref="CaseCommand"/>,
/// <see cref="ConditionalCommand"/>, <see cref="ArithmeticCommand"/>, <see cref="FunctionDefinition"/>, <see
/// cref="CoprocCommand"/>.</summary>
internal abstract class Command(int start, int end) : Node(start, end)
{
    /// <summary>Redirections of the command as a whole.</summary>
    public Redirection[] Redirections { get; set; } = [];
}

internal sealed class SimpleCommand(int start, int end, Assignment[] assignments, Word[] words) : Command(start, end)
{
    public Assignment[] Assignments => assignments;

    public Word[] Words => words;

    /// <summary>Arrays among the arguments of <c>declare</c> and its kin.</summary>
    public Assignment[] ArrayArguments { get; init; } = [];
}

internal sealed class Pipeline(int start, int end, Command[] commands, bool negated, bool timed) : Command(start, end)
{
    public Command[] Commands => commands;

    public bool Negated => negated;

    public bool Timed => timed;
}

internal enum AndOr
{
    And,
    Or,
}

internal sealed class AndOrList(int start, int end, Command first, (AndOr Operator, Command Command)[] rest)
    : Command(start, end)
{
    public Command First => first;

    public (AndOr Operator, Command Command)[] Rest => rest;
}

/// <summary><c>( … )</c> or <c>{ …; }</c>.</summary>
internal sealed class Group(int start, int end, Script body, bool subshell) : Command(start, end)
{
    public Script Body => body;

    public bool Subshell => subshell;
}

internal sealed class IfCommand(int start, int end, (Script Condition, Script Body)[] clauses, Script? otherwise)
    : Command(start, end)
{
    public (Script Condition, Script Body)[] Clauses => clauses;

    public Script? Else => otherwise;
}

/// <summary><c>while</c> and <c>until</c>.</summary>
internal sealed class LoopCommand(int start, int end, Script condition, Script body, bool until) : Command(start, end)
{
    public Script Condition => condition;

    public Script Body => body;

    public bool Until => until;
}

/// <summary><c>for</c> and <c>select</c>; no <see cref="Values"/> means the positional parameters.</summary>
internal sealed class ForCommand(int start, int end, string name, Word[]? values, Script body, bool select)
    : Command(start, end)
{
    public string Name => name;

    public Word[]? Values => values;

    public Script Body => body;

    public bool Select => select;
}

internal sealed class ArithmeticFor(int start, int end, Word header, Script body) : Command(start, end)
{
    public Word Header => header;

    public Script Body => body;
}

internal sealed class CaseItem(int start, int end, Word[] patterns, Script body) : Node(start, end)
{
    public Word[] Patterns => patterns;

    public Script Body => body;
}

internal sealed class CaseCommand(int start, int end, Word subject, CaseItem[] items) : Command(start, end)
{
    public Word Subject => subject;

    public CaseItem[] Items => items;
}

/// <summary><c>[[ … ]]</c>: only its words matter, since they may hold substitutions.</summary>
internal sealed class ConditionalCommand(int start, int end, Word[] words) : Command(start, end)
{
    public Word[] Words => words;
}

/// <summary><c>(( … ))</c>.</summary>
internal sealed class ArithmeticCommand(int start, int end, Word expression) : Command(start, end)
{
    public Word Expression => expression;
}

internal sealed class FunctionDefinition(int start, int end, string name, Command body) : Command(start, end)
{
    public string Name => name;

    public Command Body => body;
}

internal sealed class CoprocCommand(int start, int end, string? name, Command body) : Command(start, end)
{
    public string? Name => name;

    public Command Body => body;
}

internal sealed class Assignment(int start, int end, string name, Word? subscript, bool append, Word? value,
    Word[]? array) : Node(start, end)
{
    public string Name => name;

    public Word? Subscript => subscript;

    public bool Append => append;

    /// <summary>Null for an empty value and for an array.</summary>
    public Word? Value => value;

    public Word[]? Array => array;
}

internal enum RedirectionOperator
{
    Input,
    Output,
    Append,
    Clobber,
    ReadWrite,
    DuplicateInput,
    DuplicateOutput,
    OutputAndError,
    AppendOutputAndError,
    HereDocument,
    HereString,
}

internal sealed class Redirection(int start, int end, RedirectionOperator kind, string? descriptor, Word target)
    : Node(start, end)
{
    public RedirectionOperator Operator => kind;

    /// <summary>A number, or the name in <c>{name}&gt;</c>; null when it is the operator's own.</summary>
    public string? Descriptor => descriptor;

    /// <summary>For a here-document its delimiter.</summary>
    public Word Target => target;

    /// <summary>The body of a here-document, set once its lines have been read.</summary>
    public Word? Body { get; set; }

    /// <summary>The text ended before the delimiter came.</summary>
    public bool Unterminated { get; set; }
}
