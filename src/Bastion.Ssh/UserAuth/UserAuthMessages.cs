using Bastion.Ssh.Wire;

namespace Bastion.Ssh.UserAuth;

// Every TryRead is given the whole payload, message number included, and returns false on truncation and on trailing
// bytes. The messages numbered 60 and 61 mean what the method in progress says they mean (RFC 4252 section 6).

/// <summary>RFC 4253 section 10, both ways: byte SSH_MSG_SERVICE_REQUEST or _ACCEPT, string service name.</summary>
internal readonly ref struct ServiceMessage(ReadOnlySpan<byte> service)
{
    public ReadOnlySpan<byte> Service { get; } = service;

    public static bool TryRead(ReadOnlySpan<byte> payload, MessageNumber number, out ServiceMessage message)
    {
        message = default;
        var reader = new SshReader(payload);
        if (!reader.TryReadByte(out byte actual) || actual != (byte)number
            || !reader.TryReadString(out ReadOnlySpan<byte> service) || !reader.AtEnd)
        {
            return false;
        }

        message = new ServiceMessage(service);
        return true;
    }

    public void Write(ref SshWriter writer, MessageNumber number)
    {
        writer.WriteByte((byte)number);
        writer.WriteString(Service);
    }
}

/// <summary>
/// RFC 4252 section 5: byte SSH_MSG_USERAUTH_REQUEST, string user name, string service name, string method name,
/// then what the method adds.
/// </summary>
internal readonly ref struct UserAuthRequestMessage
{
    public ReadOnlySpan<byte> User { get; private init; }

    public ReadOnlySpan<byte> Service { get; private init; }

    public ReadOnlySpan<byte> Method { get; private init; }

    public ReadOnlySpan<byte> MethodFields { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> payload, out UserAuthRequestMessage message)
    {
        message = default;
        var reader = new SshReader(payload);
        if (!reader.TryReadByte(out byte number) || number != (byte)MessageNumber.UserAuthRequest
            || !reader.TryReadString(out ReadOnlySpan<byte> user)
            || !reader.TryReadString(out ReadOnlySpan<byte> service)
            || !reader.TryReadString(out ReadOnlySpan<byte> method))
        {
            return false;
        }

        message = new UserAuthRequestMessage
        {
            User = user,
            Service = service,
            Method = method,
            MethodFields = reader.Rest,
        };
        return true;
    }

    public static void WriteHead(ref SshWriter writer, string user, string method)
    {
        writer.WriteByte((byte)MessageNumber.UserAuthRequest);
        writer.WriteString(user);
        writer.WriteString(UserAuthMethod.ConnectionService);
        writer.WriteString(method);
    }
}

/// <summary>
/// RFC 4252 section 7, the fields after the method name: boolean has signature, string algorithm, string key blob,
/// [string server host key, for publickey-hostbound-v00@openssh.com,] [string signature].
/// </summary>
internal readonly ref struct PublicKeyFields
{
    public bool HasSignature { get; private init; }

    public ReadOnlySpan<byte> Algorithm { get; private init; }

    public ReadOnlySpan<byte> KeyBlob { get; private init; }

    public ReadOnlySpan<byte> HostKey { get; private init; }

    public ReadOnlySpan<byte> Signature { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> fields, bool hostBound, out PublicKeyFields message)
    {
        message = default;
        var reader = new SshReader(fields);
        ReadOnlySpan<byte> hostKey = default;
        ReadOnlySpan<byte> signature = default;
        if (!reader.TryReadBoolean(out bool hasSignature)
            || !reader.TryReadString(out ReadOnlySpan<byte> algorithm)
            || !reader.TryReadString(out ReadOnlySpan<byte> blob)
            || (hostBound && !reader.TryReadString(out hostKey))
            || (hasSignature && !reader.TryReadString(out signature))
            || !reader.AtEnd)
        {
            return false;
        }

        message = new PublicKeyFields
        {
            HasSignature = hasSignature,
            Algorithm = algorithm,
            KeyBlob = blob,
            HostKey = hostKey,
            Signature = signature,
        };
        return true;
    }

    /// <summary>All but the signature: with the request's head it is what is signed, after the session
    /// identifier.</summary>
    public static void WriteUnsigned(ref SshWriter writer, string algorithm, ReadOnlySpan<byte> blob, bool hostBound,
        ReadOnlySpan<byte> hostKey)
    {
        writer.WriteBoolean(true);
        writer.WriteString(algorithm);
        writer.WriteString(blob);
        if (hostBound)
        {
            writer.WriteString(hostKey);
        }
    }
}

