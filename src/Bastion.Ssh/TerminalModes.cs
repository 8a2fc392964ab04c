using System.Buffers.Binary;

namespace Bastion.Ssh;

/// <summary>RFC 4254 section 8: opcode and argument pairs, ended by TTY_OP_END.</summary>
public static class TerminalModes
{
    private const byte End = 0;

    /// <summary>Opcodes 160 to 255 are not defined and stop the parsing.</summary>
    private const byte FirstUndefined = 160;

    public const byte Interrupt = 1;
    public const byte EndOfFile = 5;
    public const byte Signals = 50;
    public const byte Canonical = 51;
    public const byte Echo = 53;
    public const byte InputSpeed = 128;
    public const byte OutputSpeed = 129;

    /// <summary>What is understood of it: reading stops, as the RFC says, at the end mark or the first undefined
    /// opcode.</summary>
    public static IReadOnlyDictionary<byte, uint> Parse(ReadOnlySpan<byte> encoded)
    {
        Dictionary<byte, uint> modes = [];
        while (encoded.Length >= 5 && encoded[0] is > End and < FirstUndefined)
        {
            modes[encoded[0]] = BinaryPrimitives.ReadUInt32BigEndian(encoded[1..]);
            encoded = encoded[5..];
        }

        return modes;
    }

    public static byte[] Format(IEnumerable<KeyValuePair<byte, uint>> modes)
    {
        List<byte> encoded = [];
        Span<byte> argument = stackalloc byte[4];
        foreach ((byte opcode, uint value) in modes)
        {
            encoded.Add(opcode);
            BinaryPrimitives.WriteUInt32BigEndian(argument, value);
            encoded.AddRange(argument);
        }

        encoded.Add(End);
        return [.. encoded];
    }
}
