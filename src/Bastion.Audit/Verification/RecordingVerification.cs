using System.Text.Json;
using Bastion.Audit.Recordings;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Verification;

/// <summary>
/// Checks the files under `recordings/` against their seals in the journal, which needs no key; with one also that they
/// can be read from beginning to end.
/// </summary>
internal sealed class RecordingVerification(string directory, IFileSystem files, RecordingKeyRing keys,
    Action<Finding> report)
{
    private readonly record struct Seal(
        long Sequence, string Session, int Channel, int Part, long Length, string Sha256, string? KeySha256,
        bool Recovered);

    private readonly Dictionary<string, Seal> _seals = new(StringComparer.Ordinal);
    private readonly HashSet<string> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _shredded = new(StringComparer.Ordinal);
    private readonly List<string> _listed = [];

    /// <summary>Parts whose bytes fit their seal.</summary>
    public long Verified { get; private set; }

    /// <summary>Of these, parts that a key at hand opened and that could be read to their end.</summary>
    public long Read { get; private set; }

    /// <summary>Sessions whose key was destroyed after their retention.</summary>
    public long Shredded => _shredded.Count;

    /// <summary>Takes down what lies there, before the journal is read: a file that comes later is not in
    /// question.</summary>
    public void ListFiles()
    {
        if (!files.DirectoryExists(directory))
        {
            return;
        }

        foreach (FileSystemEntry session in files.List(directory))
        {
            if (session.Kind != EntryKind.Directory)
            {
                ReportForeign(Path.Combine(directory, session.Name));
                continue;
            }

            foreach (FileSystemEntry file in files.List(Path.Combine(directory, session.Name)))
            {
                string name = $"{session.Name}/{file.Name}";
                if (file is { Kind: EntryKind.File, Name: SessionKeyFile.Name }
                    && RecordingPath.IsSessionId(session.Name))
                {
                    continue;
                }

                if (file.Kind == EntryKind.File && RecordingPath.TryParse(name, out _, out _, out _))
                {
                    _listed.Add(name);
                }
                else
                {
                    ReportForeign(Path.Combine(directory, name));
                }
            }
        }
    }

    public void Observe(JournalEntry entry)
    {
        if (entry.Session is { } session)
        {
            _sessions.Add(session);
        }

        if (entry is { Kind: "recording.shredded", Session: { } destroyed })
        {
            _shredded[destroyed] = entry.Sequence;
        }

        if (entry.Kind == "recording.sealed" && ReadSeal(entry) is { } seal)
        {
            ObserveSeal(RecordingPath.Part(seal.Session, seal.Channel, seal.Part), seal);
        }
    }

    /// <param name="open">Sessions without an end: their newest parts are still being written.</param>
    /// <param name="whole">The journal was read from its beginning. If not, only what was sealed since is in
    /// question.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public void Verify(IReadOnlyCollection<string> open, bool whole, CancellationToken cancellationToken)
    {
        foreach (IGrouping<string, KeyValuePair<string, Seal>> session in _seals.GroupBy(seal => seal.Value.Session))
        {
            byte[]? dataKey = CheckKey(session.Key, [.. session.Select(seal => seal.Value)]);
            foreach ((string name, Seal seal) in session)
            {
                cancellationToken.ThrowIfCancellationRequested();
                VerifyPart(name, seal, dataKey);
            }
        }

        if (!whole)
        {
            return;
        }

        foreach (string name in _listed.Where(name => !_seals.ContainsKey(name)))
        {
            ReportUnsealed(name, open);
        }

        ReportGaps();
    }

    /// <summary>Compares the session's key with what its seals say of it. Returns what it unlocks, when a key is at
    /// hand.</summary>
    private byte[]? CheckKey(string session, IReadOnlyList<Seal> parts)
    {
        string path = RecordingPath.Key(directory, session);
        byte[]? bytes = SessionKeyFile.ReadBytes(files, path);
        if (_shredded.TryGetValue(session, out long destroyed))
        {
            if (bytes is not null)
            {
                report(new Finding(
                    FindingKind.RecordingNotShredded, FindingSeverity.Warning, destroyed, path,
                    $"the key of session {session} was to be destroyed, and is still there; let it be destroyed "
                        + "again"));
            }

            return null;
        }

        foreach (Seal seal in parts.Where(seal => seal.KeySha256 is not null).DistinctBy(seal => seal.KeySha256))
        {
            if (bytes is null)
            {
                report(new Finding(
                    FindingKind.RecordingKeyMissing, FindingSeverity.Failure, seal.Sequence, path,
                    $"the key of the recordings of session {session} is missing, and no record says that it was "
                        + "destroyed: nobody can read them"));
            }
            else if (SessionKeyFile.Sha256Hex(bytes) != seal.KeySha256)
            {
                report(new Finding(
                    FindingKind.RecordingChanged, FindingSeverity.Failure, seal.Sequence, path,
                    $"the key of the recordings of session {session} is not the one that was sealed: they cannot be "
                        + "read with it"));
                return null;
            }
        }

        if (bytes is null || keys.IsEmpty || SessionKeyFile.Parse(bytes) is not { } file)
        {
            return null;
        }

        if (file.Unwrap(keys, session) is { } dataKey)
        {
            return dataKey;
        }

        report(new Finding(
            FindingKind.RecordingLocked, FindingSeverity.Notice, null, path,
            $"the recordings of session {session} are locked for key {file.Recipient}, which was not given: their "
                + "digests were checked, their text was not"));
        return null;
    }

    private void VerifyPart(string name, Seal seal, byte[]? dataKey)
    {
        string path = Path.Combine(directory, name);
        if (!files.FileExists(path))
        {
            if (!_shredded.ContainsKey(seal.Session))
            {
                report(new Finding(
                    FindingKind.RecordingMissing, FindingSeverity.Failure, seal.Sequence, path,
                    $"part {seal.Part} of the recording of session {seal.Session}, channel {seal.Channel} is missing"));
            }

            return;
        }

        using IFile file = files.OpenRead(path);
        (string sha256, long length) = RecordingRecovery.Digest(file);
        if (length == seal.Length && sha256 == seal.Sha256)
        {
            Verified++;
            ReadPart(name, seal, file, dataKey);
            return;
        }

        string how = length == seal.Length
            ? "its bytes were changed"
            : $"it has {length} bytes instead of {seal.Length}";
        report(new Finding(
            FindingKind.RecordingChanged, FindingSeverity.Failure, seal.Sequence, path,
            $"part {seal.Part} of the recording of session {seal.Session}, channel {seal.Channel} is not the one "
                + $"that was sealed: {how}"));
    }

    private void ReadPart(string name, Seal seal, IFile file, byte[]? dataKey)
    {
        if (dataKey is null)
        {
            return;
        }

        using var reader = new PartReader(file, dataKey, name);
        while (reader.TryRead(out _))
        {
        }

        // What a killed process left ends anywhere, and after a power cut perhaps in bytes that were never written.
        if (reader.End == PartEnd.Complete || seal.Recovered)
        {
            Read++;
            return;
        }

        report(new Finding(
            FindingKind.RecordingUnreadable, FindingSeverity.Failure, seal.Sequence, Path.Combine(directory, name),
            $"these are the bytes that were sealed, but from frame {reader.Frames} on they are no recording under "
                + "the session's key: they were never right"));
    }

    private void ReportUnsealed(string name, IReadOnlyCollection<string> open)
    {
        string session = name[..name.IndexOf('/', StringComparison.Ordinal)];
        string path = Path.Combine(directory, name);
        if (!_sessions.Contains(session))
        {
            report(new Finding(
                FindingKind.RecordingUnknown, FindingSeverity.Failure, null, path,
                $"this is a recording of session {session}, which the journal does not know: it was put there, or "
                    + "the journal was replaced"));
        }
        else if (!open.Contains(session))
        {
            report(new Finding(
                FindingKind.RecordingNotSealed, FindingSeverity.Warning, null, path,
                $"session {session} is over, but this part was never sealed (its recording failed): it proves "
                    + "nothing"));
        }
    }

    private void ReportGaps()
    {
        foreach (IGrouping<(string Session, int Channel), Seal> channel in _seals.Values.GroupBy(seal =>
            (seal.Session, seal.Channel)))
        {
            int expected = 1;
            foreach (Seal seal in channel.OrderBy(seal => seal.Part))
            {
                if (seal.Part != expected)
                {
                    report(new Finding(
                        FindingKind.RecordingNotSealed, FindingSeverity.Warning, seal.Sequence, directory,
                        $"part {expected} of session {seal.Session}, channel {seal.Channel} was never sealed"));
                }

                expected = seal.Part + 1;
            }
        }
    }

    private void ObserveSeal(string name, Seal seal)
    {
        if (_seals.TryGetValue(name, out Seal earlier) && earlier.Sha256 != seal.Sha256)
        {
            report(new Finding(
                FindingKind.RecordingChanged, FindingSeverity.Failure, seal.Sequence, Path.Combine(directory, name),
                $"it was sealed in record {earlier.Sequence} and again, with other bytes, in record {seal.Sequence}"));
            return;
        }

        _seals[name] = seal;
    }

    private void ReportForeign(string path) => report(new Finding(
        FindingKind.ForeignFile, FindingSeverity.Warning, null, path,
        $"`{path}` does not belong among recordings; move it elsewhere"));

    private static Seal? ReadSeal(JournalEntry entry)
    {
        JsonElement data = entry.Data();
        return entry.Session is { } session && RecordingPath.IsSessionId(session)
            && data.TryGetProperty("channel", out JsonElement channel) && channel.TryGetInt32(out int number)
            && number >= 0
            && data.TryGetProperty("part", out JsonElement part) && part.TryGetInt32(out int index) && index >= 1
            && data.TryGetProperty("length", out JsonElement length) && length.TryGetInt64(out long bytes)
            && data.TryGetProperty("sha256", out JsonElement sha256) && sha256.GetString() is { } digest
            ? new Seal(
                entry.Sequence, session, number, index, bytes, digest, entry.Text("keySha256"),
                data.TryGetProperty("recovered", out JsonElement recovered)
                    && recovered.ValueKind == JsonValueKind.True)
            : null;
    }
}
