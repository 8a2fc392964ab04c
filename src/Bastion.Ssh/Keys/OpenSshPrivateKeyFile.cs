using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

/// <summary>
/// OpenSSH's PROTOCOL.key: "openssh-key-v1" NUL, string cipher, string kdf, string kdf options, uint32 number of keys
/// (one), string public key, string private section [, authentication tag]. The private section, encrypted as a whole:
/// uint32 check, the same uint32 check, the key's private fields, string comment, padding 1, 2, 3, ….
/// </summary>
internal static class OpenSshPrivateKeyFile
{
    private const string Header = "-----BEGIN OPENSSH PRIVATE KEY-----";
    private const string Footer = "-----END OPENSSH PRIVATE KEY-----";
    private const int LineLength = 70;

    /// <summary>What `ssh-keygen` uses.</summary>
    private const int WriteRounds = 24;
    private const int SaltSize = 16;

    /// <summary>`ssh-keygen -a` with more would take minutes to open.</summary>
    private const uint MaximumRounds = 10_000;

    private static ReadOnlySpan<byte> Magic => "openssh-key-v1\0"u8;

    public static bool IsOne(string text) => text.Contains(Header, StringComparison.Ordinal);

    public static SshPrivateKey Read(string text, string? passphrase)
    {
        byte[] file = Unarmor(text);
        var reader = new SshReader(file);
        if (!reader.TryReadBytes(Magic.Length, out ReadOnlySpan<byte> magic) || !magic.SequenceEqual(Magic)
            || !reader.TryReadUtf8(out string cipherName)
            || !reader.TryReadUtf8(out string kdf)
            || !reader.TryReadString(out ReadOnlySpan<byte> kdfOptions)
            || !reader.TryReadUInt32(out uint count) || count != 1
            || !reader.TryReadString(out ReadOnlySpan<byte> publicBlob)
            || !reader.TryReadString(out ReadOnlySpan<byte> section))
        {
            throw NotAKey("its openssh-key-v1 structure is broken");
        }

        KeyFileCipher cipher = KeyFileCipher.Find(cipherName)
            ?? throw new SshKeyException(
            "the key file is encrypted with a cipher that is not taken; rewrite it with `ssh-keygen -p`");
        if (cipher.IsNone && (kdf != "none" || !kdfOptions.IsEmpty || !reader.AtEnd))
        {
            throw NotAKey("it is not encrypted and yet says how its key is derived");
        }

        byte[] plain = cipher.IsNone
            ? section.ToArray()
            : cipher.Decrypt(DeriveKey(cipher, kdf, kdfOptions, passphrase), section, reader.Rest);
        try
        {
            SshPrivateKey key = ReadSection(plain, cipher);
            if (!key.PublicKey.Blob.Span.SequenceEqual(publicBlob))
            {
                key.Dispose();
                throw NotAKey("its public part belongs to another key");
            }

            return key;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    public static string Write(SshPrivateKey key, string? passphrase, string comment)
    {
        KeyFileCipher cipher = KeyFileCipher.Find(string.IsNullOrEmpty(passphrase) ? "none" : "aes256-ctr")!;
        byte[] section = WriteSection(key, comment, cipher.BlockSize);
        var options = new ArrayBufferWriter<byte>();
        if (!cipher.IsNone)
        {
            byte[] salt = RandomNumberGenerator.GetBytes(SaltSize);
            var optionWriter = new SshWriter(options);
            optionWriter.WriteString(salt);
            optionWriter.WriteUInt32(WriteRounds);
            byte[] secret = Derive(passphrase!, salt, WriteRounds, cipher.KeySize + cipher.IvSize);
            section = cipher.Encrypt(secret, section);
        }

        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        writer.WriteBytes(Magic);
        writer.WriteString(cipher.Name);
        writer.WriteString(cipher.IsNone ? "none" : "bcrypt");
        writer.WriteString(options.WrittenSpan);
        writer.WriteUInt32(1);
        writer.WriteString(key.PublicKey.Blob.Span);
        writer.WriteString(section);
        return Armor(output.WrittenSpan);
    }

    private static SshPrivateKey ReadSection(byte[] plain, KeyFileCipher cipher)
    {
        var reader = new SshReader(plain);
        if (!reader.TryReadUInt32(out uint check) || !reader.TryReadUInt32(out uint again) || check != again)
        {
            throw cipher.IsNone ? NotAKey("its two check numbers differ") : new SshKeyException("wrong passphrase");
        }

        var fields = PrivateFields.Read(ref reader);
        if (!reader.TryReadUtf8(out string comment) || !IsPadding(reader.Rest, cipher.BlockSize))
        {
            throw NotAKey("its private section is broken");
        }

        return fields.ToKey(comment);
    }

    private static byte[] WriteSection(SshPrivateKey key, string comment, int blockSize)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        uint check = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));
        writer.WriteUInt32(check);
        writer.WriteUInt32(check);
        key.WritePrivateFields(ref writer);
        writer.WriteString(comment);
        for (byte pad = 1; output.WrittenCount % blockSize != 0; pad++)
        {
            writer.WriteByte(pad);
        }

