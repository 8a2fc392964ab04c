using OtpNet;

namespace Bastion.EndToEnd;

/// <summary>An authenticator app whose owner never uses a code twice.</summary>
internal sealed class Authenticator(string secret)
{
    private readonly Totp _totp = new(Base32Encoding.ToBytes(secret));
    private long _lastStep;

    /// <summary>The code of the earliest step that the gateway still takes and that was not used: that leaves some for
    /// later.</summary>
    public string NextCode()
    {
        DateTime now = TimeProvider.System.GetUtcNow().UtcDateTime;
        DateTime at = new[] { -30, 0, 30 }.Select(offset => now.AddSeconds(offset))
            .First(time => Step(time) > _lastStep);
        _lastStep = Step(at);
        return _totp.ComputeTotp(at);
    }

    private static long Step(DateTime time) => new DateTimeOffset(time).ToUnixTimeSeconds() / 30;
}
