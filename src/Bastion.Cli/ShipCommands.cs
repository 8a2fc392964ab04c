using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Audit.Storage;
using Bastion.Control;
using Bastion.Followers.Shipping;
using Bastion.Followers.Shipping.Elasticsearch;
using Bastion.Server.Hosting;

namespace Bastion.Cli;

/// <summary>`bastion ship …`: how far the copies are, and whether they are true, also while the gateway runs.</summary>
internal static class ShipCommands
{
    /// <summary>More are counted, not listed.</summary>
    private const int MaximumListed = 200;

    public static Command Create() =>
        new("ship", "Copies of the journal elsewhere: how far they are and whether they are true.") { Status(),
        Verify(), Resend() };

    /// <summary>Null when something listens there, else why it seems not to. Nothing is sent.</summary>
    public static async Task<string?> TryReachAsync(DestinationOptions destination, TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        (string host, int port) = destination switch
        {
            ElasticsearchOptions elasticsearch => (elasticsearch.Outlet.Url.Host, elasticsearch.Outlet.Url.Port),
            OtlpOptions otlp => (otlp.Outlet.Url.Host, otlp.Outlet.Url.Port),
            SyslogOptions syslog => (syslog.Host, syslog.Port),
            _ => ("", 0),
        };
        if (port == 0)
        {
            return null;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(host, port, deadline.Token);
            return null;
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            return $"does not answer: {failure.Message}";
        }
    }

    private static Command Status()
    {
        Option<string> config = ServeCommand.ConfigOption();
        var parked = new Option<bool>("--parked")
        {
            Description = "Also list the records that were refused, with the reason.",
        };
        var command = new Command("status",
            "How far each destination is. Exit status 1 when one fails or has refused records.") { config, parked };
        command.SetAction(parsed =>
        {
            BastionOptions options = Configuration.Load(parsed.GetValue(config)!);
            if (options.Shipping.Count == 0)
            {
                Console.WriteLine("nothing is shipped: the configuration has no `ship`");
                return ExitCodes.Success;
            }

            var reader = new JournalReader(options.DataDirectory);
            long size = reader.Size();
            bool well = true;
            foreach (DestinationOptions destination in options.Shipping)
            {
                well &= Show(options, destination, size, parsed.GetValue(parked));
            }

            return well ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static bool Show(BastionOptions options, DestinationOptions destination, long size, bool listParked)
    {
        var store = new ShippingStore(options.DataDirectory, destination.Name, PhysicalFileSystem.Instance);
        long position = store.Load()?.Next ?? 0;
        ShippingState? state = store.LoadState();
        IReadOnlyList<DeadLetter> letters = store.Parked();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{destination.Name} ({destination.Kind} {VisibleText.Of(destination.Place)}): {position} of {size} "
                + $"records, {Lag(options, position, size)}, {letters.Count} parked, {StateOf(state)}"));
        if (listParked)
        {
            foreach (DeadLetter letter in letters)
            {
                Console.WriteLine(
                    $"  record {letter.Sequence} {letter.Id} {letter.ParkedAt.UtcDateTime:u}: "
                        + $"{VisibleText.Of(letter.Reason)}");
            }
        }

        return letters.Count == 0 && state?.State is null or "shipping";
    }

    private static string Lag(BastionOptions options, long position, long size)
    {
        if (position >= size)
        {
            return "no lag";
        }

        using var cursor = new JournalCursor(options.DataDirectory, position);
        TimeSpan waited = cursor.TryRead(size) is { } oldest
            ? TimeProvider.System.GetUtcNow() - oldest.At
            : TimeSpan.Zero;
        return string.Create(CultureInfo.InvariantCulture,
            $"lag {size - position} records and {Math.Max(0, waited.TotalSeconds):F0} s");
    }

    private static string StateOf(ShippingState? state) => state switch
    {
        null => "not started yet",
        { State: "shipping" } => "well",
        _ => $"{state.State} since {state.Since.UtcDateTime:u}: {VisibleText.Of(state.Reason ?? "")}",
    };

    private static Command Resend()
    {
        var destination = new Argument<string>("destination") { Description = "Its name in the configuration." };
        Option<string> url = GatewaySession.UrlOption();
        Option<string> user = GatewaySession.UserOption();
        var command =
            new Command("resend",
            "Send the records again that a destination refused, under the ids they have. Exit status 1 when some are "
                + "left.")
        {
            destination, url, user,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using GatewaySession gateway =
                await GatewaySession.SignInAsync(parsed.GetValue(url)!, parsed.GetValue(user)!, cancellationToken);
            string name = parsed.GetValue(destination)!;
            JsonElement resent = await gateway.SendAsync(HttpMethod.Post,
                $"/api/audit/shipping/{Uri.EscapeDataString(name)}/resend", new { }, cancellationToken);
            (int delivered, int refused, int left) = (Count("delivered"), Count("refused"), Count("left"));
            Console.WriteLine($"{VisibleText.Of(name)}: {delivered} delivered, {refused} refused again, {left} left");
            await gateway.EndAsync(cancellationToken);
            return refused + left == 0 ? ExitCodes.Success : ExitCodes.Failed;

            int Count(string figure) => resent.GetProperty(figure).GetInt32();
        });
        return command;
    }

