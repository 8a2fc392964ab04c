using System.Security.Cryptography;
using System.Text;
using Bastion.Analysis;
using Bastion.Audit.Records;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;
using Bastion.Policy;
using Bastion.Text.Canonical;

namespace Bastion.Control.Approvals;

/// <summary>
/// What an approver puts a name to: canonical JSON in which the same facts always give the same bytes. A signature is
/// made over <see cref="Sha256"/>.
/// </summary>
public sealed record ApprovalStatement(string Json)
{
    private const string Version = "bastion-approval-v1";

    /// <summary>128 bits: the same command asked for twice never gives the same statement.</summary>
    private const int NonceLength = 16;

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Json)));

    internal static ApprovalStatement Of(
        string requestId, Session session, Intent intent, IntentReading reading, Decision decision,
        DateTimeOffset expires)
    {
        string nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceLength));
        return new ApprovalStatement(CanonicalJson.Write(new SortedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["account"] = session.Account,
            ["certainty"] = intent.Certainty == Certainty.Exact ? "exact" : "observed",
            ["command"] = intent.Describe(),
            ["commandSha256"] = Convert.ToHexStringLower(SHA256.HashData(intent.Bytes.Span)),
            ["effects"] = reading.Effects.Select(Effect).ToList(),
            ["expires"] = expires.ToUnixTimeMilliseconds(),
            ["intentSha256"] = intent.Digest.ToString(),
            ["nonce"] = nonce,
            ["policyVersion"] = decision.PolicyVersion,
            ["request"] = requestId,
            ["requester"] = session.Principal,
            ["rules"] = decision.Determining.Select(rule => (object?)rule.Name).ToList(),
            ["session"] = session.Id,
            ["source"] = session.Client.Address.ToString(),
            ["standardInputIsCode"] = intent.StandardInputIsCode,
            ["statement"] = Version,
            ["target"] = session.Target,
            ["workingDirectory"] = intent.WorkingDirectory,
        }));
    }

    private static object? Effect(Effect effect) => new SortedDictionary<string, object?>(StringComparer.Ordinal)
    {
        ["kind"] = effect.Kind.Name(),
        ["level"] = PolicyQuestion.LevelName(effect.Level),
        ["objects"] = effect.Objects.Select(touched => (object?)touched.ToString()).ToList(),
        ["reason"] = effect.Reason.En,
    };
}
