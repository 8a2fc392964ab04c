using System.Security.Cryptography;
using Bastion.Storage;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Bastion.Web;

/// <summary>
/// Access tokens of the web API: signed with ES256, good for minutes, naming the person and the login family they come
/// from. What the person may do stands in the policy, never in the token.
/// </summary>
internal sealed class AccessTokens : IDisposable
{
    public const string FamilyClaim = "sid";

    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>RFC 9068: so that no other token of ours can pass for an access token.</summary>
    private const string TokenType = "at+jwt";

    private const string Audience = "bastion-api";

    /// <summary>Between the gateway and itself there is no skew; a little is kept for a clock that is being
    /// set.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);

    private readonly ECDsa _key;
    private readonly TimeProvider _time;
    private readonly string _issuer;
    private readonly ECDsaSecurityKey _securityKey;

    private AccessTokens(ECDsa key, string issuer, TimeProvider time)
    {
        _key = key;
        _time = time;
        _issuer = issuer;
        _securityKey = new ECDsaSecurityKey(key) { KeyId = KeyIdOf(key) };
        Validation = new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidTypes = [TokenType],
            ValidIssuer = issuer,
            ValidAudience = Audience,
            IssuerSigningKey = _securityKey,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = ClockSkew,
            LifetimeValidator = IsCurrent,
            NameClaimType = JwtRegisteredClaimNames.Sub,
        };
    }

    public TokenValidationParameters Validation { get; }

    /// <summary>Reads the signing key (PKCS #8 in PEM), or makes one on the first start.</summary>
    public static AccessTokens LoadOrCreate(string keyFile, string issuer, TimeProvider time)
    {
        var key = ECDsa.Create();
        if (File.Exists(keyFile))
        {
            DataDirectory.RequirePrivate(keyFile);
            key.ImportFromPem(File.ReadAllText(keyFile));
        }
        else
        {
            key.GenerateKey(ECCurve.NamedCurves.nistP256);
            DataDirectory.WritePrivateFile(keyFile,
                System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        }

        return new AccessTokens(key, issuer, time);
    }

    public string Issue(string user, string family)
    {
        DateTime now = _time.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler
        {
            SetDefaultTimesOnTokenCreation =
            false
        }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = _issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Lifetime,
            TokenType = TokenType,
            Claims = new Dictionary<string, object>
            {
                [JwtRegisteredClaimNames.Sub] = user,
                [FamilyClaim] = family,
            },
            SigningCredentials = new SigningCredentials(_securityKey, SecurityAlgorithms.EcdsaSha256),
        });
    }

    public void Dispose() => _key.Dispose();

    private bool IsCurrent(
        DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        DateTime now = _time.GetUtcNow().UtcDateTime;
        return notBefore <= now + ClockSkew && expires > now - ClockSkew;
    }

    private static string KeyIdOf(ECDsa key) =>
        Base64UrlEncoder.Encode(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 8).ToArray());
}