    private static Command Verify()
    {
        Option<string> config = ServeCommand.ConfigOption();
        var name = new Option<string?>("--destination")
        {
            Description = "Which one, when several are of kind elasticsearch.",
        };
        var from = new Option<string?>("--from")
        {
            Description = "The first record: a sequence, a date, or a time such as 2026-11-23T18:00Z.",
        };
        var to = new Option<string?>("--to")
        {
            Description = "Where to stop: the first record that is not compared. Without it, what is shipped so far.",
        };
        var command = new Command(
            "verify",
            "Compare the documents in Elasticsearch with the journal and name what is missing or altered. Exit "
                + "status 1 when anything is.")
        {
            config, name, from, to,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            BastionOptions options = Configuration.Load(parsed.GetValue(config)!);
            ElasticsearchOptions destination = Choose(options, parsed.GetValue(name));
            var store = new ShippingStore(options.DataDirectory, destination.Name, PhysicalFileSystem.Instance);
            long shipped = store.Load()?.Next ?? 0;
            long first = parsed.GetValue(from) is { } start ? Place(options, start, shipped) : 0;
            long end = parsed.GetValue(to) is { } stop ? Place(options, stop, shipped) : shipped;
            using HttpClient http = OutboundHttp.Create(destination.Outlet);
            var comparison = new IndexComparison(destination, options.JournalName, http);
            return await CompareAsync(comparison, new JournalReader(options.DataDirectory).Read(first)
                .TakeWhile(entry => entry.Sequence < end), first, end, cancellationToken);
        });
        return command;
    }

    private static async Task<int> CompareAsync(
        IndexComparison comparison, IEnumerable<JournalEntry> entries, long first, long end,
        CancellationToken cancellationToken)
    {
        long differences = 0;
        try
        {
            await foreach (IndexDifference difference in comparison.CompareAsync(entries, cancellationToken))
            {
                if (++differences <= MaximumListed)
                {
                    string record = difference.Sequence is { } sequence ? $"record {sequence} {difference.Id}: " : "";
                    Console.WriteLine(record + difference.Problem);
                }
            }
        }
        catch (HttpRequestException failure)
        {
            throw new CommandFailedException($"the comparison stopped: {VisibleText.Of(failure.Message)}");
        }

        if (differences > MaximumListed)
        {
            Console.WriteLine($"and {differences - MaximumListed} more");
        }

        Console.WriteLine(
            $"records {first} to {end - 1}: {comparison.Matching} are there as they were written, {differences} "
                + "differ");
        return differences == 0 ? ExitCodes.Success : ExitCodes.Failed;
    }

    private static ElasticsearchOptions Choose(BastionOptions options, string? name)
    {
        ElasticsearchOptions[] candidates = [.. options.Shipping.OfType<ElasticsearchOptions>()
            .Where(destination => name is null || destination.Name == name)];
        return candidates switch
        {
            [var one] => one,
            [] => throw new CommandFailedException(name is null
                ? "the configuration ships to no elasticsearch"
                : $"`{VisibleText.Of(name)}` is no destination of kind elasticsearch"),
            _ => throw new CommandFailedException(
                $"several are of kind elasticsearch; name one with --destination: "
                    + $"{string.Join(", ", candidates.Select(destination => destination.Name))}"),
        };
    }

    /// <summary>A sequence as it is; of a time the first record that is not older.</summary>
    private static long Place(BastionOptions options, string text, long end)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence))
        {
            return sequence;
        }

        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out DateTimeOffset time))
        {
            throw new CommandFailedException(
                $"`{VisibleText.Of(text)}` is neither a sequence nor a time; expected such as 1200, 2026-11-23 or "
                    + "2026-11-23T18:00Z");
        }

        return new JournalReader(options.DataDirectory).Read().FirstOrDefault(entry => entry.At >= time)?.Sequence
            ?? end;
    }
}
