using System.Security.Cryptography;
using System.Text;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Witnesses;

/// <summary>
/// Watches logs from another machine: it cosigns a checkpoint only when the tree it has seen before is its beginning,
/// and remembers it durably before it says so. Whoever holds a cosigned checkpoint knows that no other history was
/// shown to the witness, and whoever asks the witness learns how far the log had come. Thread-safe.
/// </summary>
/// <param name="logs">The keys of the logs it watches; several of one name after a log's key was changed.</param>
/// <param name="signer">The witness's own key, of type cosignature, used for nothing else.</param>
/// <param name="directory">Where the newest checkpoint of each log is kept, by the SHA-256 of the log's name.</param>
/// <param name="time">Dates the cosignatures.</param>
public sealed class Witness(
    IReadOnlyList<NoteVerifierKey> logs, INoteSigner signer, string directory, TimeProvider time,
    IFileSystem? fileSystem = null)
{
    private readonly IFileSystem _files = fileSystem ?? PhysicalFileSystem.Instance;

    // Looking at what is held and replacing it is one step: else two requests could roll it back between them.
    private readonly Lock _gate = new();

    /// <summary>The newest checkpoint of a log, with the witness's cosignature; null when it has seen none, or watches
    /// no such log.</summary>
    /// <exception cref="InvalidDataException">What it kept was changed.</exception>
    public Checkpoint? Newest(string origin)
    {
        lock (_gate)
        {
            return KeysOf(origin).Any() ? FileOf(origin).Load() : null;
        }
    }

    /// <summary>Looks at a checkpoint, by the rules of C2SP tlog-witness, in their order.</summary>
    /// <exception cref="IOException">It cannot be remembered, so it is not cosigned.</exception>
    public WitnessAnswer Add(WitnessRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Checkpoint checkpoint = request.Checkpoint;
        lock (_gate)
        {
            if (!KeysOf(checkpoint.Origin).Any())
            {
                return new WitnessAnswer(WitnessVerdict.UnknownLog, 0,
                    Objection: $"`{checkpoint.Origin}` is no log that is watched here");
            }

            if (!KeysOf(checkpoint.Origin).Any(checkpoint.Note.IsSignedBy))
            {
                return new WitnessAnswer(WitnessVerdict.NotSigned, 0,
                    Objection: $"a checkpoint of `{checkpoint.Origin}` is not signed by its key");
            }

            CheckpointFile file = FileOf(checkpoint.Origin);
            Checkpoint? held = file.Load();
            if (Objection(request, held) is { } refused)
            {
                if (refused.Proves)
                {
                    new CheckpointFile(PathOf(checkpoint.Origin) + ".refused", _files).Save(checkpoint);
                }

                return refused;
            }

            NoteSignature cosignature = Cosignature.Sign(checkpoint, signer, time.GetUtcNow());
            file.Save(checkpoint.With(cosignature));
            return new WitnessAnswer(WitnessVerdict.Cosigned, checkpoint.Size, cosignature);
        }
    }

    private static WitnessAnswer? Objection(WitnessRequest request, Checkpoint? held)
    {
        Checkpoint checkpoint = request.Checkpoint;
        long size = held?.Size ?? 0;
        if (request.OldSize > checkpoint.Size)
        {
            return new WitnessAnswer(WitnessVerdict.Malformed, size,
                Objection: "the old size is larger than the new one");
        }

        if (checkpoint.Size < size)
        {
            return new WitnessAnswer(
                WitnessVerdict.Conflict, size,
                Objection: $"`{checkpoint.Origin}` went back from {size} to {checkpoint.Size} records: it was cut "
                    + "or rolled back");
        }

        if (held is not null && checkpoint.Size == size && !checkpoint.RootHash.Span.SequenceEqual(held.RootHash.Span))
        {
            return new WitnessAnswer(
                WitnessVerdict.Conflict, size,
                Objection: $"`{checkpoint.Origin}` shows other records under the same number, {size}: it was forked",
                Proves: true);
        }

        if (request.OldSize != size)
        {
            // No fault: a log that does not know yet what is held here.
            return new WitnessAnswer(WitnessVerdict.Conflict, size);
        }

        ReadOnlySpan<byte> root = held is null ? MerkleTree.EmptyRoot : held.RootHash.Span;
        return MerkleProof.VerifyConsistency(size, root, checkpoint.Size, checkpoint.RootHash.Span, request.Proof)
            ? null
            : new WitnessAnswer(
                WitnessVerdict.Inconsistent, size,
                Objection: $"`{checkpoint.Origin}` with {checkpoint.Size} records is not shown to continue the one "
                    + $"of {size}: it was changed or forked", Proves: true);
    }

    private IEnumerable<NoteVerifierKey> KeysOf(string origin) => logs.Where(key => key.Name == origin);

    private CheckpointFile FileOf(string origin) => new(PathOf(origin), _files);

    // A log's name may hold anything; a digest is a file name everywhere.
    private string PathOf(string origin) =>
        Path.Combine(directory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin))[..16]));
}
