using Bastion.Audit.Anomalies;
using Bastion.Audit.Records;
using Bastion.Audit.Tests.Reports;

namespace Bastion.Audit.Tests.Anomalies;

/// <summary>Every rule fires on what it is for, and none on months of ordinary work.</summary>
#pragma warning disable CA1001 // xunit disposes of it through IAsyncLifetime
public sealed class AnomalyTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private readonly TestDirectory _directory = new();
    private readonly TrafficClock _clock = new(Monday);
    private Journal _journal = null!;
    private int _sessions;
    private int _requests;

    public async Task InitializeAsync() =>
        _journal = await Journal.OpenAsync(_directory.Path, new JournalOptions
        {
            Signer = SampleJournal.Signer,
            TimeProvider = _clock,
        });

    public async Task DisposeAsync()
    {
        await _journal.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Months_of_ordinary_work_are_not_unusual()
    {
        await WorkAsync(weeks: 10);
        Assert.Empty(Flags());
    }

    [Fact]
    public async Task A_person_well_known_on_a_target_for_the_first_time()
    {
        await WorkAsync(weeks: 3);
        long record = await SessionAsync("alice", target: "vault-1");
        AssertOnly("first-time-on-target", "alice", "vault-1", [record]);
        _clock.Now += TimeSpan.FromDays(2);
        await SessionAsync("alice", target: "vault-1");
        Assert.Single(Flags());
    }

    [Fact]
    public async Task A_newcomer_is_new_everywhere_and_that_is_no_anomaly()
    {
        await WorkAsync(weeks: 3);
        foreach (string target in (string[])["db-1", "web-1", "web-2", "vault-1"])
        {
            await SessionAsync("newcomer", target: target, source: $"198.51.{target.Length}.7:4000");
        }

        Assert.Empty(Flags());
    }

    [Fact]
    public async Task A_person_well_known_from_a_network_never_seen()
    {
        await WorkAsync(weeks: 3);
        long record = await SessionAsync("alice", source: "198.51.100.9:40000");
        AssertOnly("new-network", "alice", "198.51.100.0/24", [record]);
        await SessionAsync("alice", source: "198.51.100.44:40000");
        Assert.Single(Flags());
    }

    [Fact]
    public async Task A_session_at_an_hour_without_precedent()
    {
        await WorkAsync(weeks: 10);
        _clock.Now = Monday.AddDays(70).AddHours(3);
        long record = await SessionAsync("alice");
        AssertOnly("unusual-hour", "alice", null, [record]);
    }

    [Fact]
    public async Task Destruction_faster_than_anybody_cleans_up_approved_acts_included()
    {
        await WorkAsync(weeks: 2);
        for (int act = 0; act < 10; act++)
        {
            await ActAsync("alice", "rm -rf /srv/x", Verdict.Permit);
            await HeldAsync("alice", "bob", seconds: 6);
        }

        Anomaly flag = Assert.Single(Flags());
        Assert.Equal(("destruction-speed", "alice", 20), (flag.Rule, flag.Subject, flag.Evidence.Count));
    }

    [Fact]
    public async Task The_same_destruction_over_a_day_is_not_fast()
    {
        await WorkAsync(weeks: 2);
        for (int act = 0; act < 30; act++)
        {
            await ActAsync("alice", "rm -rf /srv/x", Verdict.Permit);
            _clock.Now += TimeSpan.FromMinutes(2);
        }

        Assert.Empty(Flags());
    }

    [Fact]
    public async Task One_person_refused_again_and_again()
    {
        await WorkAsync(weeks: 2);
        for (int act = 0; act < 10; act++)
        {
            await ActAsync("alice", "cat /etc/shadow", Verdict.Forbid);
            _clock.Now += TimeSpan.FromSeconds(20);
        }

        Anomaly flag = Assert.Single(Flags());
        Assert.Equal(("many-denials", "alice", 10), (flag.Rule, flag.Subject, flag.Evidence.Count));
    }

    [Fact]
    public async Task Sessions_of_which_suddenly_little_is_understood()
    {
        await WorkAsync(weeks: 6);
        for (int session = 0; session < 3; session++)
        {
            await SessionAsync("alice", coverage: 30);
        }

        Anomaly flag = Assert.Single(Flags());
        Assert.Equal(("coverage-drop", "alice", 3), (flag.Rule, flag.Subject, flag.Evidence.Count));
    }

    [Fact]
    public async Task An_approver_who_always_takes_less_than_three_seconds()
    {
        await WorkAsync(weeks: 2);
        for (int request = 0; request < 9; request++)
        {
            await HeldAsync("alice", "bob", seconds: 2);
            _clock.Now += TimeSpan.FromHours(1);
        }

        Assert.Empty(Flags());
        await HeldAsync("alice", "bob", seconds: 1);
        AssertOnly("hasty-approver", "bob", null, null);
    }

    [Fact]
    public async Task Two_people_who_approve_each_other()
    {
        await WorkAsync(weeks: 2);
        for (int request = 0; request < 5; request++)
        {
            await HeldAsync("dave", "erin", seconds: 40);
            await HeldAsync("erin", "dave", seconds: 40);
            _clock.Now += TimeSpan.FromHours(5);
        }

        AssertOnly("approval-pair", "dave", "erin", null);
    }

    [Fact]
    public async Task A_flag_in_the_journal_is_not_raised_again_by_a_detector_that_starts_anew()
    {
        await WorkAsync(weeks: 3);
        await SessionAsync("alice", source: "198.51.100.9:40000", target: "vault-1");
        List<Anomaly> found = Flags();
        Assert.Equal(2, found.Count);
        long size = _journal.Size;
        foreach (Anomaly anomaly in found)
        {
            await _journal.AppendAsync(new AnomalyFlagged
            {
                Rule = anomaly.Rule,
                Subject = anomaly.Subject,
                Object = anomaly.Object is { } thing ? PeerText.FromString(thing) : default(PeerText?),
                Reason = anomaly.Reason,
                Evidence = anomaly.Evidence,
            });
        }

        var again = new AnomalyDetector(TimeZoneInfo.Utc);
        var reader = new JournalReader(_directory.Path);
        foreach (JournalEntry entry in reader.Read()
            .Where(entry => entry.Sequence < size - 4 || entry.Sequence >= size))
        {
            again.Observe(entry);
        }

        Assert.Empty(reader.Read(size - 4).Take(4).SelectMany(again.Observe));
    }

    /// <summary>Three people at their desks: the same targets and network, office hours, now and then a deletion that
    /// is approved.</summary>
    private async Task WorkAsync(int weeks)
    {
        for (int day = 0; day < weeks * 7; day++)
        {
            if (day % 7 >= 5)
            {
                continue;
            }

            _clock.Now = Monday.AddDays(day).AddHours(9);
            foreach (string person in (string[])["alice", "dave", "erin"])
            {
                foreach (string target in (string[])["web-1", "db-1"])
                {
                    await SessionAsync(person, target: target, coverage: 90 + (day % 10));
                    await ActAsync(person, "ls", Verdict.Permit, "file.read");
                    _clock.Now += TimeSpan.FromMinutes(20);
                }
            }

            await HeldAsync("alice", "bob", seconds: day % 3 == 0 ? 2 : 25);
            await ActAsync("alice", "cat /etc/shadow", Verdict.Forbid);
        }
    }

    private async Task<long> SessionAsync(string person, string target = "db-1", string source = "10.8.0.7:40000",
        int coverage = 95)
    {
        string session = $"s{_sessions++}";
        JournalPosition started = await _journal.AppendAsync(SampleJournal.Started(session) with
        {
            User = person,
            Target = target,
            Source = source,
        });
        await _journal.AppendAsync(new SessionEnded
        {
            Session = session,
            Outcome = "closed",
            CoveragePercent = coverage,
        });
        return started.Sequence;
    }

    private Task<JournalPosition> ActAsync(string person, string command, Verdict verdict,
        string effect = "file.delete") =>
        _journal.AppendAsync(SampleJournal.Decided("s0", command) with
        {
            User = person,
            Verdict = verdict,
            Effects = [new RecordedEffect(effect, "high", ["/srv"], "why")],
        });

    private async Task HeldAsync(string requester, string approver, int seconds)
    {
        string request = $"R{_requests++}";
        await _journal.AppendAsync(new ApprovalRequested
        {
            Session = "s0",
            Request = request,
            User = requester,
            Target = "db-1",
            Account = "app",
            Command = "rm -rf /srv",
            Approvers = ["leads"],
            Quorum = 1,
            ExpiresAt = _clock.Now.AddMinutes(5),
        });
        await _journal.AppendAsync(SampleJournal.Decided("s0", "rm -rf /srv") with
        {
            User = requester,
            Request = request,
        });
        _clock.Now += TimeSpan.FromSeconds(seconds);
        await _journal.AppendAsync(new ApprovalApproved
        {
            Session = "s0",
            Request = request,
            Approver = approver,
            Method = "totp",
            DecisionMilliseconds = seconds * 1000,
            Final = true,
        });
        await _journal.AppendAsync(new ApprovalConsumed { Session = "s0", Request = request, CommandSha256 = "00" });
    }

    private List<Anomaly> Flags()
    {
        var detector = new AnomalyDetector(TimeZoneInfo.Utc);
        return [.. new JournalReader(_directory.Path).Read().SelectMany(detector.Observe)];
    }

    private void AssertOnly(string rule, string subject, string? thing, long[]? evidence)
    {
        Anomaly flag = Assert.Single(Flags());
        Assert.Equal((rule, subject, thing), (flag.Rule, flag.Subject, flag.Object));
        Assert.NotEmpty(flag.Reason);
        if (evidence is not null)
        {
            Assert.Equal(evidence, flag.Evidence);
        }
    }
}
