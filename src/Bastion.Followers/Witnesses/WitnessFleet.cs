using Bastion.Control;
using System.Security.Cryptography;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Storage;

namespace Bastion.Followers.Witnesses;

/// <summary>All witnesses of a gateway, and the journal's head with what they say of it.</summary>
public sealed class WitnessFleet : IDisposable
{
    /// <summary>A receipt or a monitor waits so long at most for the cosignatures of witnesses that are well.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly FollowerOptions _options;
    private readonly JournalReader _reader;
    private readonly TimeProvider _time;

    private WitnessFleet(FollowerOptions options, IReadOnlyList<WitnessLane> lanes, TimeProvider time)
    {
        (_options, Lanes, _time) = (options, lanes, time);
        _reader = new JournalReader(options.DataDirectory);
    }

    internal IReadOnlyList<WitnessLane> Lanes { get; }

    /// <exception cref="GatewayStartException">A file of authorities, or what a witness signed last, cannot be
    /// read.</exception>
    public static WitnessFleet Create(FollowerOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            IReadOnlyList<WitnessLane> lanes =
                [.. options.Witnesses.Select(witness => new WitnessLane(witness, options.DataDirectory, time))];
            foreach (WitnessLane lane in lanes)
            {
                lane.Start();
            }

            return new WitnessFleet(options, lanes, time);
        }
        catch (Exception failure) when (failure is DataDirectoryException or IOException or InvalidDataException
            or UnauthorizedAccessException or CryptographicException)
        {
            throw new GatewayStartException([$"audit: {failure.Message}"], failure);
        }
    }

    /// <summary>
    /// The newest published checkpoint, with the cosignatures that there are. Waits a little for witnesses that are
    /// well, so that it is seldom without; never gives an older one for the sake of a cosignature.
    /// </summary>
    public async Task<Checkpoint?> HeadAsync(CancellationToken cancellationToken)
    {
        Checkpoint? head = _reader.LatestCheckpoint();
        if (head is null || Lanes.Count == 0)
        {
            return head;
        }

        using var enough = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enough.Token);
        try
        {
            await Task.WhenAll(Lanes.Select(lane => lane.CoverAsync(head.Size, either.Token)));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Whoever cosigned in time stands under it.
        }

        List<Checkpoint> cosigned = [.. Lanes.Select(lane => lane.Cosigned).OfType<Checkpoint>()];
        Checkpoint newest = _reader.LatestCheckpoint() ?? head;
        Checkpoint chosen = cosigned.Where(each => each.Size >= head.Size && each.Size <= newest.Size)
            .MaxBy(each => each.Size) ?? head;
        return cosigned.Where(each => each.Note.Text == chosen.Note.Text && each != chosen)
            .Aggregate(chosen, (all, each) => all.With(each.Note.Signatures[^1]));
    }

    /// <summary>Has the closing checkpoint cosigned, so that the quiet hours after a stop are covered as well. After
    /// the journal is closed.</summary>
    public async Task FinishAsync()
    {
        using var enough = new CancellationTokenSource(Patience, _time);
        try
        {
            await Task.WhenAll(Lanes.Select(lane => lane.FinishAsync(enough.Token)));
        }
        catch (OperationCanceledException)
        {
            // The next start shows it.
        }
    }

    /// <summary>Why no session may start, when a witness holds another history.</summary>
    public Reason? WhyNot() => _options.WitnessRefusal == WitnessRefusalAct.Stop && Refusing.Any()
        ? new Reason(
            "a witness has seen another history of the gateway's journal; tell its administrators",
            "见证方持有与网关日志不同的历史记录；请联系管理员")
        : null;

    /// <summary>`witness-NAME` for each that does not cosign.</summary>
    public IEnumerable<string> Warnings() =>
        Lanes.Where(lane => lane.Status.State != WitnessState.Cosigning).Select(lane => $"witness-{lane.Options.Name}");

    public void Dispose()
    {
        foreach (WitnessLane lane in Lanes)
        {
            lane.Dispose();
        }
    }

    private IEnumerable<WitnessLane> Refusing => Lanes.Where(lane => lane.Status.State == WitnessState.Refused);
}
