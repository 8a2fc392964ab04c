using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

/// <summary>
/// RFC 4251 section 5. Only positive numbers occur in keys and signatures; a negative one, zero and superfluous leading
/// zeros are refused, so that each number has one encoding.
/// </summary>
internal static class MpInt
{
    public static bool TryReadPositive(ref SshReader reader, out ReadOnlySpan<byte> magnitude)
    {
        if (!reader.TryReadString(out magnitude) || magnitude.IsEmpty || magnitude[0] >= 0x80)
        {
            return false;
        }

        if (magnitude[0] != 0)
        {
            return true;
        }

        if (magnitude.Length == 1 || magnitude[1] < 0x80)
        {
            return false;
        }

        magnitude = magnitude[1..];
        return true;
    }
}
