using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Witnesses;

namespace Bastion.Followers.Witnesses;

public enum WitnessState
{
    /// <summary>The last answer was a cosignature, or none was asked for yet.</summary>
    Cosigning,

    Failing,

    /// <summary>The witness holds another history of the journal.</summary>
    Refused,
}

/// <param name="State">What the last answer was.</param>
/// <param name="Since">When it became so.</param>
/// <param name="Reason">Why, one line; null while all is well.</param>
internal sealed record WitnessStatus(WitnessState State, DateTimeOffset Since, string? Reason);

/// <summary>One witness: what it cosigned last, and the asking. Asked by its own loop alone; read by anybody.</summary>
internal sealed class WitnessLane(WitnessOptions options, string dataDirectory, TimeProvider time) : IDisposable
{
    /// <summary>Signed anew though nothing came, so that its silence is noticed and a quiet journal stays
    /// dated.</summary>
    private static readonly TimeSpan RefreshAfter = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly WitnessClient _client = new(options);
    private readonly CheckpointFile _memory = new(Path.Combine(dataDirectory, "witnesses", options.Name));
    private readonly JournalReader _reader = new(dataDirectory);
    private readonly JournalTiles _tiles = new(dataDirectory);
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly Lock _lock = new();
    private WitnessStatus _status = new(WitnessState.Cosigning, time.GetUtcNow(), null);
    private Checkpoint? _cosigned;
    private DateTimeOffset _cosignedAt;
    private DateTimeOffset? _behindSince;
    private TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WitnessOptions Options { get; } = options;

    public WitnessStatus Status
    {
        get
        {
            lock (_lock)
            {
                return _status;
            }
        }
    }

    /// <summary>The newest checkpoint that this witness cosigned, with its cosignature.</summary>
    public Checkpoint? Cosigned
    {
        get
        {
            lock (_lock)
            {
                return _cosigned;
            }
        }
    }

    /// <summary>Since when the newest checkpoint that it cosigned is not the newest of the journal.</summary>
    public TimeSpan Lag
    {
        get
        {
            lock (_lock)
            {
                return _behindSince is { } since && time.GetUtcNow() is var now && now > since
                    ? now - since
                    : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Takes up what the last run left.</summary>
    /// <exception cref="InvalidDataException">What it left was changed.</exception>
    public void Start()
    {
        lock (_lock)
        {
            // What another key signed, in an earlier configuration, says nothing under this one.
            _cosigned = _memory.Load() is { } last && Cosignature.CosignedAt(last, Options.Key) is not null
                ? last
                : null;
        }
    }

    /// <summary>Asks for each new checkpoint until cancelled.</summary>
    /// <param name="told">After each answer.</param>
    public async Task RunAsync(Func<WitnessStatus, Task> told, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await AskAsync(cancellationToken))
            {
                await told(Status);
            }

            if (Status.State == WitnessState.Cosigning)
            {
                await _wanted.WaitAsync(LookInterval, cancellationToken);
            }
            else
            {
                await Task.Delay(RetryInterval, time, cancellationToken);
            }
        }
    }

    /// <summary>Waits until the witness covers so many records, no longer well, or the token.</summary>
    public async Task CoverAsync(long size, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task answered;
            lock (_lock)
            {
                if (_cosigned?.Size >= size || _status.State != WitnessState.Cosigning)
                {
                    return;
                }

                answered = _answered.Task;
                if (_wanted.CurrentCount == 0)
                {
                    _wanted.Release();
                }
            }

            await answered.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The last words of a journal that was closed.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (Status.State == WitnessState.Cosigning)
        {
            await AskAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _wanted.Dispose();
    }

    /// <summary>False when there was nothing to ask.</summary>
    private async Task<bool> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            Checkpoint? head = _reader.LatestCheckpoint();
            if (head is null || !IsDue(head))
            {
                return false;
            }

            WitnessReply reply = await _client.AskAsync(head, Cosigned?.Size ?? 0, _tiles, cancellationToken);
            // Somebody else may have shown the witness a newer head of ours meanwhile.
            if (reply.Refused && _reader.LatestCheckpoint() is { } newer && newer.Size > head.Size)
            {
                reply = await _client.AskAsync(newer, reply.WitnessSize, _tiles, cancellationToken);
            }

            Take(reply);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or IOException or InvalidDataException or UnauthorizedAccessException
            || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Take(new WitnessReply(null, false, 0, failure is OperationCanceledException
                ? "it does not answer in time"
                : failure.Message));
        }

        return true;
    }

    private bool IsDue(Checkpoint head)
    {
        lock (_lock)
        {
            bool covered = _cosigned?.Note.Text == head.Note.Text;
            _behindSince = covered ? null : _behindSince ?? time.GetUtcNow();
            return !covered || _status.State != WitnessState.Cosigning
                || time.GetUtcNow() - _cosignedAt >= RefreshAfter;
        }
    }

    private void Take(WitnessReply reply)
    {
        if (reply.Cosigned is { } cosigned)
        {
            _memory.Save(cosigned);
        }

        lock (_lock)
        {
            // Who refused and does not answer now has not taken it back.
            bool stays = _status.State == WitnessState.Refused && reply.Cosigned is null && !reply.Refused;
            WitnessState state = reply.Refused || stays ? WitnessState.Refused : reply.Cosigned is null
                ? WitnessState.Failing
                : WitnessState.Cosigning;
            _status = stays ? _status
                : state == _status.State ? _status with { Reason = reply.Reason }
                : new WitnessStatus(state, time.GetUtcNow(), reply.Reason);
            if (reply.Cosigned is not null)
            {
                (_cosigned, _cosignedAt, _behindSince) = (reply.Cosigned, time.GetUtcNow(), null);
            }

            _answered.SetResult();
            _answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
