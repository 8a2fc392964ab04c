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

    private readonly IFile _file;
    private readonly AesGcm? _cipher;
    private readonly Decompressor _decompressor = new();
    private byte[] _text = [];
    private byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private long _filePosition;
    private byte[] _plain = [];

    /// <param name="file">Not owned.</param>
    /// <param name="dataKey">Of the session.</param>
    /// <param name="part">The part's name below the recordings directory.</param>
    public PartReader(IFile file, ReadOnlySpan<byte> dataKey, string part)
    {
        this._file = file;
        if (Fill(PartFormat.HeadBytes) && _buffer.AsSpan(0, PartFormat.Magic.Length).SequenceEqual(PartFormat.Magic))
        {
            byte[] key =
                PartFormat.DeriveKey(dataKey, _buffer.AsSpan(PartFormat.Magic.Length, PartFormat.SaltBytes), part);
            _cipher = new AesGcm(key, PartFormat.TagBytes);
            CryptographicOperations.ZeroMemory(key);
            _start = PartFormat.HeadBytes;
        }
        else
        {
            End = _end < PartFormat.HeadBytes ? PartEnd.Open : PartEnd.Damaged;
        }
    }

    /// <summary>Frames read so far.</summary>
    public long Frames { get; private set; }

    /// <summary>How it ended, once <see cref="TryRead"/> has said that it did.</summary>
    public PartEnd End { get; private set; } = PartEnd.Open;

    /// <summary>Passes over frames without decrypting them: their heads say how long they are.</summary>
    public void SkipTo(long frame)
    {
        while (_cipher is not null && Frames < frame && Fill(PartFormat.FrameHeadBytes))
        {
            int whole = PartFormat.FrameOverheadBytes
                + PartFormat.LengthOf(BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start)));
            if (!Fill(whole))
            {
                return;
            }

            _start += whole;
            Frames++;
        }
    }

    /// <summary>The text of the next frame; valid until the next call. False at the end.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> frameText)
    {
        frameText = default;
        if (_cipher is null || !Fill(PartFormat.FrameHeadBytes))
        {
            return false;
        }

        uint head = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start));
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

        if (!Decrypt(_buffer.AsSpan(_start, whole), length) || !Unpack(head, length, out frameText))
        {
            // The last frame of a file may be half written; with more behind it, it was changed.
            End = _filePosition < _file.Length || _start + whole < _end ? PartEnd.Damaged : PartEnd.Open;
            return false;
        }

        _start += whole;
        Frames++;
        if ((head & PartFormat.Last) == 0)
        {
            return true;
        }

        End = _start < _end || _filePosition < _file.Length ? PartEnd.Damaged : PartEnd.Complete;
        return false;
    }

    public void Dispose()
    {
        _cipher?.Dispose();
        _decompressor.Dispose();
        CryptographicOperations.ZeroMemory(_plain);
        CryptographicOperations.ZeroMemory(_text);
    }

    private bool Decrypt(ReadOnlySpan<byte> frame, int length)
    {
        if (_plain.Length < length)
        {
            _plain = new byte[length];
        }

        Span<byte> nonce = stackalloc byte[PartFormat.NonceBytes];
        PartFormat.WriteNonce(nonce, Frames);
        try
        {
            _cipher!.Decrypt(
                nonce, frame.Slice(PartFormat.FrameHeadBytes, length), frame[(PartFormat.FrameHeadBytes + length)..],
                _plain.AsSpan(0, length), frame[..PartFormat.FrameHeadBytes]);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private bool Unpack(uint head, int length, out ReadOnlyMemory<byte> frameText)
    {
        frameText = _plain.AsMemory(0, length);
        if ((head & PartFormat.Compressed) == 0)
        {
            return true;
        }

        ulong unpacked = Decompressor.GetDecompressedSize(frameText.Span);
        if (unpacked > PartFormat.MaximumTextBytes)
        {
            return false;
        }

        if ((ulong)_text.Length < unpacked)
        {
            _text = new byte[unpacked];
        }

        bool good = _decompressor.TryUnwrap(frameText.Span, _text, out int written);
        frameText = _text.AsMemory(0, good ? written : 0);
        return good;
    }

    /// <summary>Makes so many bytes available from <see cref="_start"/> on; false when the file has not got
    /// them.</summary>
    private bool Fill(int count)
    {
        if (_end - _start >= count)
        {
            return true;
        }

        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_buffer.Length < count)
        {
            Array.Resize(ref _buffer, count);
        }

        int read = _file.Read(_buffer.AsSpan(_end), _filePosition);
        _end += read;
        _filePosition += read;
        return _end >= count;
    }
}
