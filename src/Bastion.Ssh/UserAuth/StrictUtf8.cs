using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bastion.Ssh.UserAuth;

/// <summary>Text of the other end where RFC 4252 wants UTF-8 and nothing else will do.</summary>
internal static class StrictUtf8
{
    private static readonly UTF8Encoding Encoding = new(false, throwOnInvalidBytes: true);

    public static bool TryDecode(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out string? text)
    {
        try
        {
            text = Encoding.GetString(utf8);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = null;
            return false;
        }
    }
}
