using System.Buffers;
using System.Text;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.UserAuth;

/// <summary>
/// RFC 4252, the client's side: tries the credentials in order, each at most once, follows partial success, and says
/// in the end what was tried. No `none` and no offer is sent first: each would cost a round trip and tell nothing.
/// </summary>
internal sealed class UserAuthClient(ITransport transport, string user, IReadOnlyList<SshCredential> credentials)
{
    /// <summary>Bytes of banner kept; a hostile target could otherwise send banners for ever.</summary>
    private const int MaximumBannerBytes = 16 * 1024;

    /// <summary>Banners taken in one login; OpenSSH sends one, PAM modules a few.</summary>
    private const int MaximumBanners = 64;

    /// <summary>Rounds of one conversation; OpenSSH with PAM uses one to three.</summary>
    private const int MaximumRounds = 16;

    /// <summary>Prompts in one round, as in OpenSSH's client.</summary>
    private const int MaximumPrompts = 100;

    private readonly ArrayBufferWriter<byte> _request = new();
    private readonly List<string> _attempts = [];
    private readonly StringBuilder _banner = new();
    private IReadOnlyList<string>? _methods;
    private bool _partialSuccess;
    private int _banners;

    private enum Answer
    {
        Success,
        Partial,
        Refused,
    }

    /// <exception cref="SshDisconnectException">The connection is over before an outcome; the peer's reason is in
    /// it.</exception>
    public async Task<UserAuthOutcome> RunAsync(CancellationToken cancellationToken)
    {
        await RequestServiceAsync(cancellationToken);
        List<SshCredential> left = [.. credentials];
        while (left.FirstOrDefault(MayBeTaken) is { } credential)
        {
            left.Remove(credential);
            if (await TryAsync(credential, cancellationToken) == Answer.Success)
            {
                transport.Phase = SshPhase.Connection;
                return Outcome(succeeded: true);
            }
        }

        _attempts.AddRange(left.Select(credential => $"{credential.Method} not tried, the peer does not take it"));
        return Outcome(succeeded: false);
    }

    private async ValueTask RequestServiceAsync(CancellationToken cancellationToken)
    {
        SshWriter writer = StartRequest();
        new ServiceMessage(Encoding.ASCII.GetBytes(UserAuthMethod.UserAuthService)).Write(ref writer,
            MessageNumber.ServiceRequest);
        PostRequest();
        ReadOnlyMemory<byte> payload = await ReceiveAsync(cancellationToken);
        if (!ServiceMessage.TryRead(payload.Span, MessageNumber.ServiceAccept, out ServiceMessage accept)
            || !Ascii.Equals(accept.Service, UserAuthMethod.UserAuthService))
        {
            throw SshDisconnectException.Protocol("expected the user authentication service to be accepted");
        }

        transport.Phase = SshPhase.UserAuth;
    }

    /// <summary>Before the first refusal nobody knows what the peer takes; after it, its list decides.</summary>
    private bool MayBeTaken(SshCredential credential) =>
        _methods is null
        || _methods.Contains(credential.Method)
        || (credential is PasswordCredential && _methods.Contains(UserAuthMethod.KeyboardInteractive));

    private async ValueTask<Answer> TryAsync(SshCredential credential, CancellationToken cancellationToken)
    {
        switch (credential)
        {
            case KeyCredential key:
                return await TryKeyAsync(key.Signer, cancellationToken);
            case InteractiveCredential interactive:
                return await ConverseAsync(interactive.Answer, cancellationToken);
            case PasswordCredential password:
                return await TryPasswordAnyWayAsync(password.Password, cancellationToken);
            default:
                throw new InvalidOperationException("a credential is one of the three kinds");
        }
    }

    /// <summary>By `password`; by a prompt where the peer takes passwords only so, as targets with PAM often
    /// do.</summary>
    private async ValueTask<Answer> TryPasswordAnyWayAsync(string password, CancellationToken cancellationToken)
    {
        if (_methods is null || _methods.Contains(UserAuthMethod.Password))
        {
            Answer answer = await TryPasswordAsync(password, cancellationToken);
            if (answer != Answer.Refused || _methods!.Contains(UserAuthMethod.Password))
            {
                return answer;
            }
        }

        return _methods!.Contains(UserAuthMethod.KeyboardInteractive)
            ? await ConverseAsync(new PasswordAnswer(password).AnswerAsync, cancellationToken)
            : Answer.Refused;
    }

