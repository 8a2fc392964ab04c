namespace Bastion.Ssh.UserAuth;

/// <summary>password (RFC 4252 section 8). Changing a password in the protocol is not offered.</summary>
internal static class PasswordMethod
{
    public static async ValueTask<MethodResult> HandleAsync(
        IUserAuthenticator authenticator,
        UserAuthContext context,
        UserAuthLimits limits,
        ReadOnlyMemory<byte> fields,
        CancellationToken cancellationToken)
    {
        if (Read(fields.Span, limits) is not { } password)
        {
            return MethodResult.Guess(UserAuthDecision.Refuse("an empty, over-long or changing password"));
        }

        return MethodResult.Guess(await authenticator.AuthenticatePasswordAsync(context, password, cancellationToken));
    }

    private static string? Read(ReadOnlySpan<byte> fields, UserAuthLimits limits)
    {
        if (!PasswordFields.TryRead(fields, out PasswordFields request))
        {
            throw SshDisconnectException.Protocol("a malformed password request");
        }

        bool takes = !request.Change && !request.Password.IsEmpty
            && request.Password.Length <= limits.MaximumSecretBytes;
        return takes && StrictUtf8.TryDecode(request.Password, out string? password) ? password : null;
    }
}
