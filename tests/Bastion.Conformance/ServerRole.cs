using Bastion.Conformance.Peers;
using Bastion.Ssh;

namespace Bastion.Conformance;

/// <summary>One set of keys and one server of ours for all tests of the server role.</summary>
public sealed class ServerRole : IAsyncLifetime
{
    internal TestKeyRing Keys { get; private set; } = null!;

    /// <summary>Offers all that we have.</summary>
    internal OurServer Server { get; private set; } = null!;

    /// <summary>Offers what a gateway offers unless told otherwise.</summary>
    internal OurServer DefaultServer { get; private set; } = null!;

    /// <summary>128 KiB that are no repetition of anything.</summary>
    internal static byte[] Noise { get; } = MakeNoise(128 * 1024);

    public async Task InitializeAsync()
    {
        Keys = await TestKeyRing.CreateAsync();
        Server = new OurServer(Keys, SshAlgorithms.ForServerCompatible);
        DefaultServer = new OurServer(Keys, SshAlgorithms.ForServer);
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        await DefaultServer.DisposeAsync();
        await Keys.DisposeAsync();
    }

    internal static byte[] MakeNoise(int length)
    {
        byte[] noise = new byte[length];
        System.Security.Cryptography.RandomNumberGenerator.Fill(noise);
        return noise;
    }

    /// <summary>
    /// `ssh` with nothing taken from the machine's own configuration. OpenSSH keeps the first value that it is given:
    /// options of a test go in front.
    /// </summary>
    internal string[] SshOptions(string key) =>
    [
        "-F", "none", "-o", $"UserKnownHostsFile={Server.KnownHosts}", "-o", "GlobalKnownHostsFile=none", "-o", "StrictHostKeyChecking=yes",
        "-o", "UpdateHostKeys=no", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-i", Keys.PathOf(key),
    ];

    internal Task<ProgramResult> SshAsync(IEnumerable<string> options, string command, byte[]? input = null, string key = "ed25519", string user = TestKeyRing.User) =>
        StockProgram.RunAsync("ssh", [.. options, .. SshOptions(key), "-p", $"{Server.Port}", $"{user}@127.0.0.1", command], input);
}

[CollectionDefinition(nameof(ServerRole))]
#pragma warning disable CA1711 // xunit's own word
public sealed class ServerRoleCollection : ICollectionFixture<ServerRole>;
#pragma warning restore CA1711
