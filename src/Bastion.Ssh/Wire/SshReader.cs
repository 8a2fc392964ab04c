using System.Buffers.Binary;
using System.Text;

namespace Bastion.Ssh.Wire;

/// <summary>
/// Reads the data types of RFC 4251 section 5 from one payload. Every method returns false on truncation and leaves
/// the position where it was; only the caller knows the phase and what a failure means there.
/// </summary>
internal ref struct SshReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    /// <summary>True when everything was read: a message with trailing bytes is malformed.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public bool TryReadByte(out byte value)
    {
        if (_rest.IsEmpty)
        {
            value = 0;
            return false;
        }

        value = _rest[0];
        _rest = _rest[1..];
        return true;
    }

    /// <summary>RFC 4251 section 5: every non-zero value means TRUE.</summary>
    public bool TryReadBoolean(out bool value)
    {
        bool read = TryReadByte(out byte raw);
        value = raw != 0;
        return read;
    }

    public bool TryReadUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_rest, out value))
        {
            return false;
        }

        _rest = _rest[4..];
        return true;
    }

    public bool TryReadUInt64(out ulong value)
    {
        if (!BinaryPrimitives.TryReadUInt64BigEndian(_rest, out value))
        {
            return false;
        }

        _rest = _rest[8..];
        return true;
    }

    public bool TryReadBytes(int count, out ReadOnlySpan<byte> value)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            value = default;
            return false;
        }

        value = _rest[..count];
        _rest = _rest[count..];
        return true;
    }

    /// <summary>A string: uint32 length, then that many arbitrary bytes.</summary>
    public bool TryReadString(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_rest, out uint length) || length > (uint)(_rest.Length - 4))
        {
            return false;
        }

        value = _rest.Slice(4, (int)length);
        _rest = _rest[(4 + (int)length)..];
        return true;
    }

    /// <summary>A string that must be UTF-8; ill-formed sequences become U+FFFD, never an exception.</summary>
    public bool TryReadUtf8(out string value)
    {
        if (!TryReadString(out ReadOnlySpan<byte> raw))
        {
            value = "";
            return false;
        }

        value = Encoding.UTF8.GetString(raw);
        return true;
    }
}
