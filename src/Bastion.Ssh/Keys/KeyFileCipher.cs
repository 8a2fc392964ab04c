using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bastion.Ssh.Keys;

/// <summary>The ciphers that `ssh-keygen` has written key files with; we write aes256-ctr, its default.</summary>
internal sealed record KeyFileCipher(string Name, int KeySize, int IvSize, int BlockSize, int TagSize)
{
    private static readonly KeyFileCipher[] All =
    [
        // "none" pads to 8, the smallest block size that PROTOCOL.key allows.
        new("none", 0, 0, 8, 0),
        new("aes256-ctr", 32, 16, 16, 0),
        new("aes192-ctr", 24, 16, 16, 0),
        new("aes128-ctr", 16, 16, 16, 0),
        new("aes256-cbc", 32, 16, 16, 0),
        new("aes128-cbc", 16, 16, 16, 0),
        new("aes256-gcm@openssh.com", 32, 12, 16, 16),
        new("aes128-gcm@openssh.com", 16, 12, 16, 16),
    ];

    public bool IsNone => KeySize == 0;

    public static KeyFileCipher? Find(string name) => All.FirstOrDefault(cipher => cipher.Name == name);

    /// <param name="secret">Key ‖ initialization vector; wiped.</param>
    /// <param name="tag">What follows the section in the file: GCM's tag, nothing for the others.</param>
    public byte[] Decrypt(byte[] secret, ReadOnlySpan<byte> section, ReadOnlySpan<byte> tag)
    {
        if (section.Length % BlockSize != 0 || tag.Length != TagSize)
        {
            throw new SshKeyException("not a private key: its private section is broken");
        }

        ReadOnlySpan<byte> key = secret.AsSpan(0, KeySize);
        ReadOnlySpan<byte> iv = secret.AsSpan(KeySize);
        try
        {
            byte[] plain = new byte[section.Length];
            if (TagSize > 0)
            {
                using var gcm = new AesGcm(key, TagSize);
                gcm.Decrypt(iv, section, tag, plain);
                return plain;
            }

            if (Name.EndsWith("-cbc", StringComparison.Ordinal))
            {
                using var aes = Aes.Create();
                aes.SetKey(key);
                aes.DecryptCbc(section, iv, plain, PaddingMode.None);
                return plain;
            }

            Counter(key, iv, section, plain);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new SshKeyException("wrong passphrase");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>For aes256-ctr, the one that we write.</summary>
    public byte[] Encrypt(byte[] secret, byte[] section)
    {
        byte[] encrypted = new byte[section.Length];
        Counter(secret.AsSpan(0, KeySize), secret.AsSpan(KeySize), section, encrypted);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(section);
        return encrypted;
    }

    /// <summary>RFC 4344 section 4: the initialization vector is the first counter, big-endian.</summary>
    private static void Counter(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> input,
        Span<byte> output)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        UInt128 counter = BinaryPrimitives.ReadUInt128BigEndian(iv);
        Span<byte> block = stackalloc byte[16];
        Span<byte> stream = stackalloc byte[16];
        for (int offset = 0; offset < input.Length; offset += 16, counter++)
        {
            BinaryPrimitives.WriteUInt128BigEndian(block, counter);
            aes.EncryptEcb(block, stream, PaddingMode.None);
            for (int index = 0; index < 16; index++)
            {
                output[offset + index] = (byte)(input[offset + index] ^ stream[index]);
            }
        }

        CryptographicOperations.ZeroMemory(stream);
    }
}
