using OtpNet;

namespace Bastion.EndToEnd;

/// <summary>An authenticator app whose owner never uses a code twice, nor one that is about to run out.</summary>
internal sealed class Authenticator(string secret)
{
    private const long StepSeconds = 30;

    /// <summary>How long a program may take from its start to the gateway's look at the code.</summary>
    private static readonly TimeSpan Typing = TimeSpan.FromSeconds(12);

    private readonly Totp _totp = new(Base32Encoding.ToBytes(secret));
    private long _lastStep;

    /// <summary>The code of the earliest step that the gateway takes long enough and that was not used: that leaves
    /// some for later. Waits for the next step when all are used up.</summary>
    public async Task<string> NextCodeAsync()
    {
        while (true)
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            long current = now.ToUnixTimeSeconds() / StepSeconds;
            for (long step = current - 1; step <= current + 1; step++)
            {
                // The gateway takes the step before, the present and the next one.
                var runsOut = DateTimeOffset.FromUnixTimeSeconds((step + 2) * StepSeconds);
                if (step > _lastStep && runsOut - now >= Typing)
                {
                    _lastStep = step;
                    return _totp.ComputeTotp(DateTimeOffset.FromUnixTimeSeconds(step * StepSeconds).UtcDateTime);
                }
            }

            await Task.Delay(DateTimeOffset.FromUnixTimeSeconds((current + 1) * StepSeconds) - now);
        }
    }
}
