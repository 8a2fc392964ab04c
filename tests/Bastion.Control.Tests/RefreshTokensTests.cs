using Bastion.Control.Authentication;
using Bastion.Tests;

namespace Bastion.Control.Tests;

public sealed class RefreshTokensTests
{
    private readonly ManualTime _time = new();
    private readonly RefreshTokens _tokens;

    public RefreshTokensTests() => _tokens = new RefreshTokens(new MemoryRefreshFamilies(), _time);

    [Fact]
    public async Task A_token_is_exchanged_for_the_next_one()
    {
        (string? family, string? token) = await _tokens.IssueAsync("bob", CancellationToken.None);

        RefreshOutcome.Rotated rotated =
            Assert.IsType<RefreshOutcome.Rotated>(await _tokens.RotateAsync(token, CancellationToken.None));

        Assert.Equal(("bob", family), (rotated.User, rotated.Family));
        Assert.NotEqual(token, rotated.Token);
        Assert.IsType<RefreshOutcome.Rotated>(await _tokens.RotateAsync(rotated.Token, CancellationToken.None));
    }

    [Fact]
    public async Task A_token_that_comes_back_ends_the_whole_family()
    {
        (string? family, string? token) = await _tokens.IssueAsync("bob", CancellationToken.None);
        RefreshOutcome.Rotated next =
            Assert.IsType<RefreshOutcome.Rotated>(await _tokens.RotateAsync(token, CancellationToken.None));

        Assert.IsType<RefreshOutcome.Replayed>(await _tokens.RotateAsync(token, CancellationToken.None));

        Assert.False(await _tokens.IsAliveAsync(family, "bob", CancellationToken.None));
        Assert.IsType<RefreshOutcome.Refused>(await _tokens.RotateAsync(next.Token, CancellationToken.None));
    }

    [Fact]
    public async Task Of_many_parallel_exchanges_one_wins()
    {
        (string _, string? token) = await _tokens.IssueAsync("bob", CancellationToken.None);

        RefreshOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() =>
            _tokens.RotateAsync(token, CancellationToken.None).AsTask())));

        Assert.Single(outcomes.OfType<RefreshOutcome.Rotated>());
    }

    [Fact]
    public async Task After_twelve_hours_nothing_is_exchanged_any_more()
    {
        (string? family, string? token) = await _tokens.IssueAsync("bob", CancellationToken.None);
        _time.Advance(RefreshTokens.Lifetime + TimeSpan.FromSeconds(1));

        Assert.IsType<RefreshOutcome.Refused>(await _tokens.RotateAsync(token, CancellationToken.None));
        Assert.False(await _tokens.IsAliveAsync(family, "bob", CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("family")]
    [InlineData("family.not-base64!")]
    [InlineData("family.AAAA")]
    [InlineData("a.b.c")]
    public async Task What_is_no_token_is_refused(string token) =>
        Assert.IsType<RefreshOutcome.Refused>(await _tokens.RotateAsync(token, CancellationToken.None));

    [Fact]
    public async Task A_family_is_alive_only_for_its_own_person()
    {
        (string? family, string _) = await _tokens.IssueAsync("bob", CancellationToken.None);

        Assert.True(await _tokens.IsAliveAsync(family, "bob", CancellationToken.None));
        Assert.False(await _tokens.IsAliveAsync(family, "alice", CancellationToken.None));
    }
}
