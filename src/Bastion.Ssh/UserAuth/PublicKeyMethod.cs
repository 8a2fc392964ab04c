using System.Buffers;
using System.Net;
using System.Text;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.UserAuth;

/// <summary>
/// publickey (RFC 4252 section 7, RFC 8332) and publickey-hostbound-v00@openssh.com (OpenSSH PROTOCOL section 3.1).
/// The authenticator decides only after the signature over this connection was verified. An offer without a signature
/// is answered PK_OK for every key of a kind that is taken, whoever the user is, unless the key itself is vetoed.
/// </summary>
internal sealed class PublicKeyMethod(
    ITransport transport, IUserAuthenticator authenticator, UserAuthServerOptions options, UserAuthContext context)
{
    /// <summary>How many vetoed keys the closing record names; the others are only counted.</summary>
    private const int MaximumNamedOffers = 8;

    private readonly List<string> _vetoed = [];
    private int _vetoedCount;

    /// <summary>`3 keys were offered and not wanted: SHA256:…, …` for the record of a connection that came to
    /// nothing.</summary>
    public string OfferedSummary => _vetoedCount == 0
        ? ""
        : $"{_vetoedCount} offered and not wanted: "
        + $"{string.Join(", ", _vetoed)}{(_vetoedCount > _vetoed.Count ? ", …" : "")}";

    public async ValueTask<MethodResult> HandleAsync(
        string method, ReadOnlyMemory<byte> payload, ReadOnlyMemory<byte> fields, CancellationToken cancellationToken)
    {
        bool hostBound = method == UserAuthMethod.PublicKeyHostBound;
        if (ReadOffer(fields.Span, hostBound, out bool hasSignature) is not { } offer)
        {
            return MethodResult.NotTaken;
        }

        if (!hasSignature)
        {
            return await AnswerOfferAsync(offer, fields, hostBound, cancellationToken);
        }

        if (Verify(offer, payload.Span, fields.Span, hostBound, out string? reason) is not { } verified)
        {
            return MethodResult.OfKey(UserAuthDecision.Refuse(reason!), offer, null);
        }

        if (context.Completed.Any(completed => completed.Key?.Key.Equals(verified.Key) == true))
        {
            return MethodResult.OfKey(UserAuthDecision.Refuse("the same key was shown twice"), offer, null);
        }

        UserAuthDecision decision = await authenticator.AuthenticateKeyAsync(context, verified, cancellationToken);
        return MethodResult.OfKey(decision, offer, verified);
    }

    /// <summary>Null when the algorithm is not taken or does not fit the key.</summary>
    private OfferedKey? ReadOffer(ReadOnlySpan<byte> fields, bool hostBound, out bool hasSignature)
    {
        if (!PublicKeyFields.TryRead(fields, hostBound, out PublicKeyFields request))
        {
            throw SshDisconnectException.Protocol("a malformed publickey request");
        }

        hasSignature = request.HasSignature;
        string algorithm = request.Algorithm.Length <= 64 ? Encoding.ASCII.GetString(request.Algorithm) : "";
        if (!options.SignatureAlgorithms.Contains(SshSignatureAlgorithms.PlainOf(algorithm))
            || !SshPublicKey.TryParse(request.KeyBlob, out SshPublicKey? key)
            || !key.SignatureAlgorithms.Contains(algorithm))
        {
            return null;
        }

        var certificate = key as OpenSshCertificate;
        return new OfferedKey(certificate?.CertifiedKey ?? key, certificate, algorithm);
    }

    private async ValueTask<MethodResult> AnswerOfferAsync(
        OfferedKey offer, ReadOnlyMemory<byte> fields, bool hostBound, CancellationToken cancellationToken)
    {
        string? reason = null;
        if (offer.Certificate is not null && CheckCertificate(offer.Certificate, out reason) is null)
        {
            // Told in full to the journal: the client will not sign with it, so this is the attempt.
            return MethodResult.OfKey(UserAuthDecision.Refuse(reason!), offer, null);
        }

        if (!await authenticator.AcceptsOfferAsync(offer, cancellationToken))
        {
            Remember(offer);
            return MethodResult.NotTaken;
        }

        PostPublicKeyOk(fields.Span, hostBound);
        return MethodResult.Answered;
    }

    private void PostPublicKeyOk(ReadOnlySpan<byte> fields, bool hostBound)
    {
        PublicKeyFields.TryRead(fields, hostBound, out PublicKeyFields request);
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        PublicKeyOkMessage.Write(ref writer, request.Algorithm, request.KeyBlob);
        transport.Post(output.WrittenSpan);
    }

    /// <summary>
    /// The signature covers: string session identifier, then the request from its message number up to the signature.
    /// </summary>
    private VerifiedKey? Verify(
        OfferedKey offer, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> fields, bool hostBound, out string? reason)
    {
        PublicKeyFields.TryRead(fields, hostBound, out PublicKeyFields request);
        reason = null;
        if (hostBound && !request.HostKey.SequenceEqual(transport.HostKeyBlob.Span))
        {
            reason = "the signature is bound to another host key";
            return null;
        }

        VerifiedCertificate? certificate = null;
        if (offer.Certificate is not null && (certificate = CheckCertificate(offer.Certificate, out reason)) is null)
        {
            return null;
        }

        var signed = new ArrayBufferWriter<byte>(payload.Length + 64);
        var writer = new SshWriter(signed);
        writer.WriteString(transport.SessionId.Span);
        writer.WriteBytes(payload[..^(4 + request.Signature.Length)]);
        SecurityKeyAssertion? assertion = null;
        string plain = SshSignatureAlgorithms.PlainOf(offer.Algorithm);
        bool good;
        if (offer.Key is SecurityKeyPublicKey securityKey)
        {
            good = securityKey.TryVerify(plain, signed.WrittenSpan, request.Signature, out SecurityKeyAssertion made);
            assertion = made;
        }
        else
        {
            good = offer.Key.Verify(plain, signed.WrittenSpan, request.Signature);
        }

        if (!good)
        {
            reason = "the signature is wrong";
            return null;
        }

        if (certificate is { VerifyRequired: true } && assertion is not { UserVerified: true })
        {
            reason = "the certificate demands `verify-required` and the person was not verified";
            return null;
        }

        return new VerifiedKey(offer.Key, offer.Algorithm, hostBound, certificate, assertion);
    }

    private VerifiedCertificate? CheckCertificate(OpenSshCertificate certificate, out string? reason)
    {
        var checker = new CertificateChecker(authenticator.CertificateAuthorities, options.TimeProvider);
        IPAddress? client = (options.ClientEndPoint as IPEndPoint)?.Address;
        return checker.CheckUser(
            certificate, authenticator.CertificatePrincipal(context.User), client, authenticator.EnforcesForceCommand,
            out reason);
    }

    private void Remember(OfferedKey offer)
    {
        _vetoedCount++;
        if (_vetoed.Count < MaximumNamedOffers)
        {
            _vetoed.Add(offer.Key.Fingerprint);
        }
    }
}
