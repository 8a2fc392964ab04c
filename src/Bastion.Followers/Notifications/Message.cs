using System.Security.Cryptography;

namespace Bastion.Followers.Notifications;

public enum MessageKind
{
    Report,
    Notice,
}

/// <summary>What is sent, whichever way.</summary>
/// <param name="Id">The report's, or one of its own.</param>
/// <param name="Kind">Which of the two.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">Plain, for the body. It never holds a command's text for people on a lock screen.</param>
/// <param name="Directory">Files that go with it, all of this directory; null for none.</param>
/// <param name="Facts">For programs.</param>
internal sealed record Message(
    string Id, MessageKind Kind, string Subject, string Text, string? Directory,
    IReadOnlyDictionary<string, string> Facts)
{
    private const int IdentifierBytes = 8;

    public static string NewId() =>
        "notice-" + RandomNumberGenerator.GetHexString(2 * IdentifierBytes, lowercase: true);
}

/// <param name="Id">Of this delivery.</param>
/// <param name="Channel">`mail` or `webhook`.</param>
/// <param name="Recipient">An address, or the webhook's name.</param>
/// <param name="Message">What.</param>
/// <param name="Tries">So far.</param>
internal sealed record Delivery(string Id, string Channel, string Recipient, Message Message, int Tries);

/// <summary>One way out. It throws where the message did not arrive; what it throws is for people.</summary>
internal interface IChannel
{
    string Name { get; }

    Task SendAsync(Delivery delivery, CancellationToken cancellationToken);
}
