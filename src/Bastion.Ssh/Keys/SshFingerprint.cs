using System.Security.Cryptography;

namespace Bastion.Ssh.Keys;

internal static class SshFingerprint
{
    public static string Of(ReadOnlySpan<byte> blob)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(blob, digest);
        return string.Concat("SHA256:", Convert.ToBase64String(digest).AsSpan().TrimEnd('='));
    }
}
