using System.Collections.Frozen;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>A shell variable as far as the text tells. <paramref name="Certain"/> is false when a branch decides
/// whether it has this value.</summary>
internal sealed record Variable(string Text, bool Certain, IReadOnlyList<string>? Array = null)
{
    /// <summary>The text itself has unset it.</summary>
    public bool IsUnset { get; init; }

    /// <summary>Declared as an integer, as upper or lower case, as read-only, as another's name or with names for
    /// subscripts: what is assigned to it later is not simply what it has.</summary>
    public bool IsAttributed { get; init; }

    /// <summary>How many functions deep it was declared local; 0 when it is the shell's own.</summary>
    public int LocalDepth { get; init; }
}

internal enum Merging
{
    /// <summary>The branch ran: a function's body, a loop's round that nothing cuts short.</summary>
    Certain,

    /// <summary>It ran if all went well: the right side of <c>&amp;&amp;</c>.</summary>
    Likely,

    /// <summary>It may have run.</summary>
    Possible,
}

/// <summary>What earlier commands of the same text have set up. A subshell sees its parent's and keeps its own changes
/// to itself.</summary>
internal sealed class ShellState(ShellState? parent = null)
{
    private Dictionary<string, Variable?>? _variables;
    private Dictionary<string, Command>? _functions;
    private Dictionary<string, string>? _aliases;
    private Dictionary<string, string?>? _files;
    private Value[]? _positional;
    private string? _directory;

    public Value[]? Positional
    {
        get => _positional ?? parent?.Positional;
        set => _positional = value;
    }

    /// <summary>The working directory after a <c>cd</c> to a known place; null when it is not known.</summary>
    public string? Directory
    {
        get => _directory ?? parent?.Directory;
        set => _directory = value;
    }

    public Variable? Find(string name) =>
        _variables is not null && _variables.TryGetValue(name, out Variable? own) ? own : parent?.Find(name);

    /// <summary>Variables that the shell itself sets now and then.</summary>
    private static readonly FrozenSet<string> Changing = FrozenSet.ToFrozenSet(
    [
        "RANDOM", "SRANDOM", "SECONDS", "LINENO", "EPOCHSECONDS", "EPOCHREALTIME", "BASHPID", "PPID", "UID", "EUID",
        "GROUPS", "PWD", "OLDPWD",
        "FUNCNAME", "DIRSTACK", "HISTCMD", "PIPESTATUS", "OPTIND", "COLUMNS", "LINES", "BASH_COMMAND", "BASH_SUBSHELL",
        "BASH_ARGV", "BASH_SOURCE",
    ]);

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
    }

    public Command? Function(string name) =>
        _functions is not null && _functions.TryGetValue(name, out Command? body) ? body : parent?.Function(name);

    public void Define(string name, Command body) => (_functions ??= new(StringComparer.Ordinal))[name] = body;

    public string? Alias(string name) =>
        _aliases is not null && _aliases.TryGetValue(name, out string? text) ? text : parent?.Alias(name);

    public void SetAlias(string name, string text) => (_aliases ??= new(StringComparer.Ordinal))[name] = text;

    /// <summary>True when the text writes this file; the content is null when it is computed.</summary>
    public bool TryGetFile(string path, out string? content)
    {
        content = null;
        return _files is not null && _files.TryGetValue(path, out content)
            || (parent?.TryGetFile(path, out content) ?? false);
    }

    public bool HasFiles => _files is not null || (parent?.HasFiles ?? false);

    /// <summary>Files outlive the subshell that writes them.</summary>
    public void Write(string path, string? content)
    {
        ShellState root = this;
        while (root.Parent is { } above)
        {
            root = above;
        }

        root._files ??= new(StringComparer.Ordinal);
        // Whether the text that is there was replaced may depend on a branch: then it is not known which of the two is.
        bool replaced = root._files.TryGetValue(path, out string? before) && before is { Length: > 0 }
            && content?.StartsWith(before, StringComparison.Ordinal) != true;
        root._files[path] = replaced ? null : content;
    }

    public bool HasVariables => _variables is { Count: > 0 };

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

        MergeDefinitions(branch);
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

    /// <summary>Functions, aliases and the directory that a command with assignments before it has set; the assignments
    /// stay its own.</summary>
    public void MergeDefinitions(ShellState environment)
    {
        if (environment._functions is not null)
        {
            foreach ((string? name, Command? body) in environment._functions)
            {
                Define(name, body);
            }
        }

        if (environment._aliases is not null)
        {
            foreach ((string? name, string? text) in environment._aliases)
            {
                SetAlias(name, text);
            }
        }

        _directory = environment._directory ?? _directory;
    }

    private ShellState? Parent => parent;
}
