using System.Security.Cryptography;
using Bastion.Conformance.Peers;
using Bastion.Ssh;
using Bastion.Ssh.UserAuth;

namespace Bastion.Conformance;

/// <summary>One set of keys and our servers for all tests of the server role.</summary>
public sealed class ServerRole : IAsyncLifetime, IPeerUnderTest
{
    internal TestKeyRing Keys { get; private set; } = null!;

    /// <summary>Offers all that we have.</summary>
    internal OurServer Server { get; private set; } = null!;

    /// <summary>Offers what a gateway offers unless told otherwise.</summary>
    internal OurServer DefaultServer { get; private set; } = null!;

    TestKeyRing IPeerUnderTest.Keys => Keys;

    int IPeerUnderTest.Port => Server.Port;

    string IPeerUnderTest.KnownHosts => Server.KnownHosts;

    string IPeerUnderTest.User => TestKeyRing.User;

    string IPeerUnderTest.Home => Server.Home;

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

    Task<int> IPeerUnderTest.CountLoginsAsync() =>
        Task.FromResult(Server.Logins.Count(login => login.Result == UserAuthResult.Accepted));

    internal static byte[] MakeNoise(int length) => RandomNumberGenerator.GetBytes(length);
}

[CollectionDefinition(nameof(ServerRole))]
#pragma warning disable CA1711 // xunit's own word
public sealed class ServerRoleCollection : ICollectionFixture<ServerRole>;
#pragma warning restore CA1711