    private async ValueTask<Answer> TryKeyAsync(ISshSigner signer, CancellationToken cancellationToken)
    {
        SshPublicKey key = signer.PublicKey;
        if (ChooseAlgorithm(key) is not { } algorithm)
        {
            _attempts.Add(
                $"publickey {key.Fingerprint} not tried, the peer takes none of "
                    + $"{string.Join(", ", key.SignatureAlgorithms)}");
            return Answer.Refused;
        }

        bool hostBound = transport.PeerExtensions.TryGetValue("publickey-hostbound@openssh.com", out byte[]? version)
            && version.AsSpan().SequenceEqual("0"u8);
        ReadOnlyMemory<byte> toSign = WriteKeyRequest(key, algorithm, hostBound, out int requestOffset);
        byte[] signature = await signer.SignAsync(algorithm, toSign, cancellationToken);
        var writer = new SshWriter(_request);
        writer.WriteString(signature);
        transport.Post(_request.WrittenSpan[requestOffset..]);
        ReadOnlyMemory<byte> payload = await ReceiveAnswerAsync(cancellationToken);
        return ReadAnswer(payload.Span, $"publickey {algorithm} {key.Fingerprint}");
    }

    /// <summary>
    /// RFC 8308 section 3.1: among the peer's server-sig-algs when it sent them. Without, RSA signs with SHA-256, which
    /// every peer that knows RFC 8332 has.
    /// </summary>
    private string? ChooseAlgorithm(SshPublicKey key)
    {
        if (!transport.PeerExtensions.TryGetValue("server-sig-algs", out byte[]? raw))
        {
            return key.SignatureAlgorithms.FirstOrDefault(
                algorithm => SshSignatureAlgorithms.PlainOf(algorithm) != SshSignatureAlgorithms.RsaSha512);
        }

        string[] taken = Encoding.ASCII.GetString(raw).Split(',');
        return key.SignatureAlgorithms.FirstOrDefault(
            algorithm => taken.Contains(algorithm) || taken.Contains(SshSignatureAlgorithms.PlainOf(algorithm)));
    }

    /// <summary>Leaves string session identifier ‖ request in the buffer: all of it is signed, and the request
    /// follows.</summary>
    private ReadOnlyMemory<byte> WriteKeyRequest(SshPublicKey key, string algorithm, bool hostBound,
        out int requestOffset)
    {
        SshWriter writer = StartRequest();
        writer.WriteString(transport.SessionId.Span);
        requestOffset = _request.WrittenCount;
        UserAuthRequestMessage.WriteHead(ref writer, user, hostBound
            ? UserAuthMethod.PublicKeyHostBound
            : UserAuthMethod.PublicKey);
        PublicKeyFields.WriteUnsigned(ref writer, algorithm, key.Blob.Span, hostBound, transport.HostKeyBlob.Span);
        return _request.WrittenMemory;
    }

    private async ValueTask<Answer> TryPasswordAsync(string password, CancellationToken cancellationToken)
    {
        SshWriter writer = StartRequest();
        UserAuthRequestMessage.WriteHead(ref writer, user, UserAuthMethod.Password);
        PasswordFields.Write(ref writer, password);
        PostRequest();
        ReadOnlyMemory<byte> payload = await ReceiveAnswerAsync(cancellationToken);
        if (payload.Span[0] == (byte)MessageNumber.UserAuthMethod60)
        {
            // SSH_MSG_USERAUTH_PASSWD_CHANGEREQ: a gateway does not invent a password for a target's account.
            _attempts.Add("password good but expired, the peer wants it changed");
            _methods ??= [UserAuthMethod.Password];
            return Answer.Refused;
        }

        return ReadAnswer(payload.Span, "password");
    }

    private async ValueTask<Answer> ConverseAsync(InteractiveAnswer answer, CancellationToken cancellationToken)
    {
        SshWriter writer = StartRequest();
        UserAuthRequestMessage.WriteHead(ref writer, user, UserAuthMethod.KeyboardInteractive);
        KeyboardInteractiveFields.Write(ref writer);
        PostRequest();
        for (int round = 0; round < MaximumRounds; round++)
        {
            ReadOnlyMemory<byte> payload = await ReceiveAnswerAsync(cancellationToken);
            if (payload.Span[0] != (byte)MessageNumber.UserAuthMethod60)
            {
                return ReadAnswer(payload.Span, "keyboard-interactive");
            }

            IReadOnlyList<string> answers = await AnswerRoundAsync(payload, answer, cancellationToken);
            writer = StartRequest();
            InfoResponseMessage.Write(ref writer, answers);
            PostRequest();
        }

        throw SshDisconnectException.Protocol("the peer's keyboard-interactive conversation does not end");
    }

