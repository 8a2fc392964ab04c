using System.IO.Pipelines;
using System.Net;
using System.Text;
using Bastion.Control.Approvals;
using Bastion.Policy;
using Bastion.Server.Hosting;
using Bastion.Server.Ssh;
using Bastion.Storage;
using Bastion.Ssh;
using Bastion.Ssh.Keys;
using Bastion.Ssh.UserAuth;
using OtpNet;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Bastion.Server.Tests.Ssh;

/// <summary>
/// A whole gateway between a client and a target that are both the test's own: our client role over a pair of pipes,
/// our server role behind a loopback socket, real policy, gate, journal and recordings in a directory of its own.
/// </summary>
internal sealed class RelayWorld : IAsyncDisposable
{
    private static readonly SshPrivateKey AliceKey = SshPrivateKey.Generate(SshKeyKind.Ed25519);
    private static readonly SshPrivateKey TessKey = SshPrivateKey.Generate(SshKeyKind.Ed25519);
    private static readonly SshPrivateKey GatewayHostKey = SshPrivateKey.Generate(SshKeyKind.Ed25519);
    private static readonly SshPrivateKey CredentialKey = SshPrivateKey.Generate(SshKeyKind.Ed25519);
    private static readonly byte[] TotpSecret = [.. Enumerable.Range(1, 20).Select(i => (byte)i)];

    private readonly List<Task> _connections = [];
    private readonly ServiceProvider _services;
    private readonly ConnectionHandler _handler;

    private RelayWorld(Gateway gateway, FakeTarget target)
    {
        Gateway = gateway;
        Target = target;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSshFrontDoor(gateway, [GatewayHostKey]);
        _services = services.BuildServiceProvider();
        _handler = _services.GetRequiredService<ConnectionHandler>();
    }

    public Gateway Gateway { get; }

    public FakeTarget Target { get; }

    public static async Task<RelayWorld> StartAsync(
        string? hostKeyPin = null, bool stored = true, int keptContent = BastionOptions.DefaultKeptContent)
    {
        var target = FakeTarget.Start(CredentialKey.PublicKey);
        string directory = Directory.CreateTempSubdirectory("bastion-relay-").FullName;
        string policies = Path.Combine(directory, "policies");
        Directory.CreateDirectory(policies);
        await File.WriteAllTextAsync(
            Path.Combine(policies, "policy.yaml"),
            Policy(target.Port, hostKeyPin ?? target.HostKey.PublicKey.ToString()));
        Gateway gateway = await Gateway.OpenAsync(
            new BastionOptions
            {
                DataDirectory = Path.Combine(directory, "data"),
                PolicyDirectory = policies,
                LogToConsole = false,
                KeptContent = keptContent,
            },
            TimeProvider.System,
            CancellationToken.None);
        await gateway.UserSecrets.SetAsync("tess", null, TotpSecret, CancellationToken.None);
        if (stored)
        {
            await gateway.Vault.PutAsync(
                "orders/app", CredentialKind.PrivateKey, Encoding.UTF8.GetBytes(CredentialKey.ToOpenSsh()),
                CancellationToken.None);
        }

        return new RelayWorld(gateway, target);
    }

