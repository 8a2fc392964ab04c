using System.Buffers.Binary;
using System.Security.Cryptography;
using Bastion.Audit.Storage;
using ZstdSharp;

namespace Bastion.Audit.Recordings.Sealing;

internal enum PartEnd
{
    /// <summary>The frame that says so was reached.</summary>
    Complete,

    /// <summary>The file ends before; it is still written, or a crash cut it.</summary>
    Open,

    /// <summary>A frame is not the one that was written, or the key is another one.</summary>
    Damaged,
}

/// <summary>Reads the frames of one part, also while it is written.</summary>
internal sealed class PartReader : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly IFile file;
    private readonly AesGcm? cipher;
    private readonly Decompressor decompressor = new();
    private byte[] text = [];
    private byte[] buffer = new byte[BufferBytes];
    private int start;
    private int end;
    private long filePosition;
    private byte[] plain = [];

    /// <param name="file">Not owned.</param>
    /// <param name="dataKey">Of the session.</param>
    /// <param name="part">The part's name below the recordings directory.</param>
    public PartReader(IFile file, ReadOnlySpan<byte> dataKey, string part)
    {
        this.file = file;
        if (Fill(PartFormat.HeadBytes) && buffer.AsSpan(0, PartFormat.Magic.Length).SequenceEqual(PartFormat.Magic))
        {
            byte[] key = PartFormat.DeriveKey(dataKey, buffer.AsSpan(PartFormat.Magic.Length, PartFormat.SaltBytes), part);
            cipher = new AesGcm(key, PartFormat.TagBytes);
            CryptographicOperations.ZeroMemory(key);
            start = PartFormat.HeadBytes;
        }
        else
        {
            End = end < PartFormat.HeadBytes ? PartEnd.Open : PartEnd.Damaged;
        }
    }

    /// <summary>Frames read so far.</summary>
    public long Frames { get; private set; }

    /// <summary>How it ended, once <see cref="TryRead"/> has said that it did.</summary>
    public PartEnd End { get; private set; } = PartEnd.Open;

    /// <summary>Passes over frames without decrypting them: their heads say how long they are.</summary>
    public void SkipTo(long frame)
    {
        while (cipher is not null && Frames < frame && Fill(PartFormat.FrameHeadBytes))
        {
            int whole = PartFormat.FrameOverheadBytes + PartFormat.LengthOf(BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(start)));
            if (!Fill(whole))
            {
                return;
            }
            start += whole;
            Frames++;
        }
    }

    /// <summary>The text of the next frame; valid until the next call. False at the end.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> frameText)
    {
        frameText = default;
        if (cipher is null || !Fill(PartFormat.FrameHeadBytes))
        {
            return false;
        }
        uint head = BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(start));
        int length = PartFormat.LengthOf(head);
        if (!PartFormat.IsKnown(head))
        {
            End = PartEnd.Damaged;
            return false;
        }
        int whole = PartFormat.FrameOverheadBytes + length;
        if (!Fill(whole))
        {
            return false;
        }
        if (!Decrypt(buffer.AsSpan(start, whole), length) || !Unpack(head, length, out frameText))
        {
            // The last frame of a file may be half written; with more behind it, it was changed.
            End = filePosition < file.Length || start + whole < end ? PartEnd.Damaged : PartEnd.Open;
            return false;
        }
        start += whole;
        Frames++;
        if ((head & PartFormat.Last) == 0)
        {
            return true;
        }
        End = start < end || filePosition < file.Length ? PartEnd.Damaged : PartEnd.Complete;
        return false;
    }

    public void Dispose()
    {
        cipher?.Dispose();
        decompressor.Dispose();
        CryptographicOperations.ZeroMemory(plain);
        CryptographicOperations.ZeroMemory(text);
    }

    private bool Decrypt(ReadOnlySpan<byte> frame, int length)
    {
        if (plain.Length < length)
        {
            plain = new byte[length];
        }
        Span<byte> nonce = stackalloc byte[PartFormat.NonceBytes];
        PartFormat.WriteNonce(nonce, Frames);
        try
        {
            cipher!.Decrypt(
                nonce, frame.Slice(PartFormat.FrameHeadBytes, length), frame[(PartFormat.FrameHeadBytes + length)..],
                plain.AsSpan(0, length), frame[..PartFormat.FrameHeadBytes]);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private bool Unpack(uint head, int length, out ReadOnlyMemory<byte> frameText)
    {
        frameText = plain.AsMemory(0, length);
        if ((head & PartFormat.Compressed) == 0)
        {
            return true;
        }
        ulong unpacked = Decompressor.GetDecompressedSize(frameText.Span);
        if (unpacked > PartFormat.MaxTextBytes)
        {
            return false;
        }
        if ((ulong)text.Length < unpacked)
        {
            text = new byte[unpacked];
        }
        bool good = decompressor.TryUnwrap(frameText.Span, text, out int written);
        frameText = text.AsMemory(0, good ? written : 0);
        return good;
    }

    /// <summary>Makes so many bytes available from <see cref="start"/> on; false when the file has not got them.</summary>
    private bool Fill(int count)
    {
        if (end - start >= count)
        {
            return true;
        }
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        if (buffer.Length < count)
        {
            Array.Resize(ref buffer, count);
        }
        int read = file.Read(buffer.AsSpan(end), filePosition);
        end += read;
        filePosition += read;
        return end >= count;
    }
}
