using System.Buffers.Binary;

namespace Bastion.Policy.Values;

/// <summary>
/// A public key line, `type base64 comment`. Checked as far as a policy file can be wrong: the blob must be whole
/// base64 and name the same type. Whether the key is good is for the SSH layer to say.
/// </summary>
internal static class PublicKeyText
{
    private static readonly string[] Types =
    [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
    ];

    public static string? ProblemOf(string text)
    {
        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            return "this looks like a private key: make a new pair at once, and write the public half here";
        }

        string[] parts = text.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 2)
        {
            return "a public key is written as in authorized_keys: `ssh-ed25519 AAAA… comment`";
        }

        if (!Types.Contains(parts[0]))
        {
            return Suggestion.Help(parts[0], Types);
        }

        byte[] blob = new byte[parts[1].Length];
        if (!Convert.TryFromBase64String(parts[1], blob, out int length) || length < 4)
        {
            return "the base64 part is cut or changed: copy the whole line of the .pub file";
        }

        uint typeLength = BinaryPrimitives.ReadUInt32BigEndian(blob);
        return typeLength <= length - 4 && System.Text.Encoding.ASCII.GetString(blob, 4, (int)typeLength) == parts[0]
            ? null
            : $"the base64 part is not a key of type `{parts[0]}`: copy the whole line of the .pub file";
    }

    /// <summary>`type base64`, without the comment.</summary>
    public static string WithoutComment(string text)
    {
        string[] parts = text.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        return $"{parts[0]} {parts[1]}";
    }
}
