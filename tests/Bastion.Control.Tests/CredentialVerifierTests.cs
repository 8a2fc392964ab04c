using System.Text;
using Bastion.Control.Authentication;
using Bastion.Tests;
using OtpNet;

namespace Bastion.Control.Tests;

public sealed class CredentialVerifierTests
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("12345678901234567890");

    // Hashing is slow on purpose: once is enough.
    private static readonly string Hash = PasswordHash.Create("correct horse");

    private readonly ManualTime _time = new();
    private readonly MemoryUserSecrets _secrets = new();
    private readonly CredentialVerifier _verifier;

    public CredentialVerifierTests()
    {
        _verifier = new CredentialVerifier(_secrets, _time);
        _secrets["alice"] = new UserSecret
        {
            User = "alice",
            PasswordHash = Hash,
            TotpSecret = Secret,
        };
    }

    [Fact]
    public async Task Password_and_code_together_are_accepted()
    {
        Assert.IsType<CredentialOutcome.Accepted>(
            await _verifier.VerifyPasswordAndCodeAsync("alice", "correct horse", Code(), CancellationToken.None));
        Assert.Equal((0, 0), (_secrets["alice"].Passwords.Count, _secrets["alice"].Codes.Count));
    }

    [Theory]
    [InlineData("alice", "wrong horse", true)]
    [InlineData("alice", "correct horse", false)]
    [InlineData("alice", "", true)]
    [InlineData("mallory", "correct horse", true)]
    public async Task Anything_less_is_wrong_in_the_same_words(string user, string password, bool rightCode)
    {
        CredentialOutcome outcome = await _verifier.VerifyPasswordAndCodeAsync(
            user, password, rightCode ? Code() : "000000", CancellationToken.None);

        Assert.IsType<CredentialOutcome.Wrong>(outcome);
        Assert.Equal("wrong user name, password or code", outcome.Describe());
    }

    [Fact]
    public async Task A_wrong_password_does_not_spend_the_code()
    {
        await _verifier.VerifyPasswordAndCodeAsync("alice", "wrong horse", Code(), CancellationToken.None);

        Assert.IsType<CredentialOutcome.Accepted>(
            await _verifier.VerifyCodeAsync("alice", Code(), CancellationToken.None));
    }

    [Fact]
    public async Task A_used_code_says_when_the_next_one_comes()
    {
        _time.Advance(TimeSpan.FromSeconds(12));
        await _verifier.VerifyCodeAsync("alice", Code(), CancellationToken.None);

        CredentialOutcome outcome = await _verifier.VerifyCodeAsync("alice", Code(), CancellationToken.None);

        Assert.Equal("this code was already used; wait for the next one, 18 s", outcome.Describe());
        _time.Advance(TimeSpan.FromSeconds(18));
        Assert.IsType<CredentialOutcome.Accepted>(
            await _verifier.VerifyCodeAsync("alice", Code(), CancellationToken.None));
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(-2, false)]
    [InlineData(2, false)]
    public async Task One_step_to_either_side_is_accepted_and_no_more(int steps, bool accepted)
    {
        CredentialOutcome outcome = await _verifier.VerifyCodeAsync("alice", Code(steps), CancellationToken.None);

        Assert.Equal(accepted, outcome is CredentialOutcome.Accepted);
    }

    [Fact]
    public async Task An_older_code_is_worth_nothing_after_a_newer_one()
    {
        await _verifier.VerifyCodeAsync("alice", Code(1), CancellationToken.None);

        Assert.IsType<CredentialOutcome.AlreadyUsed>(
            await _verifier.VerifyCodeAsync("alice", Code(), CancellationToken.None));
    }

    [Fact]
    public async Task Of_two_hundred_uses_of_one_code_at_once_one_is_accepted()
    {
        string code = Code();

        CredentialOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() =>
            _verifier.VerifyCodeAsync("alice", code, CancellationToken.None).AsTask())));

        Assert.Single(outcomes.OfType<CredentialOutcome.Accepted>());
    }

    [Fact]
    public async Task Guesses_made_in_parallel_count_like_guesses_made_in_turn()
    {
        CredentialOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(number => Task.Run(() =>
            _verifier.VerifyCodeAsync("alice", "00000" + number % 2, CancellationToken.None).AsTask())));

        Assert.InRange(outcomes.Count(outcome => outcome is CredentialOutcome.Wrong), 1, 5);
        Assert.IsType<CredentialOutcome.TooManyTries>(
            await _verifier.VerifyCodeAsync("alice", Code(), CancellationToken.None));
    }

    [Fact]
    public async Task The_pause_grows_to_a_quarter_of_an_hour_and_ends()
    {
        var longest = TimeSpan.FromMinutes(15);
        Assert.Equal(TimeSpan.Zero, CredentialVerifier.PauseAfter(4, longest));
        Assert.Equal(TimeSpan.FromSeconds(2), CredentialVerifier.PauseAfter(5, longest));
        Assert.Equal(TimeSpan.FromSeconds(4), CredentialVerifier.PauseAfter(6, longest));
        Assert.Equal(longest, CredentialVerifier.PauseAfter(1_000_000, longest));

        for (int guess = 0; guess < 5; guess++)
        {
            await _verifier.VerifyCodeAsync("alice", "000000", CancellationToken.None);
        }

        Assert.Equal(
            "too many tries; try again in 2 s",
            (await _verifier.VerifyCodeAsync("alice", Code(), CancellationToken.None)).Describe());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.IsType<CredentialOutcome.Accepted>(
            await _verifier.VerifyCodeAsync("alice", Code(), CancellationToken.None));
    }

    [Fact]
    public async Task Whoever_tries_passwords_on_a_name_cannot_keep_that_person_from_approving()
    {
        for (int guess = 0; guess < 12; guess++)
        {
            await _verifier.VerifyPasswordAndCodeAsync("alice", "wrong horse", "000000", CancellationToken.None);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.IsType<CredentialOutcome.Accepted>(
            await _verifier.VerifyCodeAsync("alice", Code(), CancellationToken.None));
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("mallory")]
    public async Task Pauses_do_not_tell_which_names_there_are(string user)
    {
        for (int guess = 0; guess < 5; guess++)
        {
            Assert.IsType<CredentialOutcome.Wrong>(
                await _verifier.VerifyPasswordAndCodeAsync(user, "wrong horse", "000000", CancellationToken.None));
        }

        CredentialOutcome outcome =
            await _verifier.VerifyPasswordAndCodeAsync(user, "wrong horse", "000000", CancellationToken.None);
        Assert.Equal("too many tries; try again in 2 s", outcome.Describe());
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("１２３４５６")]
    [InlineData("abcdef")]
    public async Task What_is_no_code_is_wrong(string code) =>
        Assert.IsType<CredentialOutcome.Wrong>(await _verifier.VerifyCodeAsync("alice", code, CancellationToken.None));

    [Fact]
    public void The_codes_are_those_of_rfc_6238()
    {
        // Appendix B, SHA-1, the last six digits.
        Assert.Equal("287082", new Totp(Secret).ComputeTotp(DateTimeOffset.FromUnixTimeSeconds(59).UtcDateTime));
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("pbkdf2-sha512$210000$AAAA$AAAA")]
    [InlineData("pbkdf2-sha512$-1$AAAAAAAAAAAAAAAAAAAAAA==$AAAA")]
    [InlineData("pbkdf2-sha512$99999999$AAAAAAAAAAAAAAAAAAAAAA==$AAAA")]
    public void A_damaged_password_hash_fits_no_password(string stored) =>
    Assert.False(PasswordHash.Verify("x", stored));

    private string Code(int steps = 0) =>
        new Totp(Secret).ComputeTotp(_time.GetUtcNow().AddSeconds(steps * CredentialVerifier.StepSeconds).UtcDateTime);
}
