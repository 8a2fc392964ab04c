using Bastion.Server.Hosting;
using Bastion.Storage;

namespace Bastion.Cli;

/// <summary>
/// The database and the vault of a data directory for administration on the command line, also while the gateway runs:
/// the database takes several processes, and the gateway reads it anew at each login.
/// </summary>
internal sealed class OfflineStorage : IDisposable
{
    private readonly SecretBox _box;
    private readonly Database _database;

    public OfflineStorage(BastionOptions options)
    {
        // Makes a new directory private; an existing one is the gateway's and may be in use.
        if (!Directory.Exists(options.DataDirectory))
        {
            DataDirectory.Open(options.DataDirectory).Dispose();
        }

        _box = SecretBox.LoadOrCreate(Path.Combine(options.DataDirectory, "keys", "secrets.key"));
        _database = Database.Open(Path.Combine(options.DataDirectory, "bastion.db"));
        UserSecrets = new SqliteUserSecrets(_database, _box);
        Vault = new Vault(_database, _box);
    }

    public SqliteUserSecrets UserSecrets { get; }

    public Vault Vault { get; }

    public static OfflineStorage Open(BastionOptions options)
    {
        try
        {
            return new OfflineStorage(options);
        }
        catch (DataDirectoryException failure)
        {
            throw new CommandFailedException(failure.Message);
        }
    }

    public void Dispose()
    {
        _database.Dispose();
        _box.Dispose();
    }
}
