using System.Text;
using Microsoft.Data.Sqlite;

namespace Bastion.Storage;

public enum CredentialKind
{
    /// <summary>An OpenSSH private key file's text.</summary>
    PrivateKey,

    Password,
}

/// <summary>What the gateway logs in to a target with. Engineers never see it.</summary>
public sealed class TargetCredential(string name, CredentialKind kind, byte[] secret)
{
    public string Name { get; } = name;

    public CredentialKind Kind { get; } = kind;

    public ReadOnlyMemory<byte> Secret { get; } = secret;

    /// <summary>Never the secret: this is what a log would show.</summary>
    public override string ToString() => $"{Kind} `{Name}`";
}

/// <summary>The credentials of targets, encrypted at rest, by the names that the policy calls them.</summary>
public sealed class Vault(Database database, SecretBox box)
{
    /// <summary>In bytes. The largest RSA key file is some 13 KB.</summary>
    public const int MaximumSecretLength = 64 * 1024;

    public async ValueTask PutAsync(
        string name, CredentialKind kind, ReadOnlyMemory<byte> secret, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfZero(secret.Length, nameof(secret));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(secret.Length, MaximumSecretLength, nameof(secret));
        await database.WriteAsync(
            """
            INSERT INTO credentials (name, kind, secret) VALUES (@name, @kind, @secret)
            ON CONFLICT (name) DO UPDATE SET kind = @kind, secret = @secret
            """,
            cancellationToken,
            ("@name", name),
            ("@kind", kind.ToString()),
            ("@secret", box.Seal(secret.Span, Purpose(name, kind))));
    }

    public ValueTask PutPasswordAsync(string name, string password, CancellationToken cancellationToken) =>
        PutAsync(name, CredentialKind.Password, Encoding.UTF8.GetBytes(password), cancellationToken);

    /// <summary>Null when there is none of that name.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The row was changed or the key is
    /// another.</exception>
    public TargetCredential? Find(string name) => database.Read(
        "SELECT kind, secret FROM credentials WHERE name = @name",
        reader => reader.Read() ? Open(name, reader) : null,
        ("@name", name));

    public IReadOnlyList<string> Names() => database.Read(
        "SELECT name FROM credentials ORDER BY name",
        reader =>
        {
            var names = new List<string>();
            while (reader.Read())
            {
                names.Add(reader.GetString(0));
            }

            return names;
        });

    public async ValueTask<bool> RemoveAsync(string name, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            "DELETE FROM credentials WHERE name = @name", cancellationToken, ("@name", name)) == 1;

    private TargetCredential Open(string name, SqliteDataReader reader)
    {
        CredentialKind kind = Enum.Parse<CredentialKind>(reader.GetString(0));
        return new TargetCredential(name, kind, box.Open(reader.GetFieldValue<byte[]>(1), Purpose(name, kind)));
    }

    private static string Purpose(string name, CredentialKind kind) => $"credential:{kind}:{name}";
}
