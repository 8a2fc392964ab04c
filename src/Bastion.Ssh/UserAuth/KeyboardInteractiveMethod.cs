using System.Buffers;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.UserAuth;

/// <summary>keyboard-interactive (RFC 4256): the application leads, the client answers round by round.</summary>
internal static class KeyboardInteractiveMethod
{
    public static async ValueTask<MethodResult> HandleAsync(
        IUserAuthenticator authenticator,
        UserAuthContext context,
        UserPrompter prompter,
        ReadOnlyMemory<byte> fields,
        CancellationToken cancellationToken)
    {
        if (!KeyboardInteractiveFields.IsWellFormed(fields.Span))
        {
            throw SshDisconnectException.Protocol("a malformed keyboard-interactive request");
        }

        UserAuthDecision decision =
            await authenticator.AuthenticateInteractivelyAsync(context, prompter, cancellationToken);
        // An authenticator that swallowed the abandonment must not log anybody in on a conversation that never ended.
        return prompter.NextRequest is null
            ? MethodResult.Guess(decision)
            : MethodResult.Abandoned(prompter.Rounds > 0);
    }
}

/// <summary>RFC 4252 section 5: a client may leave an exchange by sending another request.</summary>
internal sealed class ConversationAbandonedException() : OperationCanceledException("the client left the conversation");

internal sealed class UserPrompter(ITransport transport, UserAuthLimits limits, TimeProvider timeProvider)
    : IUserPrompter
{
    /// <summary>The request by which the client left the conversation, to be served next.</summary>
    public byte[]? NextRequest { get; private set; }

    /// <summary>Rounds that the client answered.</summary>
    public int Rounds { get; private set; }

    /// <summary>When the last answer came; null before the first.</summary>
    public long? LastAnswered { get; private set; }

    public async ValueTask<IReadOnlyList<string>> AskAsync(
        string name, string instruction, IReadOnlyList<UserPrompt> prompts, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prompts.Count, limits.MaximumPrompts, nameof(prompts));
        if (NextRequest is not null)
        {
            throw new ConversationAbandonedException();
        }

        if (Rounds >= limits.MaximumRounds)
        {
            throw new InvalidOperationException("a conversation has more rounds than the limit allows");
        }

        Post(name, instruction, prompts);
        ReadOnlyMemory<byte> payload = await transport.ReceiveAsync(cancellationToken);
        if (payload.IsEmpty)
        {
            throw new SshDisconnectException(DisconnectReason.ConnectionLost, Blame.Network,
                "the client went away before login");
        }

        if (payload.Span[0] == (byte)MessageNumber.UserAuthRequest)
        {
            NextRequest = payload.ToArray();
            throw new ConversationAbandonedException();
        }

        if (!InfoResponseMessage.TryRead(payload.Span, prompts.Count, limits.MaximumSecretBytes,
            out List<string> answers))
        {
            throw SshDisconnectException.Protocol("expected one answer a prompt");
        }

        Rounds++;
        LastAnswered = timeProvider.GetTimestamp();
        return answers;
    }

    private void Post(string name, string instruction, IReadOnlyList<UserPrompt> prompts)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        InfoRequestMessage.Write(ref writer, name, instruction, prompts);
        transport.Post(output.WrittenSpan);
    }
}
