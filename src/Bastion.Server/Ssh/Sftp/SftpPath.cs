using System.Buffers.Binary;
using Bastion.Analysis;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Server.Ssh.Sockets;
using Bastion.Ssh;

namespace Bastion.Server.Ssh.Sftp;

/// <summary>
/// An SFTP channel: every packet of the client is an operation. What acts on a path passes the gate, one at a time and
/// in order; what is refused is answered here, under its own id, and never reaches the target. The content of files
/// runs through uncopied.
/// </summary>
internal sealed class SftpPath : IChannelPath
{
    private readonly ChannelEnds _ends;
    private readonly SftpFiles _files = new();
    private readonly PacketStream _requests = new((int)SftpType.Write);
    private readonly SftpResponses _responses;
    private readonly TargetPaths _paths = new();
    private readonly FilePlaces _places;
    private bool _begun;
    private SftpFile? _writing;

    public SftpPath(ChannelEnds ends)
    {
        _ends = ends;
        _responses = new SftpResponses(ends, _files, _paths);
        _places = new FilePlaces(AskAsync);
    }

    public ValueTask ToClientAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        _responses.RelayAsync(data, cancellationToken);

    public async ValueTask ToTargetAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await _ends.Session.Flow.FreeAsync(cancellationToken);
        await _ends.Recorder.InputAsync(data);
        // What may pass gathers here until something needs the gate, or the data is at its end.
        ReadOnlyMemory<byte> passing = data;
        int length = 0;
        while (!data.IsEmpty)
        {
            if (_requests.BodyLeft > 0)
            {
                ReadOnlyMemory<byte> body = _requests.TakeBody(ref data);
                _writing?.Append(body.Span);
                length += body.Length;
                continue;
            }

            if (!_requests.TryTake(ref data, out ReadOnlyMemory<byte> packet, out int inPlace))
            {
                break;
            }

            var request = SftpRequest.Parse(packet[SftpPackets.LengthPrefix..]);
            bool passes = request.Kind == SftpRequestKind.Pass && request.Type != SftpType.Init;
            if (passes && inPlace >= 0)
            {
                Follow(request, packet);
                length += inPlace;
                continue;
            }

            await ForwardAsync(passing[..length], cancellationToken);
            if (request.Type == SftpType.Init)
            {
                await BeginAsync(cancellationToken);
            }
            else if (passes)
            {
                Follow(request, packet);
                await ForwardAsync(packet, cancellationToken);
            }
            else
            {
                await DecideAsync(request, packet, cancellationToken);
            }

            _requests.Done();
            (passing, length) = (data, 0);
        }