        return output.WrittenSpan.ToArray();
    }

    private static byte[] DeriveKey(KeyFileCipher cipher, string kdf, ReadOnlySpan<byte> options, string? passphrase)
    {
        var reader = new SshReader(options);
        if (kdf != "bcrypt"
            || !reader.TryReadString(out ReadOnlySpan<byte> salt) || salt.IsEmpty
            || !reader.TryReadUInt32(out uint rounds) || rounds is 0 or > MaximumRounds
            || !reader.AtEnd)
        {
            throw NotAKey("its key derivation is not bcrypt with sensible parameters");
        }

        if (string.IsNullOrEmpty(passphrase))
        {
            throw new SshKeyException("the key needs its passphrase");
        }

        return Derive(passphrase, salt, (int)rounds, cipher.KeySize + cipher.IvSize);
    }

    private static byte[] Derive(string passphrase, ReadOnlySpan<byte> salt, int rounds, int length)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(passphrase);
        try
        {
            return BcryptPbkdf.Derive(bytes, salt, rounds, length);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static bool IsPadding(ReadOnlySpan<byte> rest, int blockSize)
    {
        for (int index = 0; index < rest.Length; index++)
        {
            if (rest[index] != index + 1)
            {
                return false;
            }
        }

        return rest.Length < blockSize;
    }

    private static byte[] Unarmor(string text)
    {
        int start = text.IndexOf(Header, StringComparison.Ordinal) + Header.Length;
        int end = text.IndexOf(Footer, start, StringComparison.Ordinal);
        string base64 = end < 0
            ? ""
            : string.Concat(text[start..end].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return PublicKeyParser.TryDecode(base64, out byte[]? file)
            ? file
            : throw NotAKey("what stands between its header and footer is not base64");
    }

    private static string Armor(ReadOnlySpan<byte> file)
    {
        string base64 = Convert.ToBase64String(file);
        var text = new StringBuilder();
        text.Append(Header).Append('\n');
        for (int offset = 0; offset < base64.Length; offset += LineLength)
        {
            text.Append(base64.AsSpan(offset, Math.Min(LineLength, base64.Length - offset))).Append('\n');
        }

        return text.Append(Footer).Append('\n').ToString();
    }

    private static SshKeyException NotAKey(string why) => new($"not a private key: {why}");

    /// <summary>The private fields of one key, copied out of the section so that the comment behind them can be
    /// read.</summary>
    private readonly ref struct PrivateFields
    {
        private readonly string _type;
        private readonly ReadOnlySpan<byte> _n, _e, _d, _inverseQ, _p, _q;
        private readonly ReadOnlySpan<byte> _point;

        private PrivateFields(string type, ref SshReader reader)
        {
            _type = type;
            bool read = type switch
            {
                SshSignatureAlgorithms.Ed25519 =>
                    reader.TryReadString(out _point) && reader.TryReadString(out _d) && _d.Length == 64
                    && _d[32..].SequenceEqual(_point),
                "ssh-rsa" =>
                    MpInt.TryReadPositive(ref reader, out _n) && MpInt.TryReadPositive(ref reader, out _e)
                    && MpInt.TryReadPositive(ref reader, out _d) && MpInt.TryReadPositive(ref reader, out _inverseQ)
                    && MpInt.TryReadPositive(ref reader, out _p) && MpInt.TryReadPositive(ref reader, out _q),
                _ when CurveOf(type) is { } curve =>
                    reader.TryReadUtf8(out string name) && name == curve.Name
                    && reader.TryReadString(out _point) && _point.Length == 1 + (2 * curve.FieldSize) && _point[0] == 4
                    && MpInt.TryReadPositive(ref reader, out _d) && _d.Length <= curve.FieldSize,
                _ => throw new SshKeyException(
                    "a private key of a kind that is not taken (ed25519, ecdsa and rsa are)"),
            };
            if (!read)
            {
                throw NotAKey("its private section is broken");
            }
        }

        public static PrivateFields Read(ref SshReader reader) => reader.TryReadUtf8(out string type)
            ? new PrivateFields(type, ref reader)
            : throw NotAKey("its private section is broken");

        public SshPrivateKey ToKey(string comment)
        {
            if (_type == SshSignatureAlgorithms.Ed25519)
            {
                return Ed25519PrivateKey.FromSeed(_d[..32].ToArray(), comment);
            }

            if (CurveOf(_type) is not { } curve)
            {
                return RsaPrivateKey.Create(_n, _e, _d, _inverseQ, _p, _q, comment);
            }

            byte[] number = new byte[curve.FieldSize];
            _d.CopyTo(number.AsSpan(curve.FieldSize - _d.Length));
            var point = new ECPoint()
            {
                X = _point[1..(1 + curve.FieldSize)].ToArray(),
                Y = _point[(1 + curve.FieldSize)..].ToArray(),
            };
            return EcdsaPrivateKey.Create(curve, new ECParameters { D = number, Q = point }, comment);
        }

        private static NistCurve? CurveOf(string type) =>
            NistCurve.All.FirstOrDefault(curve => curve.Algorithm == type);
    }
}
