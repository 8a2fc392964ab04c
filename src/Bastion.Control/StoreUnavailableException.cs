namespace Bastion.Control;

/// <summary>
/// What the gateway keeps beside its journal (the index of sessions and requests, what people prove themselves with)
/// cannot be read or written. The message is for people. What waited for it must not happen; what had been decided
/// stays decided.
/// </summary>
/// <param name="message">One line, with the mend.</param>
/// <param name="passes">Another process has it for the moment: trying again makes sense.</param>
/// <param name="inner">What the store said.</param>
public sealed class StoreUnavailableException(string message, bool passes, Exception? inner = null)
    : Exception(message, inner)
{
    public bool Passes { get; } = passes;
}
