using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Records;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Recordings;

public sealed class RecordingOptions
{
    /// <summary>The journal's data directory; recordings lie in `recordings/` below it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>What recordings are locked with; only the holder of its other half can read them.</summary>
    public required RecordingPublicKey Lock { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public IFileSystem FileSystem { get; init; } = PhysicalFileSystem.Instance;

    /// <summary>No part grows beyond this many bytes, on disk and unpacked. Small enough to hash, ship and fetch in one
    /// piece.</summary>
    public long PartBytes { get; init; } = 20_000_000;

    internal string Directory => Path.Combine(DataDirectory, "recordings");
}

/// <summary>What a recording says about itself.</summary>
/// <param name="Session">See <see cref="RecordingPath.IsSessionId"/>.</param>
/// <param name="Channel">Number of the channel within its session.</param>
/// <param name="Columns">Of the terminal; 80 where there is none.</param>
/// <param name="Rows">Of the terminal; 24 where there is none.</param>
public sealed record RecordingHeader(string Session, int Channel, int Columns, int Rows)
{
    public PeerText? TerminalType { get; init; }

    /// <summary>The exec command, if there is one.</summary>
    public PeerText? Command { get; init; }

    public PeerText? Title { get; init; }
}

/// <summary>The recording cannot be written. The session must end: what is not recorded does not happen.</summary>
public sealed class RecordingFailedException(string message, Exception? inner = null) : IOException(message, inner);