    private static async ValueTask<IReadOnlyList<string>> AnswerRoundAsync(
        ReadOnlyMemory<byte> payload, InteractiveAnswer answer, CancellationToken cancellationToken)
    {
        ReadRound(payload.Span, out string name, out string instruction, out IReadOnlyList<UserPrompt> prompts);
        IReadOnlyList<string> answers = prompts.Count == 0 && instruction.Length == 0
            ? []
            : await answer(name, instruction, prompts, cancellationToken);
        return answers.Count == prompts.Count
            ? answers
            : throw new InvalidOperationException("keyboard-interactive needs one answer a prompt");
    }

    private static void ReadRound(
        ReadOnlySpan<byte> payload, out string name, out string instruction, out IReadOnlyList<UserPrompt> prompts)
    {
        if (!InfoRequestMessage.TryRead(payload, MaximumPrompts, out InfoRequestMessage request))
        {
            throw SshDisconnectException.Protocol("a malformed keyboard-interactive request");
        }

        name = VisibleText.Lines(request.Name);
        instruction = VisibleText.Lines(request.Instruction);
        prompts = [.. request.Prompts.Select(prompt => prompt with { Text = VisibleText.Lines(prompt.Text) })];
    }

    private Answer ReadAnswer(ReadOnlySpan<byte> payload, string attempt)
    {
        if (payload.Length == 1 && payload[0] == (byte)MessageNumber.UserAuthSuccess)
        {
            _attempts.Add($"{attempt} accepted");
            return Answer.Success;
        }

        if (!UserAuthFailureMessage.TryRead(payload, out UserAuthFailureMessage failure))
        {
            throw SshDisconnectException.Protocol("expected an answer to the authentication request");
        }

        _methods = Encoding.ASCII.GetString(failure.Methods).Split(',', StringSplitOptions.RemoveEmptyEntries);
        _partialSuccess |= failure.PartialSuccess;
        _attempts.Add($"{attempt} {(failure.PartialSuccess ? "accepted, more is wanted" : "refused")}");
        return failure.PartialSuccess ? Answer.Partial : Answer.Refused;
    }

    /// <summary>The next message that is not a banner.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> ReceiveAnswerAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadOnlyMemory<byte> payload = await ReceiveAsync(cancellationToken);
            if (payload.Span[0] != (byte)MessageNumber.UserAuthBanner)
            {
                return payload;
            }

            KeepBanner(payload.Span);
        }
    }

    private void KeepBanner(ReadOnlySpan<byte> payload)
    {
        if (!UserAuthBannerMessage.TryRead(payload, out UserAuthBannerMessage banner) || ++_banners > MaximumBanners)
        {
            throw SshDisconnectException.Protocol("malformed or too many banners");
        }

        int room = Math.Min(banner.Text.Length, MaximumBannerBytes - _banner.Length);
        if (room > 0)
        {
            _banner.Append(VisibleText.Lines(Encoding.UTF8.GetString(banner.Text[..room])));
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> payload = await transport.ReceiveAsync(cancellationToken);
        return payload.IsEmpty
            ? throw new SshDisconnectException(DisconnectReason.ConnectionLost, Blame.Network,
            "the peer went away during login")
            : payload;
    }

    private UserAuthOutcome Outcome(bool succeeded) =>
        new(succeeded, _methods ?? [], _partialSuccess, _attempts, _banner.ToString());

    private SshWriter StartRequest()
    {
        _request.ResetWrittenCount();
        return new SshWriter(_request);
    }

    private void PostRequest() => transport.Post(_request.WrittenSpan);

    /// <summary>
    /// Answers one hidden prompt with the password, once. A second hidden prompt asks for something else (a code, the
    /// password again after a refusal), and a visible one must never be given it: both get an empty answer.
    /// </summary>
    private sealed class PasswordAnswer(string password)
    {
        private bool _given;

        public ValueTask<IReadOnlyList<string>> AnswerAsync(
            string name, string instruction, IReadOnlyList<UserPrompt> prompts, CancellationToken cancellationToken)
        {
            string[] answers = new string[prompts.Count];
            for (int index = 0; index < answers.Length; index++)
            {
                bool give = !_given && !prompts[index].Echo;
                answers[index] = give ? password : "";
                _given |= give;
            }

            return ValueTask.FromResult<IReadOnlyList<string>>(answers);
        }
    }
}
