using System.Buffers;
using System.Text;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

/// <summary>string algorithm, string signature (RFC 4253 section 6.6).</summary>
internal static class SignatureBlob
{
    public static bool TryRead(ReadOnlySpan<byte> blob, string algorithm, out ReadOnlySpan<byte> signature)
    {
        var reader = new SshReader(blob);
        if (reader.TryReadString(out ReadOnlySpan<byte> name) && reader.TryReadString(out signature) && reader.AtEnd)
        {
            return Ascii.Equals(name, algorithm);
        }

        signature = default;
        return false;
    }

    public static byte[] Write(string algorithm, ReadOnlySpan<byte> signature)
    {
        var output = new ArrayBufferWriter<byte>(8 + algorithm.Length + signature.Length);
        var writer = new SshWriter(output);
        writer.WriteString(algorithm);
        writer.WriteString(signature);
        return output.WrittenSpan.ToArray();
    }
}
