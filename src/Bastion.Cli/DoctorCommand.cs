using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Control;
using Bastion.Followers.Archive;
using Bastion.Followers.Shipping;
using Bastion.Followers.Witnesses;
using Bastion.Policy;
using Bastion.Server.Errands;
using Bastion.Server.Hosting;
using Bastion.Ssh.Keys;
using Bastion.Storage;

namespace Bastion.Cli;

/// <summary>`bastion doctor`: is this machine fit to be the gateway, and if not, what is to be mended.</summary>
internal static class DoctorCommand
{
    private const UnixFileMode OthersMask = (UnixFileMode)0b000_111_111;

    private static readonly TimeSpan NetworkTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Codes of authenticators count in steps of 30 s, one step to each side: a clock further off locks people
    /// out.</summary>
    private static readonly TimeSpan ToleratedClockStep = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        Option<string> config = ServeCommand.ConfigOption();
        var health = new Option<string?>("--health")
        {
            Description = "Only ask this address of a running gateway whether it is well.",
        };
        var command =
            new Command("doctor",
            "Check ports, keys, clock, disk and policy, log in to every target, and say what to mend.") { config,
            health };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(health) is { } address)
            {
                return await AskHealthAsync(address, cancellationToken);
            }

            BastionOptions options = Configuration.Load(parsed.GetValue(config)!);
            var findings = new List<Finding>();
            CheckDirectory(options, findings);
            CheckDisk(options, findings);
            CheckClock(options, findings);
            CheckPort("ssh", options.SshAddress, options.SshPort, findings);
            CheckPort("web", options.WebAddress, options.WebPort, findings);
            CheckWeb(options, findings);
            CheckHostKeys(options, findings);
            await CheckShippingAsync(options, findings, cancellationToken);
            await CheckArchivesAsync(options, findings, cancellationToken);
            await CheckWitnessesAsync(options, findings, cancellationToken);
            if (CheckPolicy(options, findings) is { } policy)
            {
                using var storage = OfflineStorage.Open(options);
                CheckVault(storage.Vault, policy, findings);
                await CheckTargetsAsync(storage.Vault, policy, findings, cancellationToken);
            }

            foreach (Finding finding in findings)
            {
                Console.WriteLine($"{(finding.Good ? "ok  " : "MEND")} {finding.Subject}: {finding.Text}");
            }

            return findings.TrueForAll(finding => finding.Good) ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static async Task<int> AskHealthAsync(string address, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = NetworkTimeout };
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(address, cancellationToken);
            Console.WriteLine($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
            return answer.IsSuccessStatusCode ? ExitCodes.Success : ExitCodes.Failed;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or UriFormatException)
        {
            throw new CommandFailedException($"`{VisibleText.Of(address)}` does not answer: {failure.Message}");
        }
    }

    private static void CheckDirectory(BastionOptions options, List<Finding> findings)
    {
        if (!Directory.Exists(options.DataDirectory))
        {
            findings.Add(new(true, "data", $"`{options.DataDirectory}` will be made at the first start"));
            return;
        }

        bool open = (File.GetUnixFileMode(options.DataDirectory) & OthersMask) != 0;
        findings.Add(new(!open, "data", open
            ? $"`{options.DataDirectory}` is open to others; run: chmod 700 {options.DataDirectory}"
            : $"`{options.DataDirectory}` is private"));
    }

    private static void CheckDisk(BastionOptions options, List<Finding> findings)
    {
        string at = options.DataDirectory;
        while (!Directory.Exists(at))
        {
            at = Path.GetDirectoryName(at)!;
        }

        long free = new DriveInfo(at).AvailableFreeSpace;
        const long Megabyte = 1024 * 1024;
        findings.Add(new(free >= options.MinimumFreeDisk, "disk", free >= options.MinimumFreeDisk
            ? $"{free / Megabyte} MB free"
            : $"{free / Megabyte} MB free, {options.MinimumFreeDisk / Megabyte} MB wanted: no session would start; "
            + "make room"));
    }

    /// <summary>Nothing outside is asked; what was recorded last must not lie in the future.</summary>
    private static void CheckClock(BastionOptions options, List<Finding> findings)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        JournalEntry? last = Directory.Exists(Path.Combine(options.DataDirectory, "journal"))
            ? new JournalReader(options.DataDirectory).ReadLast(1).FirstOrDefault()
            : null;
        bool behind = last is not null && last.At > now + ToleratedClockStep;
        findings.Add(new(!behind, "clock", behind
            ? $"it is {now:u}, and the journal's newest record is of {last!.At:u}: set the clock (chronyd, "
            + "systemd-timesyncd)"
            : $"{now:u}; codes of authenticators need it right to 30 s"));
    }

    private static void CheckPort(string name, IPAddress address, int port, List<Finding> findings)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            findings.Add(new(true, $"{name} port", $"{address}:{port} is free"));
        }
        catch (SocketException failure)
        {
            findings.Add(
                new(false, $"{name} port",
                    $"{address}:{port} cannot be listened to ({failure.Message}); stop what runs there (the gateway "
                        + $"itself?) or change `{name}.port`"));
        }
    }

    private static void CheckWeb(BastionOptions options, List<Finding> findings)
    {
        bool open = options.WebCertificateFile is null && !IPAddress.IsLoopback(options.WebAddress)
            && options.PublicUrl?.StartsWith("https:", StringComparison.Ordinal) != true;
        findings.Add(new(!open, "web", open
            ? $"plain HTTP on {options.WebAddress}: passwords could be read on the way; set web.certificate and "
            + "web.key, or listen on 127.0.0.1 behind a TLS proxy and set web.url"
            : options.WebCertificateFile is null
            ? "plain HTTP, for this machine or a TLS proxy on it"
            : $"TLS with `{options.WebCertificateFile}`"));
        if (options.WebCertificateFile is { } certificate && !File.Exists(certificate))
        {
            findings.Add(new(false, "web", $"the certificate `{certificate}` does not exist"));
        }
    }

    private static void CheckHostKeys(BastionOptions options, List<Finding> findings)
    {
        string keys = Path.Combine(options.DataDirectory, "keys");
        if (!Directory.Exists(keys))
        {
            findings.Add(new(true, "host keys", "will be made at the first start"));
            return;
        }

        try
        {
            foreach (SshPrivateKey key in HostKeys.LoadOrCreate(keys))
            {
                findings.Add(new(true, "host key", $"{key.PublicKey.KeyType} {key.PublicKey.Fingerprint}"));
                key.Dispose();
            }
        }
        catch (GatewayStartException failure)
        {
            findings.Add(new(false, "host keys", failure.Message));
        }
    }

    private static PolicySnapshot? CheckPolicy(BastionOptions options, List<Finding> findings)
    {
        PolicyLoadResult result = PolicyLoader.Load(options.PolicyDirectory);
        foreach (PolicyDiagnostic diagnostic in result.Diagnostics)
        {
            findings.Add(new(diagnostic.Severity != DiagnosticSeverity.Error, "policy", diagnostic.ToString()));
        }

        if (result.Snapshot is { } policy)
        {
            findings.Add(new(true, "policy",
                $"version {policy.Version[..12]}, {policy.People.Count} people, {policy.Targets.Count} targets"));
        }

        return result.Snapshot;
    }

    private static void CheckVault(Vault vault, PolicySnapshot policy, List<Finding> findings)
    {
        var held = vault.Names().ToHashSet(StringComparer.Ordinal);
        foreach (string credential in policy.Targets.Values.SelectMany(target => target.Accounts.Values).Distinct()
            .Order(StringComparer.Ordinal))
        {
            findings.Add(new(held.Contains(credential), "vault", held.Contains(credential)
                ? $"`{credential}` is there"
                : $"`{credential}` is missing; run: bastion credential add {credential} --key-file FILE"));
        }
    }

    /// <summary>Asks each store whether it locks what is put there; nothing is put there.</summary>
    private static async Task CheckArchivesAsync(BastionOptions options, List<Finding> findings,
        CancellationToken cancellationToken)
    {
        foreach (ArchiveOptions archive in options.Archives)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(NetworkTimeout);
            string? objection;
            try
            {
                using var store = new S3ArchiveStore(archive);
                objection = await store.ObjectionAsync(deadline.Token);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException
                or DataDirectoryException or OperationCanceledException)
            {
                objection = $"cannot be used: {failure.Message}";
            }

            findings.Add(
                new(objection is null, "archive",
                    $"`{archive.Name}` ({archive}) {objection ?? (archive.Lock == ObjectLock.None ? "is not asked "
                        + "for a lock" : "locks what is put there")}"));
        }
    }

    /// <summary>Shows each witness the newest checkpoint, as the gateway does.</summary>
    private static async Task CheckWitnessesAsync(BastionOptions options, List<Finding> findings,
        CancellationToken cancellationToken)
    {
        var tiles = new JournalTiles(options.DataDirectory);
        foreach (WitnessOptions witness in options.Witnesses)
        {
            (bool good, string text) = await AskAsync(witness,
                new JournalReader(options.DataDirectory).LatestCheckpoint(), tiles, cancellationToken);
            findings.Add(new(good, "witness", $"`{witness.Name}` ({witness.Outlet.Url}) {text}"));
        }
    }

    private static async Task<(bool Good, string Text)> AskAsync(WitnessOptions witness, Checkpoint? head,
        JournalTiles tiles, CancellationToken cancellationToken)
    {
        if (head is null)
        {
            return (true, "will be asked when there is a journal");
        }

        try
        {
            using var client = new WitnessClient(witness with
            {
                Outlet = witness.Outlet with { Timeout = NetworkTimeout },
            });
            WitnessReply reply = await client.AskAsync(head, head.Size, tiles, cancellationToken);
            return (reply.Cosigned is not null, reply.Reason ?? $"cosigns {head.Size} records");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or UnauthorizedAccessException
            or DataDirectoryException or OperationCanceledException)
        {
            return (false, $"does not answer: {failure.Message}");
        }
    }

    private static async Task CheckShippingAsync(BastionOptions options, List<Finding> findings,
        CancellationToken cancellationToken)
    {
        try
        {
            await using var fleet = ShippingFleet.Create(options, () => 0, TimeProvider.System);
        }
        catch (GatewayStartException failure)
        {
            findings.Add(new(false, "ship", failure.Message));
        }

        foreach (DestinationOptions destination in options.Shipping)
        {
            string? objection = await ShipCommands.TryReachAsync(destination, NetworkTimeout, cancellationToken);
            findings.Add(new(objection is null, "ship",
                $"`{destination.Name}` ({destination.Kind} {destination.Place}) {objection ?? "answers"}"));
        }
    }

    private static async Task CheckTargetsAsync(
        Vault vault, PolicySnapshot policy, List<Finding> findings, CancellationToken cancellationToken)
    {
        foreach (Target target in policy.Targets.Values.OrderBy(target => target.Name, StringComparer.Ordinal))
        {
            if (target.HostKeys.Count == 0)
            {
                findings.Add(
                    new(false, "target",
                        $"`{target.Name}` has no pinned host key; add what `ssh-keyscan -t ed25519 -p {target.Port} "
                            + $"{target.Host}` prints to `host-keys`"));
                continue;
            }

            foreach ((string account, string name) in target.Accounts)
            {
                if (vault.Find(name) is { } credential)
                {
                    ProbeResult found = await TargetProbe.LookAsync(target, account, credential, cancellationToken);
                    findings.Add(new(found.Good, "target",
                        $"`{account}@{target.Name}` at {target.Host}:{target.Port}: {found.Text}"));
                }
            }
        }
    }

    private sealed record Finding(bool Good, string Subject, string Text);
}