    private static string Policy(int port, string hostKey) => $$"""
        people:
          alice: {keys: ["{{AliceKey.PublicKey}}"]}
          tess: {keys: ["{{TessKey.PublicKey}}"], totp: true}
          bob: {}
        groups:
          engineers: {members: [alice, tess]}
          approvers: {members: [bob]}
        targets:
          orders-db:
            host: 127.0.0.1
            port: {{port}}
            labels: {environment: production}
            accounts: {app: orders/app}
            default-account: app
            host-keys: ["{{hostKey}}"]
          nowhere:
            host: 127.0.0.1
            port: 1
            labels: {environment: production}
            accounts: {app: orders/app}
            default-account: app
            host-keys: ["{{hostKey}}"]
          secret-db:
            host: 127.0.0.1
            accounts: {app: orders/app}
            default-account: app
            host-keys: ["{{hostKey}}"]
        grants:
          work:
            who: engineers
            targets: {environment: production}
            accounts: [app]
            allow: {exec: true, shell: observed, forward: ["10.0.0.5:5432"], sftp: {read: true, write: true, delete: true}, remote-forward: ["localhost:8000-8010", /run/app.sock] }
          tunnels:
            who: alice
            targets: {environment: production}
            accounts: [app]
            allow: {forward: ["10.0.0.9:5432"]}
            on-request: {from: approvers, for: 1h}
          lending:
            who: tess
            targets: {environment: production}
            accounts: [app]
            allow: {agent: true}
        rules:
          deletes-need-approval:
            effects: file.delete
            unless: {objects: {path: [/tmp/**]}, effects: [file.delete]}
            require: {from: approvers, tier: medium, within: 5m}
            because: what is deleted does not come back
          stopping-needs-a-reason:
            effects: service.stop
            require: {from: approvers, tier: medium, within: 5m, reason: true}
            because: it takes the order system away from customers
          no-wiping:
            effects: [disk.wipe, disk.format]
            forbid: true
            because: disks are prepared by provisioning
        sessions: {env: [LANG]}
        """;

    /// <summary>Logs in as a client over a pair of pipes.</summary>
    public async Task<SshConnection> ConnectAsync(string user, PipeOptions? options = null)
    {
        var up = new Pipe(options ?? PipeOptions.Default);
        var down = new Pipe(options ?? PipeOptions.Default);
        var connection = new DefaultConnectionContext(
            Guid.NewGuid().ToString("N"), new DuplexPipe(down.Reader, up.Writer),
            new DuplexPipe(up.Reader, down.Writer))
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 50000),
        };
        connection.Transport = new DuplexPipe(up.Reader, down.Writer);
        _connections.Add(_handler.OnConnectedAsync(connection));
        SshClient client = await SshClient.ConnectAsync(
            new DuplexPipe(down.Reader, up.Writer),
            new SshClientOptions { VerifyHostKey = (_, _) => ValueTask.FromResult(true) },
            Deadline());
        (SshConnection? ssh, UserAuthOutcome outcome) = await client.AuthenticateAsync(
            user,
            [new KeyCredential(user.StartsWith("tess", StringComparison.Ordinal) ? TessKey : AliceKey),
                new InteractiveCredential((_, _, _, _) => ValueTask.FromResult<IReadOnlyList<string>>([CodeNow()]))],
            Deadline());
        Assert.True(ssh is not null, outcome.Explain());
        return ssh!;
    }

    /// <summary>Sends bytes to the front door, reads what comes, and returns when the connection is over.</summary>
    public async Task KnockAsync(byte[] bytes)
    {
        var up = new Pipe();
        var down = new Pipe();
        var connection = new DefaultConnectionContext("x", new DuplexPipe(down.Reader, up.Writer),
            new DuplexPipe(up.Reader, down.Writer))
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 50000),
        };
        connection.Transport = new DuplexPipe(up.Reader, down.Writer);
        Task serving = _handler.OnConnectedAsync(connection);
        await up.Writer.WriteAsync(bytes, Deadline());
        await up.Writer.CompleteAsync();
        await serving.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async Task<UserAuthOutcome> TryLoginAsync(string user, SshPrivateKey key)
    {
        var up = new Pipe();
        var down = new Pipe();
        var connection = new DefaultConnectionContext("x", new DuplexPipe(down.Reader, up.Writer),
            new DuplexPipe(up.Reader, down.Writer))
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 50000),
        };
        connection.Transport = new DuplexPipe(up.Reader, down.Writer);
        _connections.Add(_handler.OnConnectedAsync(connection));
        await using SshClient client = await SshClient.ConnectAsync(
            new DuplexPipe(down.Reader, up.Writer),
            new SshClientOptions { VerifyHostKey = (_, _) => ValueTask.FromResult(true) },
            Deadline());
        (_, UserAuthOutcome outcome) = await client.AuthenticateAsync(user, [new KeyCredential(key)], Deadline());
        return outcome;
    }

    public string CodeNow() => new Totp(TotpSecret).ComputeTotp(Gateway.Time.GetUtcNow().UtcDateTime);

    /// <summary>Runs one command and returns all that came of it.</summary>
    public async Task<CommandResult> RunAsync(string user, string command)
    {
        await using SshConnection client = await ConnectAsync(user);
        Channel channel = await client.OpenChannelAsync("session", default, Deadline());
        await channel.SendRequestAsync("exec", wantReply: true, ExecRequest.Format(Encoding.UTF8.GetBytes(command)),
            Deadline());
        return await CommandResult.ReadAsync(channel);
    }

    /// <summary>The request that the gate opened, as soon as it is there.</summary>
    public async Task<ApprovalRequest> HeldAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Gateway.Desk.Open.Count == 0)
        {
            await Task.Delay(5, deadline.Token);
        }

        return Gateway.Desk.Open[0];
    }

    public async Task ApproveAsync(ApprovalRequest request)
    {
        await Gateway.UserSecrets.SetAsync("bob", null, TotpSecret, CancellationToken.None);
        (ApprovalProof? proof, _) = await ApprovalProof.ByCodeAsync(
            Gateway.Credentials, "bob", request.Id, CodeNow(), CancellationToken.None);
        await Gateway.Desk.ApproveAsync(request.Id, new PolicyPrincipal("bob"), proof!, "192.0.2.9",
            CancellationToken.None);
    }

    public Task DenyAsync(ApprovalRequest request, string reason) =>
        Gateway.Desk.DenyAsync(request.Id, new PolicyPrincipal("bob"), reason, "192.0.2.9", CancellationToken.None);

    /// <summary>Kinds of the records so far, in order.</summary>
    public IReadOnlyList<string> Journal() => [.. Gateway.JournalReader.Read().Select(entry => entry.Kind)];

    /// <summary>What all recordings so far hold, unlocked.</summary>
    public string Recordings() => string.Concat(
        from session in Directory.GetDirectories(Gateway.Data.Recordings).Select(Path.GetFileName)
        from channel in Gateway.Recordings.Channels(session!)
        from happened in Gateway.Recordings.Events(session!, channel)
        select happened.Data);

    public static CancellationToken Deadline() => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_connections).WaitAsync(TimeSpan.FromSeconds(20));
        await Target.DisposeAsync();
        await _services.DisposeAsync();
        await Gateway.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(Gateway.Options.DataDirectory)!, recursive: true);
    }
}

