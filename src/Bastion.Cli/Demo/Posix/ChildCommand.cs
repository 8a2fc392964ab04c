namespace Bastion.Cli.Demo.Posix;

/// <summary>What to start, with which environment, and with which open files beside the first three.</summary>
internal sealed record ChildCommand(IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>They become 3, 4, 5 … in the child.</summary>
    public IReadOnlyList<SharedDescriptor> Descriptors { get; init; } = [];

    /// <summary>
    /// What is started enters a PID namespace: the program that signals are meant for is its only child, leads a
    /// session of its own and takes the terminal as its controlling one itself.
    /// </summary>
    public bool EntersNamespace { get; init; }
}
