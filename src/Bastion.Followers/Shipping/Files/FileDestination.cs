using System.Globalization;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Audit.Storage;
using Bastion.Followers.Shipping.Ecs;

namespace Bastion.Followers.Shipping.Files;

/// <summary>
/// Documents of the Elastic Common Schema as lines of a file, for a collector on this machine. Files are named by the
/// first sequence in them; each batch is synced before it counts as delivered, and what a crash left of one is cut off
/// again.
/// </summary>
internal sealed class FileDestination(LineFileOptions options, string origin, IFileSystem files) : IDestination
{
    private const string Prefix = "audit-";
    private const string Extension = ".jsonl";

    /// <summary>In bytes; a document is seldom longer.</summary>
    private const int ScanBytes = 256 * 1024;

    private IFile? _file;

    public ReadOnlyMemory<byte> Encode(JournalEntry entry, string id)
    {
        byte[] line = [.. EcsDocument.Encode(entry, id, origin), (byte)'\n'];
        return line;
    }

    public Task<DeliveryReport> DeliverAsync(IReadOnlyList<OutgoingRecord> batch, CancellationToken cancellationToken)
    {
        try
        {
            IFile file = _file ??= OpenNewest() ?? Create(batch[0].Entry.Sequence);
            if (file.Length >= options.RotateAt)
            {
                Close();
                file = _file = Create(batch[0].Entry.Sequence);
            }

            long end = file.Length;
            foreach (OutgoingRecord record in batch)
            {
                file.Write(record.Wire.Span, end);
                end += record.Wire.Length;
            }

            file.Sync();
            return Task.FromResult(DeliveryReport.AllDelivered(batch.Count));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // What was written of it may or may not be there: opening it again cuts off half a line.
            Close();
            return Task.FromResult(DeliveryReport.RetryAll(batch.Count, failure.Message));
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    private IFile? OpenNewest()
    {
        if (!files.DirectoryExists(options.Directory))
        {
            return null;
        }

        FileSystemEntry? newest = files.List(options.Directory).LastOrDefault(entry =>
            entry.Kind == EntryKind.File && entry.Name.StartsWith(Prefix, StringComparison.Ordinal)
            && entry.Name.EndsWith(Extension, StringComparison.Ordinal));
        if (newest is null)
        {
            return null;
        }

        IFile file = files.Open(Path.Combine(options.Directory, newest.Name));
        file.Truncate(EndOfWholeLines(file));
        return file;
    }

    private IFile Create(long sequence)
    {
        files.CreateDirectory(options.Directory);
        string path = Path.Combine(options.Directory,
            string.Create(CultureInfo.InvariantCulture, $"{Prefix}{sequence:d12}{Extension}"));
        // The same sequence again is a batch that failed before: the file is there, with nothing in it that counts.
        IFile file = files.FileExists(path) ? files.Open(path) : files.Create(path);
        files.SyncDirectory(options.Directory);
        return file;
    }

    /// <summary>
    /// Up to the first line that is no JSON. A power cut may take any part of what was not synced, also from its
    /// middle; all of that was the last batch, which nobody was told of.
    /// </summary>
    private static long EndOfWholeLines(IFile file)
    {
        byte[] buffer = new byte[ScanBytes];
        long end = 0;
        while (true)
        {
            int read = file.Read(buffer, end);
            int feed = buffer.AsSpan(0, read).IndexOf((byte)'\n');
            if (feed < 0 && read == buffer.Length)
            {
                buffer = new byte[buffer.Length * 2];
                continue;
            }

            if (feed < 0)
            {
                return end;
            }

            for (int start = 0; feed >= 0; feed = buffer.AsSpan(start, read - start).IndexOf((byte)'\n'))
            {
                if (!IsJson(buffer.AsSpan(start, feed)))
                {
                    return end;
                }

                start += feed + 1;
                end += feed + 1;
            }
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