internal sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input { get; } = input;

    public PipeWriter Output { get; } = output;
}

/// <summary>What a client saw of one command.</summary>
internal sealed record CommandResult(bool? Started, string Output, string Errors, uint? Exit,
    IReadOnlyList<string> Order)
{
    public static async Task<CommandResult> ReadAsync(Channel channel)
    {
        bool? started = null;
        uint? exit = null;
        var output = new MemoryStream();
        var errors = new MemoryStream();
        List<string> order = [];
        while (true)
        {
            ChannelItem item = await channel.ReadAsync(RelayWorld.Deadline());
            if (order.Count == 0 || order[^1] != item.Kind.ToString())
            {
                order.Add(item.Kind == ChannelItemKind.Request ? item.Request!.Type : item.Kind.ToString());
            }

            switch (item.Kind)
            {
                case ChannelItemKind.Data:
                    output.Write(item.Data.Span);
                    break;
                case ChannelItemKind.ExtendedData:
                    errors.Write(item.Data.Span);
                    break;
                case ChannelItemKind.Reply:
                    started = item.Success;
                    break;
                case ChannelItemKind.Request when ExitStatus.TryParse(item.Request!.Payload.Span, out uint status):
                    exit = status;
                    break;
                case ChannelItemKind.Close:
                case ChannelItemKind.Disconnected:
                    await channel.CloseAsync();
                    return new CommandResult(
                        started, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(errors.ToArray()),
                        exit, order);
            }

            channel.Consumed(item.Data.Length);
        }
    }
}
