using System.Security.Cryptography;

namespace Bastion.Ssh.Keys;

/// <summary>The three curves of RFC 5656 section 10.1, each with the hash of section 6.2.1.</summary>
internal sealed record NistCurve(
    string Name, string Algorithm, ECCurve Curve, int FieldSize, HashAlgorithmName Hash, string Oid)
{
    public static NistCurve P256 { get; } = new(
        "nistp256", SshSignatureAlgorithms.EcdsaNistp256, ECCurve.NamedCurves.nistP256, 32, HashAlgorithmName.SHA256,
        "1.2.840.10045.3.1.7");

    public static NistCurve P384 { get; } = new(
        "nistp384", SshSignatureAlgorithms.EcdsaNistp384, ECCurve.NamedCurves.nistP384, 48, HashAlgorithmName.SHA384,
        "1.3.132.0.34");

    public static NistCurve P521 { get; } = new(
        "nistp521", SshSignatureAlgorithms.EcdsaNistp521, ECCurve.NamedCurves.nistP521, 66, HashAlgorithmName.SHA512,
        "1.3.132.0.35");

    public static IReadOnlyList<NistCurve> All { get; } = [P256, P384, P521];
}
