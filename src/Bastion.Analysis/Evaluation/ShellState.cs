using System.Collections.Frozen;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

internal enum Merging
{
    /// <summary>The branch ran: a function's body, a loop's round that nothing cuts short.</summary>
    Certain,

    /// <summary>It ran if all went well: the right side of <c>&amp;&amp;</c>.</summary>
    Likely,

    /// <summary>It may have run.</summary>
    Possible,
}

/// <summary>What earlier commands of the same text have set up in the shell. A subshell sees its parent's and keeps its
/// own changes to itself.</summary>
internal sealed class ShellState(ShellState? parent = null)
{
    /// <summary>Variables that the shell itself sets now and then.</summary>
    private static readonly FrozenSet<string> Changing = FrozenSet.ToFrozenSet(
    [
        "RANDOM", "SRANDOM", "SECONDS", "LINENO", "EPOCHSECONDS", "EPOCHREALTIME", "BASHPID", "PPID", "UID", "EUID",
        "GROUPS", "PWD", "OLDPWD",
        "FUNCNAME", "DIRSTACK", "HISTCMD", "PIPESTATUS", "OPTIND", "COLUMNS", "LINES", "BASH_COMMAND", "BASH_SUBSHELL",
        "BASH_ARGV", "BASH_SOURCE",
    ]);

    private Dictionary<string, Variable?>? _variables;
    private Dictionary<string, Definitions<Command>>? _functions;
    private Dictionary<string, Definitions<string>>? _aliases;
    private Dictionary<int, Descriptor>? _descriptors;
    private Value[]? _positional;
    private WorkingDirectory? _directory;
    private bool _hasExpandingText;

    public Value[]? Positional
    {
        get => _positional ?? parent?.Positional;
        set => _positional = value;
    }

    /// <summary>Where the shell is, as far as the text tells.</summary>
    public WorkingDirectory Directory
    {
        get => _directory ?? parent?.Directory ?? WorkingDirectory.Unknown;
        set => _directory = value;
    }

    public bool HasVariables => _variables is { Count: > 0 };

    /// <summary>A variable was set to a text in which something would be expanded.</summary>
    public bool HasExpandingText => _hasExpandingText || (parent?.HasExpandingText ?? false);

    public Variable? Find(string name) =>
        _variables is not null && _variables.TryGetValue(name, out Variable? own) ? own : parent?.Find(name);

    /// <summary>An assignment to a variable that a function around it has made local stays with that
    /// function.</summary>
    public void Set(string name, Variable? value)
    {
        Variable? before = Find(name);
        if (value is { LocalDepth: 0 } && before is { LocalDepth: > 0 and var depth })
        {
            value = value with { LocalDepth = depth };
        }

        if (value is { IsAttributed: false } && before is { IsAttributed: true })
        {
            value = value with { Certain = false, IsUnset = false, IsAttributed = true };
        }

        if (value is { Certain: true } && name is [>= 'A' and <= 'Z', ..] && Changing.Contains(name))
        {
            value = value with { Certain = false };
        }

        (_variables ??= new(StringComparer.Ordinal))[name] = value;
        _hasExpandingText |= value is not null
            && (ArithmeticText.IsExpanding(value.Text) || (value.Array?.Any(ArithmeticText.IsExpanding) ?? false));
    }

    public Definitions<Command>? Function(string name) =>
        _functions is not null && _functions.TryGetValue(name, out Definitions<Command>? own)
            ? own
            : parent?.Function(name);

    /// <summary>The function is this one now; those of the same name before may still be called.</summary>
    public void Define(string name, Command body) =>
        (_functions ??= new(StringComparer.Ordinal))[name] = Definitions<Command>.Of(body, Function(name));

    /// <summary><c>unset -f</c>: it may be gone.</summary>
    public void Undefine(string name)
    {
        if (Function(name) is { } function)
        {
            (_functions ??= new(StringComparer.Ordinal))[name] = function with { IsCertain = false };
        }
    }

    public Definitions<string>? Alias(string name) =>
        _aliases is not null && _aliases.TryGetValue(name, out Definitions<string>? own) ? own : parent?.Alias(name);

    public void SetAlias(string name, string text) =>
        (_aliases ??= new(StringComparer.Ordinal))[name] = Definitions<string>.Of(text, Alias(name));

    /// <summary>An alias is not expanded inside itself.</summary>
    public void SuspendAlias(string name) =>
        (_aliases ??= new(StringComparer.Ordinal))[name] = Definitions<string>.None;

    public Descriptor? Descriptor(int number) =>
        _descriptors is not null && _descriptors.TryGetValue(number, out Descriptor? own)
            ? own
            : parent?.Descriptor(number);

    public void Open(int number, Descriptor descriptor) => (_descriptors ??= [])[number] = descriptor;

    /// <summary>Takes over what a branch has set, and says how much that was. What was set before to something else is
    /// then uncertain.</summary>
    /// <param name="leaving">The depth of the function whose call this ends: its local variables end with it.</param>
    public int Merge(ShellState branch, Merging merging, int leaving = -1)
    {
        if (branch._variables is not null)
        {
            foreach ((string? name, Variable? value) in branch._variables)
            {
                if (value?.LocalDepth == leaving)
                {
                    continue;
                }

                Variable? before = Find(name);
                // What is not set in the text may be set all the same: by the environment, or on an earlier line.
                bool differs = before is null || value?.Text != before.Text || value.Array != before.Array;
                Set(name, differs && merging != Merging.Certain
                    ? (value ?? before ?? new Variable("", Certain: false)) with
                    {
                        Certain = false,
                        IsUnset = false,
                    } : value);
            }
        }

        MergeDefinitions(branch, merging == Merging.Certain);
        if (branch._positional is { } parameters && leaving < 0)
        {
            _positional = merging != Merging.Possible
                ? parameters
                : Array.ConvertAll(parameters, value => value.Uncertain());
        }

        return (branch._variables?.Count ?? 0) + (branch._functions?.Count ?? 0) + (branch._aliases?.Count ?? 0);
    }

    /// <summary>What a command with assignments before it has set, but for those assignments.</summary>
    public void MergeVariables(ShellState environment, Assignment[] assignments)
    {
        if (environment._variables is null)
        {
            return;
        }

        foreach ((string? name, Variable? value) in environment._variables)
        {
            if (!Array.Exists(assignments, assignment => assignment.Name == name))
            {
                Set(name, value);
            }
        }
    }

    /// <summary>Functions, aliases, descriptors and the directory that a command with assignments before it, or a
    /// branch, has set.</summary>
    public void MergeDefinitions(ShellState environment, bool isCertain = true)
    {
        if (environment._functions is not null)
        {
            foreach ((string? name, Definitions<Command>? function) in environment._functions)
            {
                (_functions ??= new(StringComparer.Ordinal))[name] =
                    function with { IsCertain = function.IsCertain && isCertain };
            }
        }

        if (environment._aliases is not null)
        {
            foreach ((string? name, Definitions<string>? alias) in environment._aliases)
            {
                (_aliases ??= new(StringComparer.Ordinal))[name] = alias;
            }
        }

        if (environment._descriptors is not null)
        {
            foreach ((int number, Descriptor descriptor) in environment._descriptors)
            {
                Open(number, descriptor);
            }
        }

        _directory = environment._directory ?? _directory;
    }
}
