using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bastion.Audit.Storage;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Bastion.Audit.Notes;

/// <summary>A signing key in a file of its own, in the form `PRIVATE+KEY+name+hhhhhhhh+base64(type ‖ seed)` that note
/// tools share.</summary>
public sealed class Ed25519NoteSigner : INoteSigner
{
    private const string FilePrefix = "PRIVATE+KEY+";
    private const int SeedBytes = 32;

    private readonly byte[] _seed;

    public Ed25519NoteSigner(string name, ReadOnlySpan<byte> seed, NoteKeyType type = NoteKeyType.Ed25519)
    {
        if (seed.Length != SeedBytes)
        {
            throw new ArgumentException($"an Ed25519 seed has {SeedBytes} bytes, not {seed.Length}", nameof(seed));
        }

        this._seed = seed.ToArray();
        byte[] publicKey = new byte[NoteVerifierKey.KeyBytes];
        Ed25519.GeneratePublicKey(this._seed, 0, publicKey, 0);
        VerifierKey = new NoteVerifierKey(name, publicKey, type);
    }

    public NoteVerifierKey VerifierKey { get; }

    public static Ed25519NoteSigner Generate(string name, NoteKeyType type = NoteKeyType.Ed25519) =>
        new(name, RandomNumberGenerator.GetBytes(SeedBytes), type);

    /// <summary>Reads the key at <paramref name="path"/>, or makes one there (mode 0600) when there is none.</summary>
    public static Ed25519NoteSigner LoadOrCreate(
        string path, string name, IFileSystem? fileSystem = null, NoteKeyType type = NoteKeyType.Ed25519)
    {
        IFileSystem files = fileSystem ?? PhysicalFileSystem.Instance;
        if (files.FileExists(path))
        {
            return Load(path, files);
        }

        Ed25519NoteSigner signer = Generate(name, type);
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        files.CreateDirectory(directory);
        using (IFile file = files.Create(path))
        {
            file.Write(Encoding.ASCII.GetBytes(signer.Export() + "\n"), 0);
            file.Sync();
        }

        files.SyncDirectory(directory);
        return signer;
    }

    /// <exception cref="FormatException">The file does not hold such a key.</exception>
    public static Ed25519NoteSigner Load(string path, IFileSystem? fileSystem = null)
    {
        IFileSystem files = fileSystem ?? PhysicalFileSystem.Instance;
        if (files.FaultOfPermissions(path) is { } fault)
        {
            throw new UnauthorizedAccessException(fault);
        }

        using IFile file = files.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, 1024)];
        int length = file.Read(bytes, 0);
        string text = Encoding.UTF8.GetString(bytes, 0, length).Trim();
        string[] pieces = text.StartsWith(FilePrefix, StringComparison.Ordinal)
            ? text[FilePrefix.Length..].Split('+', 3)
            : [];
        byte[] typed = new byte[1 + SeedBytes];
        if (pieces.Length != 3 || !Convert.TryFromBase64String(pieces[2], typed, out int decoded)
            || decoded != typed.Length
            || !Enum.IsDefined((NoteKeyType)typed[0]))
        {
            throw new FormatException($"`{path}` holds no signing key of the form `{FilePrefix}name+id+base64`");
        }

        return new Ed25519NoteSigner(pieces[0], typed.AsSpan(1), (NoteKeyType)typed[0]);
    }

    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        byte[] signature = new byte[NoteVerifierKey.SignatureBytes];
        byte[] copy = message.ToArray();
        Ed25519.Sign(_seed, 0, copy, 0, copy.Length, signature, 0);
        return signature;
    }

    private string Export() =>
        string.Create(CultureInfo.InvariantCulture, $"{FilePrefix}{VerifierKey.Name}+{VerifierKey.Id:x8}+")
        + Convert.ToBase64String([(byte)VerifierKey.Type, .. _seed]);
}
