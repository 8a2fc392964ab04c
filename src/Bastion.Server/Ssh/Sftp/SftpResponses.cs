using System.Buffers.Binary;
using Bastion.Audit.Records;

namespace Bastion.Server.Ssh.Sftp;

/// <summary>
/// The target's answers on their way to the client, and the gateway's own between them. They are read to know which
/// handle is which file and what content went by; they pass as they came.
/// </summary>
internal sealed class SftpResponses(ChannelEnds ends, SftpFiles files, TargetPaths paths)
    : IAsyncDisposable
{
    private readonly PacketStream _packets = new((int)SftpType.Data);

    /// <summary>Held over each write to the client, so that nothing comes between the parts of a packet.</summary>
    private readonly SemaphoreSlim _toClient = new(1, 1);

    /// <summary>Answers of ours that wait for the end of a packet. At most one a request that the client has
    /// sent.</summary>
    private readonly Queue<byte[]> _injected = new();
    private readonly TransferRecords _transfers = new(ends.Session.Evidence);
    private SftpFile? _reading;

    /// <summary>Of the packet that is being gathered: what has gone to the client already.</summary>
    private int _sent;

    public async ValueTask RelayAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await ends.Recorder.OutputAsync(data);
        await _toClient.WaitAsync(cancellationToken);
        try
        {
            while (paths.IsAwaited && !data.IsEmpty)
            {
                data = await RelayOneAsync(data, cancellationToken);
            }

            int boundary = await FollowAsync(data);
            if (_injected.Count == 0)
            {
                await SendAsync(data, cancellationToken);
                return;
            }

            if (boundary >= 0)
            {
                await SendAsync(data[..boundary], cancellationToken);
                while (_injected.TryDequeue(out byte[]? answer))
                {
                    await SendAsync(answer, cancellationToken);
                }

                data = data[boundary..];
            }

            await SendAsync(data, cancellationToken);
        }
        finally
        {
            _toClient.Release();
        }
    }

    /// <summary>Answers the client in the target's place, between two packets.</summary>
    public async ValueTask InjectAsync(byte[] answer, CancellationToken cancellationToken)
    {
        await _toClient.WaitAsync(cancellationToken);
        try
        {
            if (_packets.AtBoundary && _injected.Count == 0)
            {
                await SendAsync(answer, cancellationToken);
            }
            else
            {
                _injected.Enqueue(answer);
            }
        }
        finally
        {
            _toClient.Release();
        }
    }

    /// <summary>Files that were not closed are recorded as incomplete.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (SftpFile file in files.TakeOpen())
        {
            file.Failed = true;
            await RecordAsync(file);
        }

        await _transfers.DisposeAsync();
        _packets.Dispose();
        _toClient.Dispose();
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (!data.IsEmpty)
        {
            await ends.Client.WriteAsync(data, cancellationToken);
        }
    }

    /// <summary>Until the gateway's own question is answered packets pass one by one, and that answer does not
    /// pass.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> RelayOneAsync(
        ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (_packets.BodyLeft > 0)
        {
            ReadOnlyMemory<byte> body = _packets.TakeBody(ref data);
            _reading?.Append(body.Span);
            await SendAsync(body, cancellationToken);
            return data;
        }

        if (!_packets.TryTake(ref data, out ReadOnlyMemory<byte> packet, out _))
        {
            return default;
        }

        if (!paths.TryLearn((SftpType)packet.Span[4], packet.Span[5..]))
        {
            SftpFile? closed = Understand(packet.Span);
            await SendAsync(packet[_sent..], cancellationToken);
            if (closed is not null)
            {
                await RecordAsync(closed);
            }
        }

        _sent = 0;
        _packets.Done();
        return data;
    }

    /// <summary>Reads what goes by. Returns the last place between two packets in this data, or -1.</summary>
    private async ValueTask<int> FollowAsync(ReadOnlyMemory<byte> data)
    {
        int length = data.Length;
        int boundary = _packets.AtBoundary ? 0 : -1;
        while (!data.IsEmpty)
        {
            if (_packets.BodyLeft > 0)
            {
                ReadOnlyMemory<byte> body = _packets.TakeBody(ref data);
                _reading?.Append(body.Span);
            }
            else
            {
                if (!_packets.TryTake(ref data, out ReadOnlyMemory<byte> packet, out _))
                {
                    break;
                }

                SftpFile? closed = Understand(packet.Span);
                _packets.Done();
                if (closed is not null)
                {
                    await RecordAsync(closed);
                }
            }

            boundary = _packets.BodyLeft == 0 ? length - data.Length : boundary;
        }

        _sent = _packets.Gathered;
        return boundary;
    }

    /// <summary>Returns a file that this answer says is closed.</summary>
    private SftpFile? Understand(ReadOnlySpan<byte> packet)
    {
        var type = (SftpType)packet[4];
        _reading = null;
        if (type == SftpType.Version)
        {
            return BinaryPrimitives.TryReadUInt32BigEndian(packet[5..], out uint version)
                && version == SftpPackets.Version
                    ? null
                    : throw new SftpProtocolException("the target answers with another version than 3");
        }

        if (packet.Length < 9)
        {
            throw new SftpProtocolException("the target answers nothing that was asked");
        }

        uint id = BinaryPrimitives.ReadUInt32BigEndian(packet[5..]);
        if (files.Answered(id) is not { } request)
        {
            throw new SftpProtocolException("the target answers what was not asked");
        }

        var reader = new SftpReader(packet[9..]);
        switch (type)
        {
            case SftpType.Handle when request.Path is { } path && reader.TryReadString(out ReadOnlySpan<byte> handle):
                if (!files.Opened(handle, path, request.Writes))
                {
                    throw new SftpProtocolException("more open files than there can be use for");
                }

                break;
            case SftpType.Data when request is { Type: SftpType.Read, File: { } file }:
                file.Begin(request.Offset, _packets.BodyLeft);
                _reading = file;
                break;
            case SftpType.Status when reader.TryReadUInt32(out uint status):
                if (request is { Type: SftpType.Write, File: { } written } && status != (uint)SftpStatus.Ok)
                {
                    written.Failed = true;
                }

                return request is { Type: SftpType.Close, File: { } closed } ? closed : null;
        }

        return null;
    }

    private ValueTask RecordAsync(SftpFile file)
    {
        files.Closed(file);
        var record = new FileTransferred()
        {
            Session = ends.Session.Session.Id,
            Channel = ends.Setting.Channel,
            Path = file.Path,
            ToTarget = file.Written,
            Length = file.Length,
            Sha256 = file.Failed ? null : file.Digest(),
            Complete = !file.Failed,
        };
        file.Dispose();
        return _transfers.AddAsync(record);
    }
}
