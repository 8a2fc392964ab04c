using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace Bastion.Ssh.Keys;

/// <summary>PEM: PKCS#8 (plain, or encrypted with PBES2), PKCS#1 `RSA PRIVATE KEY`, SEC 1 `EC PRIVATE KEY`.</summary>
internal static class PemPrivateKey
{
    public static SshPrivateKey Read(string text, string? passphrase)
    {
        if (!PemEncoding.TryFind(text, out PemFields fields))
        {
            throw new SshKeyException(text.Contains("PRIVATE KEY", StringComparison.Ordinal)
                ? "not a private key that is read here: rewrite it with `ssh-keygen -p`"
                : "not a private key");
        }

        string label = text[fields.Label];
        string pem = text[fields.Location];
        try
        {
            return label switch
            {
                "RSA PRIVATE KEY" => FromRsa(key => key.ImportFromPem(pem)),
                "EC PRIVATE KEY" => FromEcdsa(key => key.ImportFromPem(pem)),
                "PRIVATE KEY" => FromPkcs8(Convert.FromBase64String(text[fields.Base64Data])),
                "ENCRYPTED PRIVATE KEY" when string.IsNullOrEmpty(passphrase) =>
                    throw new SshKeyException("the key needs its passphrase"),
                "ENCRYPTED PRIVATE KEY" => FromEncrypted(pem, passphrase),
                _ => throw new SshKeyException("not a private key"),
            };
        }
        catch (Exception failure) when (failure is CryptographicException or FormatException or ArgumentException)
        {
            throw new SshKeyException("not a private key: the PEM inside is broken", failure);
        }
    }

    private static SshPrivateKey FromPkcs8(byte[] der)
    {
        try
        {
            AsymmetricKeyParameter parsed = PrivateKeyFactory.CreateKey(der);
            return parsed switch
            {
                Ed25519PrivateKeyParameters ed25519 => Ed25519PrivateKey.FromSeed(ed25519.GetEncoded(), ""),
                RsaPrivateCrtKeyParameters => FromRsa(key => key.ImportPkcs8PrivateKey(der, out _)),
                ECPrivateKeyParameters => FromEcdsa(key => key.ImportPkcs8PrivateKey(der, out _)),
                _ => throw new SshKeyException(
                    "a private key of a kind that is not taken (ed25519, ecdsa and rsa are)"),
            };
        }
        catch (Exception failure) when (failure is SecurityUtilityException or IOException or InvalidCastException)
        {
            throw new SshKeyException("not a private key: the PEM inside is broken", failure);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    private static SshPrivateKey FromEncrypted(string pem, string passphrase)
    {
        AsymmetricKeyParameter parsed;
        try
        {
            byte[] der = Convert.FromBase64String(string.Concat(pem.Split('\n').Where(line => !line.StartsWith('-'))));
            parsed = PrivateKeyFactory.DecryptKey(passphrase.ToCharArray(), der);
        }
        catch (Exception failure)
            when (failure is CryptoException or IOException or ArgumentException or InvalidCastException)
        {
            throw new SshKeyException("wrong passphrase", failure);
        }

        return FromPkcs8(Org.BouncyCastle.Pkcs.PrivateKeyInfoFactory.CreatePrivateKeyInfo(parsed).GetDerEncoded());
    }

    private static RsaPrivateKey FromRsa(Action<RSA> import)
    {
        using var key = RSA.Create();
        import(key);
        return RsaPrivateKey.Create(key.ExportParameters(true), "");
    }

    private static EcdsaPrivateKey FromEcdsa(Action<ECDsa> import)
    {
        using var key = ECDsa.Create();
        import(key);
        ECParameters parameters = key.ExportParameters(true);
        NistCurve curve = NistCurve.All.FirstOrDefault(candidate => candidate.Oid == parameters.Curve.Oid.Value)
            ?? throw new SshKeyException("an elliptic curve that is not taken (nistp256, nistp384 and nistp521 are)");
        return EcdsaPrivateKey.Create(curve, parameters, "");
    }
}