        await ForwardAsync(passing[..length], cancellationToken);
    }

    public void Resized(WindowChange size)
    {
    }

    public async ValueTask DisposeAsync()
    {
        _requests.Dispose();
        await _responses.DisposeAsync();
        _files.Dispose();
    }

    private async ValueTask ForwardAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (!data.IsEmpty)
        {
            await _ends.Target.ForwardAsync(data, cancellationToken);
        }
    }

    /// <summary>Our own INIT in place of the client's. Relative paths are relative to where the target's server starts;
    /// it is asked once, before the client's first request.</summary>
    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        if (_begun)
        {
            throw new SftpProtocolException("a second beginning");
        }

        _begun = true;
        uint id = _files.FreeId();
        _places.BeginsAt(_paths.Ask(id));
        await ForwardAsync(SftpPackets.Init, cancellationToken);
        await ForwardAsync(SftpPackets.RealPath(id, "."), cancellationToken);
    }

    /// <summary>A question of the gateway's own. Nothing of the client's goes to the target until it is
    /// answered.</summary>
    private async ValueTask<string?> AskAsync(string path, CancellationToken cancellationToken)
    {
        uint id = _files.FreeId();
        Task<string?> answer = _paths.Ask(id);
        await ForwardAsync(SftpPackets.RealPath(id, path), cancellationToken);
        return await answer.WaitAsync(cancellationToken);
    }

    /// <summary>Remembers what is under way, so that its answer can be understood.</summary>
    private void Follow(in SftpRequest request, ReadOnlyMemory<byte> packet)
    {
        SftpFile? file = request.Handle.IsEmpty ? null : _files.Find(request.Handle.Span);
        ulong offset = 0;
        if (request.Type is SftpType.Read or SftpType.Write && file is not null)
        {
            // Sections 6.4: ..., string handle, uint64 offset, uint32 length
            const int afterHead = SftpPackets.LengthPrefix + 1 + 4 + 4;
            ReadOnlySpan<byte> rest = packet.Span[(afterHead + request.Handle.Length)..];
            if (rest.Length < 12)
            {
                throw new SftpProtocolException("a malformed read or write");
            }

            offset = BinaryPrimitives.ReadUInt64BigEndian(rest);
            if (request.Type == SftpType.Write)
            {
                // Bytes behind the data are no part of it: OpenSSH's server skips them, and some clients send them.
                uint length = BinaryPrimitives.ReadUInt32BigEndian(rest[8..]);
                if (length > (uint)_requests.BodyLeft)
                {
                    throw new SftpProtocolException("a write of more than its packet holds");
                }

                file.Begin(offset, (int)length);
            }
        }

        if (request.Type == SftpType.Extended)
        {
            file?.Blur();
        }

        _writing = request.Type == SftpType.Write ? file : null;
        _files.Sent(request.Id, new SftpPending(request.Type, file, Offset: offset));
    }

    private async ValueTask DecideAsync(SftpRequest request, ReadOnlyMemory<byte> packet,
        CancellationToken cancellationToken)
    {
        if (request.Operation is { } written
            && (TargetPaths.ClimbsUp(written.Path) || (written.NewPath is { } to && TargetPaths.ClimbsUp(to))))
        {
            // What is above a directory the target finds by its links, and people by its name: they may differ.
            await AnswerAsync(
                request, SftpStatus.PermissionDenied, "a path with `..` in it is not passed on; name it from the top",
                cancellationToken);
            return;
        }

        if (request.Kind == SftpRequestKind.Unknown
            || await OperationAsync(request, cancellationToken) is not { } operation)
        {
            await AnswerAsync(
                request, SftpStatus.OperationUnsupported, "not known to the gateway, so not passed on",
                cancellationToken);
            return;
        }

        ReadOnlyMemory<byte> content = packet[SftpPackets.LengthPrefix..];
        var intent = new FileIntent(operation, content.Span, _ends.Setting);
        await SocketLoop.LeaveAsync();
        GateAnswer answer = await _ends.Session.AskingFor(_ends.Requester).AskAsync(intent, cancellationToken);
        if (answer is GateAnswer.Released { Release: var release })
        {
            bool opens = request.Type == SftpType.Open;
            _files.Sent(request.Id, new SftpPending(
                request.Type, Path: opens
                    ? operation.Path
                    : null, Writes: operation.Kind != FileOperationKind.OpenRead));
            await _ends.Target.SendPacketAsync(release, cancellationToken);
            return;
        }

        Refusal refusal = ((GateAnswer.Refused)answer).Refusal;
        await _ends.Notices.SayRefusedAsync(refusal, cancellationToken);
        await AnswerAsync(
            request, SftpStatus.PermissionDenied, VisibleText.Of(refusal.Reason.En), cancellationToken);
    }

    private ValueTask AnswerAsync(
        SftpRequest request, SftpStatus status, string sentence, CancellationToken cancellationToken) =>
        _responses.InjectAsync(SftpPackets.Status(request.Id, status, $"bastion: {sentence}"), cancellationToken);

    /// <summary>The operation on the paths that it really acts on; null when a handle is not one that was given
    /// out.</summary>
    private async ValueTask<FileOperation?> OperationAsync(SftpRequest request, CancellationToken cancellationToken)
    {
        FileOperation operation = request.Operation!;
        if (request.Type == SftpType.FSetStat)
        {
            return _files.Find(request.Handle.Span) is { } file ? operation with { Path = file.Path } : null;
        }

        return await _places.FindAsync(operation, cancellationToken);
    }
}
