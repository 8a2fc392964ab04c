using System.Buffers;
using System.Text;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

/// <summary>string algorithm, string signature (RFC 4253 section 6.6).</summary>
internal static class SignatureBlob
{
    public static bool TryRead(ReadOnlySpan<byte> blob, string algorithm, out ReadOnlySpan<byte> signature)
    {
        SshReader reader = new(blob);
        if (reader.TryReadString(out ReadOnlySpan<byte> name) && reader.TryReadString(out signature) && reader.AtEnd)
        {
            return Ascii.Equals(name, algorithm);
        }
        signature = default;
        return false;
    }

    public static byte[] Write(string algorithm, ReadOnlySpan<byte> signature)
    {
        ArrayBufferWriter<byte> output = new(8 + algorithm.Length + signature.Length);
        SshWriter writer = new(output);
        writer.WriteString(algorithm);
        writer.WriteString(signature);
        return output.WrittenSpan.ToArray();
    }
}
