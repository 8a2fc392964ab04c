namespace Bastion.Analysis;

/// <summary>A file that a command would run, or read as a program, and that lies on the target.</summary>
/// <param name="Path">As far as the text tells: from the root, or relative to where the command starts.</param>
/// <param name="Language">Who would read it: <c>sh</c>, <c>python</c>, <c>sql</c> …; its first line may say
/// otherwise.</param>
public sealed record ScriptReference(string Path, string Language)
{
    /// <summary>Its content was given, and is part of the result.</summary>
    public bool IsRead { get; init; }
}

/// <summary>What was found at the path of a <see cref="ScriptReference"/>.</summary>
/// <param name="Content">Null when it could not be read.</param>
/// <param name="Unread">Why it could not be read; null when it was.</param>
public sealed record TargetScript(string? Content, Reason? Unread = null);

/// <summary>A line of a script that an effect comes from.</summary>
/// <param name="Number">From 1.</param>
public sealed record ScriptLine(string Path, int Number, string Text);