/// <summary>RFC 4252 section 8: boolean change, string password, [string new password].</summary>
internal readonly ref struct PasswordFields
{
    public bool Change { get; private init; }

    public ReadOnlySpan<byte> Password { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> fields, out PasswordFields message)
    {
        message = default;
        var reader = new SshReader(fields);
        if (!reader.TryReadBoolean(out bool change)
            || !reader.TryReadString(out ReadOnlySpan<byte> password)
            || (change && !reader.TryReadString(out _))
            || !reader.AtEnd)
        {
            return false;
        }

        message = new PasswordFields { Change = change, Password = password };
        return true;
    }

    public static void Write(ref SshWriter writer, string password)
    {
        writer.WriteBoolean(false);
        writer.WriteString(password);
    }
}

/// <summary>RFC 4256 section 3.1: string language tag (deprecated), string submethods (a hint that we
/// ignore).</summary>
internal readonly ref struct KeyboardInteractiveFields
{
    public static bool IsWellFormed(ReadOnlySpan<byte> fields)
    {
        var reader = new SshReader(fields);
        return reader.TryReadString(out _) && reader.TryReadString(out _) && reader.AtEnd;
    }

    public static void Write(ref SshWriter writer)
    {
        writer.WriteString("");
        writer.WriteString("");
    }
}

/// <summary>RFC 4252 section 5.1: byte SSH_MSG_USERAUTH_FAILURE, name-list methods that can continue, boolean partial
/// success.</summary>
internal readonly ref struct UserAuthFailureMessage(ReadOnlySpan<byte> methods, bool partialSuccess)
{
    public ReadOnlySpan<byte> Methods { get; } = methods;

    public bool PartialSuccess { get; } = partialSuccess;

    public static bool TryRead(ReadOnlySpan<byte> payload, out UserAuthFailureMessage message)
    {
        message = default;
        var reader = new SshReader(payload);
        if (!reader.TryReadByte(out byte number) || number != (byte)MessageNumber.UserAuthFailure
            || !reader.TryReadString(out ReadOnlySpan<byte> methods)
            || !reader.TryReadBoolean(out bool partial)
            || !reader.AtEnd)
        {
            return false;
        }

        message = new UserAuthFailureMessage(methods, partial);
        return true;
    }

    public static void Write(ref SshWriter writer, IReadOnlyList<string> methods, bool partialSuccess)
    {
        writer.WriteByte((byte)MessageNumber.UserAuthFailure);
        writer.WriteNameList(methods);
        writer.WriteBoolean(partialSuccess);
    }
}

/// <summary>RFC 4252 section 5.4: byte SSH_MSG_USERAUTH_BANNER, string message, string language tag.</summary>
internal readonly ref struct UserAuthBannerMessage(ReadOnlySpan<byte> text)
{
    public ReadOnlySpan<byte> Text { get; } = text;

    public static bool TryRead(ReadOnlySpan<byte> payload, out UserAuthBannerMessage message)
    {
        message = default;
        var reader = new SshReader(payload);
        if (!reader.TryReadByte(out byte number) || number != (byte)MessageNumber.UserAuthBanner
            || !reader.TryReadString(out ReadOnlySpan<byte> text) || !reader.TryReadString(out _) || !reader.AtEnd)
        {
            return false;
        }

        message = new UserAuthBannerMessage(text);
        return true;
    }

    public static void Write(ref SshWriter writer, string text)
    {
        writer.WriteByte((byte)MessageNumber.UserAuthBanner);
        writer.WriteString(text);
        writer.WriteString("");
    }
}

