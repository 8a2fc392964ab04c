using System.Buffers;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh;

// The payloads of channel requests on a session channel (RFC 4254 section 6): what follows the boolean `want reply`.
// TryParse is false for truncated payloads and for trailing bytes.

/// <summary>
/// RFC 4254 section 6.2, "pty-req": string TERM, uint32 columns, uint32 rows, uint32 width in pixels,
/// uint32 height in pixels, string encoded terminal modes
/// </summary>
public sealed record PtyRequest(
    string Term, uint Columns, uint Rows, uint WidthPixels, uint HeightPixels, ReadOnlyMemory<byte> EncodedModes)
{
    public static PtyRequest? Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new SshReader(payload);
        return reader.TryReadUtf8(out string term)
            && reader.TryReadUInt32(out uint columns) && reader.TryReadUInt32(out uint rows)
            && reader.TryReadUInt32(out uint width) && reader.TryReadUInt32(out uint height)
            && reader.TryReadString(out ReadOnlySpan<byte> modes) && reader.AtEnd
                ? new PtyRequest(term, columns, rows, width, height, modes.ToArray())
                : null;
    }

    public byte[] Format() => PayloadWriter.Write(this, static (writer, request) =>
    {
        writer.WriteString(request.Term);
        writer.WriteUInt32(request.Columns);
        writer.WriteUInt32(request.Rows);
        writer.WriteUInt32(request.WidthPixels);
        writer.WriteUInt32(request.HeightPixels);
        writer.WriteString(request.EncodedModes.Span);
    });
}

/// <summary>RFC 4254 section 6.7, "window-change": uint32 columns, uint32 rows, uint32 width, uint32 height in
/// pixels</summary>
public readonly record struct WindowChange(uint Columns, uint Rows, uint WidthPixels, uint HeightPixels)
{
    public static bool TryParse(ReadOnlySpan<byte> payload, out WindowChange change)
    {
        var reader = new SshReader(payload);
        bool parsed = reader.TryReadUInt32(out uint columns) & reader.TryReadUInt32(out uint rows)
            & reader.TryReadUInt32(out uint width) & reader.TryReadUInt32(out uint height) && reader.AtEnd;
        change = new WindowChange(columns, rows, width, height);
        return parsed;
    }

    public byte[] Format() => PayloadWriter.Write(this, static (writer, change) =>
    {
        writer.WriteUInt32(change.Columns);
        writer.WriteUInt32(change.Rows);
        writer.WriteUInt32(change.WidthPixels);
        writer.WriteUInt32(change.HeightPixels);
    });
}

/// <summary>RFC 4254 section 6.4, "env": string variable name, string variable value</summary>
public sealed record EnvironmentVariable(string Name, string Value)
{
    public static EnvironmentVariable? Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new SshReader(payload);
        return reader.TryReadUtf8(out string name) && reader.TryReadUtf8(out string value) && reader.AtEnd
            ? new EnvironmentVariable(name, value)
            : null;
    }

    public byte[] Format() => PayloadWriter.Write(this, static (writer, variable) =>
    {
        writer.WriteString(variable.Name);
        writer.WriteString(variable.Value);
    });
}

/// <summary>RFC 4254 section 6.5, "exec": string command. Bytes, because no encoding is promised.</summary>
public static class ExecRequest
{
    /// <summary>The command is a part of the payload, not a copy.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> payload, out ReadOnlyMemory<byte> command)
    {
        var reader = new SshReader(payload.Span);
        bool parsed = reader.TryReadString(out ReadOnlySpan<byte> text) && reader.AtEnd;
        command = parsed ? payload.Slice(4, text.Length) : default;
        return parsed;
    }

    public static byte[] Format(ReadOnlySpan<byte> command)
    {
        byte[] payload = new byte[4 + command.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(payload, command.Length);
        command.CopyTo(payload.AsSpan(4));
        return payload;
    }
}

/// <summary>
/// Requests whose payload is one string: "subsystem" (RFC 4254 section 6.5, string subsystem name) and "signal"
/// (section 6.9, string signal name without SIG).
/// </summary>
public static class NameRequest
{
    public static string? Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new SshReader(payload);
        return reader.TryReadUtf8(out string name) && reader.AtEnd ? name : null;
    }

    public static byte[] Format(string name) =>
        PayloadWriter.Write(name, static (writer, text) => writer.WriteString(text));
}

/// <summary>RFC 4254 section 6.10, "exit-status": uint32 exit status</summary>
public static class ExitStatus
{
    public static bool TryParse(ReadOnlySpan<byte> payload, out uint status)
    {
        var reader = new SshReader(payload);
        return reader.TryReadUInt32(out status) && reader.AtEnd;
    }

    public static byte[] Format(uint status) =>
        PayloadWriter.Write(status, static (writer, value) => writer.WriteUInt32(value));
}

/// <summary>
/// RFC 4254 section 6.10, "exit-signal": string signal name without SIG, boolean core dumped, string error message,
/// string language tag
/// </summary>
public sealed record ExitSignal(string Name, bool CoreDumped, string Message)
{
    public static ExitSignal? Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new SshReader(payload);
        return reader.TryReadUtf8(out string name) && reader.TryReadBoolean(out bool core)
            && reader.TryReadUtf8(out string message) && reader.TryReadUtf8(out _) && reader.AtEnd
                ? new ExitSignal(name, core, message)
                : null;
    }

    public byte[] Format() => PayloadWriter.Write(this, static (writer, signal) =>
    {
        writer.WriteString(signal.Name);
        writer.WriteBoolean(signal.CoreDumped);
        writer.WriteString(signal.Message);
        writer.WriteString("");
    });
}

/// <summary>
/// RFC 4254 section 6.3.1, "x11-req": boolean single connection, string authentication protocol,
/// string authentication cookie, uint32 screen number
/// </summary>
public sealed record X11Request(bool SingleConnection, string Protocol, string Cookie, uint Screen)
{
    public static X11Request? Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new SshReader(payload);
        return reader.TryReadBoolean(out bool single) && reader.TryReadUtf8(out string protocol)
            && reader.TryReadUtf8(out string cookie) && reader.TryReadUInt32(out uint screen) && reader.AtEnd
                ? new X11Request(single, protocol, cookie, screen)
                : null;
    }
}

internal static class PayloadWriter
{
    public delegate void Writing<in T>(SshWriter writer, T value);

    public static byte[] Write<T>(T value, Writing<T> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(new SshWriter(output), value);
        return output.WrittenSpan.ToArray();
    }
}