/// <summary>RFC 4252 section 7: byte SSH_MSG_USERAUTH_PK_OK, string algorithm, string key blob, both as in the
/// request.</summary>
internal readonly ref struct PublicKeyOkMessage
{
    public static void Write(ref SshWriter writer, ReadOnlySpan<byte> algorithm, ReadOnlySpan<byte> blob)
    {
        writer.WriteByte((byte)MessageNumber.UserAuthMethod60);
        writer.WriteString(algorithm);
        writer.WriteString(blob);
    }
}

/// <summary>
/// RFC 4256 section 3.2: byte SSH_MSG_USERAUTH_INFO_REQUEST, string name, string instruction, string language tag,
/// int number of prompts, (string prompt, boolean echo) each.
/// </summary>
internal readonly ref struct InfoRequestMessage
{
    public string Name { get; private init; }

    public string Instruction { get; private init; }

    public IReadOnlyList<UserPrompt> Prompts { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> payload, int maximumPrompts, out InfoRequestMessage message)
    {
        message = default;
        var reader = new SshReader(payload);
        if (!reader.TryReadByte(out byte number) || number != (byte)MessageNumber.UserAuthMethod60
            || !reader.TryReadUtf8(out string name)
            || !reader.TryReadUtf8(out string instruction)
            || !reader.TryReadString(out _)
            || !reader.TryReadUInt32(out uint count)
            || count > (uint)maximumPrompts)
        {
            return false;
        }

        List<UserPrompt> prompts = [];
        for (uint index = 0; index < count; index++)
        {
            if (!reader.TryReadUtf8(out string text) || !reader.TryReadBoolean(out bool echo))
            {
                return false;
            }

            prompts.Add(new UserPrompt(text, echo));
        }

        message = new InfoRequestMessage { Name = name, Instruction = instruction, Prompts = prompts };
        return reader.AtEnd;
    }

    public static void Write(ref SshWriter writer, string name, string instruction, IReadOnlyList<UserPrompt> prompts)
    {
        writer.WriteByte((byte)MessageNumber.UserAuthMethod60);
        writer.WriteString(name);
        writer.WriteString(instruction);
        writer.WriteString("");
        writer.WriteUInt32((uint)prompts.Count);
        foreach (UserPrompt prompt in prompts)
        {
            writer.WriteString(prompt.Text);
            writer.WriteBoolean(prompt.Echo);
        }
    }
}

/// <summary>RFC 4256 section 3.4: byte SSH_MSG_USERAUTH_INFO_RESPONSE, int number of answers, string each.</summary>
internal readonly ref struct InfoResponseMessage
{
    /// <summary>False also when the number of answers is not the number of prompts, or one is too long or not
    /// UTF-8.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, int prompts, int maximumSecretBytes,
        out List<string> answers)
    {
        answers = [];
        var reader = new SshReader(payload);
        if (!reader.TryReadByte(out byte number) || number != (byte)MessageNumber.UserAuthMethod61
            || !reader.TryReadUInt32(out uint count) || count != (uint)prompts)
        {
            return false;
        }

        for (int index = 0; index < prompts; index++)
        {
            if (!reader.TryReadString(out ReadOnlySpan<byte> answer) || answer.Length > maximumSecretBytes
                || !StrictUtf8.TryDecode(answer, out string? text))
            {
                return false;
            }

            answers.Add(text);
        }

        return reader.AtEnd;
    }

    public static void Write(ref SshWriter writer, IReadOnlyList<string> answers)
    {
        writer.WriteByte((byte)MessageNumber.UserAuthMethod61);
        writer.WriteUInt32((uint)answers.Count);
        foreach (string answer in answers)
        {
            writer.WriteString(answer);
        }
    }
}
