using Bastion.Audit.Records;

namespace Bastion.Audit.Tests.Reports;

/// <summary>A clock that stands where it was put; timers run in real time.</summary>
internal sealed class TrafficClock(DateTimeOffset start) : TimeProvider
{
    private long _ticks = start.UtcTicks;

    public DateTimeOffset Now
    {
        get => new(Volatile.Read(ref _ticks), TimeSpan.Zero);
        set => Volatile.Write(ref _ticks, value.UtcTicks);
    }

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>
/// What a firm of some dozens does through its gateway in a time: office hours and on-call nights, shells and scripts,
/// held commands with quick and slow approvers, failed logins, uploads, auditors. The same for the same seed.
/// </summary>
internal sealed class Traffic(TrafficClock clock, ulong seed = 20_260_101)
{
    private static readonly string[] Commands =
    [
        "ls -l /srv/app", "tail -n 100 /var/log/app/error.log", "systemctl status app", "df -h", "ps aux",
        "cat /etc/app/app.conf", "uptime",
        "journalctl -u app --since '1 hour ago'", "psql -c 'select count(*) from orders'",
        "git -C /srv/app log --oneline -5", "top -b -n 1", "ss -tlnp",
    ];

    private static readonly (string Command, string Effect, string Risk)[] Dangerous =
    [
        ("rm -rf /srv/app/releases/2025", "file.delete", "high"), ("systemctl restart app", "service.stop", "high"),
        ("psql -c 'DELETE FROM carts'", "database.delete-all", "critical"), ("reboot", "host.shutdown", "high"),
        ("psql -c 'DROP TABLE old_orders'", "database.drop", "critical"),
        ("usermod -aG wheel deploy", "identity.change", "high"),
        ("pgbackrest expire --set 20251101", "backup.destroy", "critical"),
    ];

    private static readonly string[] Reasons =
        ["INC-4521: disk is full", "change CHG-1882", "release 2026.3", "customer asked for deletion"];

    private readonly List<Task> _pending = [];
    private ulong _state = seed;
    private long _sessions;
    private long _requests;

    public int People { get; init; } = 48;

    public int Targets { get; init; } = 90;

    /// <summary>Appends under way at once. The clock runs ahead of what is on disk by so many records.</summary>
    public int MostPending { get; init; } = 512;

    public long Written { get; private set; }

    /// <summary>Writes records for the days from the clock on, about so many a working day.</summary>
    public async Task WriteAsync(Journal journal, int days, int recordsADay)
    {
        DateTimeOffset first = clock.Now;
        await WriteAsync(journal, new PolicyLoaded
        {
            Version = "7c1f2e9a41b0",
            By = "start",
            Files = ["access.yaml", "people.yaml", "rules.yaml"],
        });
        await WriteAsync(journal, new GatewayStarted { Version = "0.1.0", Host = "gw-1" });
        for (int day = 0; day < days; day++)
        {
            DateTimeOffset midnight = first.AddDays(day);
            bool weekend = midnight.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
            long until = Written + (weekend ? recordsADay / 6 : recordsADay);
            double share = 1.0 / Math.Max(1, recordsADay / 17.0);
            for (double at = 0; Written < until; at += share)
            {
                clock.Now = Max(clock.Now, midnight.AddHours(HourOf(Math.Min(at, 0.999))));
                await SessionAsync(journal);
            }

            if (day % 9 == 4)
            {
                await WriteAsync(journal, new PolicyLoaded
                {
                    Version = $"7c1f2e9a{day:x4}",
                    PreviousVersion = "7c1f2e9a41b0",
                    By = "changed files",
                });
                await WriteAsync(journal, new AdministrationChanged
                {
                    By = "erin",
                    Action = "totp.enrolled",
                    Subject = Person(),
                    Source = "10.8.0.9",
                });
            }
        }

        await DrainAsync();
    }

    private async Task SessionAsync(Journal journal)
    {
        string person = Person();
        string target = Target();
        string source = Chance(40)
            ? $"198.51.100.{Below(250)}:{40000 + Below(20000)}"
            : $"10.8.{Below(4)}.{person.Length * 7 % 250}:{40000 + Below(20000)}";
        if (Chance(30))
        {
            await WriteAsync(journal, new LoginFailed
            {
                User = Chance(3) ? "root" : person,
                Source = Chance(3) ? $"203.0.113.{Below(40)}:51000" : source,
                Surface = Surface.Ssh,
                Method = "publickey",
                Reason = "this key is not known for this person",
            });
        }

        string session = $"s-{_sessions++:d12}";
        await WriteAsync(journal, new LoginSucceeded
        {
            User = person,
            Source = source,
            Surface = Surface.Ssh,
            Methods = ["publickey", "totp"],
            KeyFingerprint = "SHA256:mVvY0v8n0Jc1bR2u1Zl6t3",
            Client = "SSH-2.0-OpenSSH_9.6",
        });
        await WriteAsync(journal, new SessionStarted
        {
            Session = session,
            User = person,
            Source = source,
            Target = target,
            Account = Chance(4) ? "root" : "app",
            PolicyVersion = "7c1f2e9a41b0",
            ShellKind = "observed",
            Grants = [target.StartsWith("db", StringComparison.Ordinal) ? "databases" : "engineers-everywhere"],
            Client = "SSH-2.0-OpenSSH_9.6",
        });
        await WriteAsync(journal, new ChannelOpened
        {
            Session = session,
            Channel = 0,
            Type = "session",
            Use = Chance(3) ? "exec" : "shell",
            Terminal = true,
        });
        int commands = 1 + Below(17);
        bool opaque = false;
        for (int index = 0; index < commands; index++)
        {
            clock.Now += TimeSpan.FromMilliseconds(200 + Below(4000));
            if (Chance(60))
            {
                await HeldAsync(journal, session, person, target);
            }
            else
            {
                bool unread = Chance(25);
                opaque |= unread;
                await WriteAsync(journal, Decided(session, person, target, unread
                    ? "python3 deploy.py"
                    : Commands[Below(Commands.Length)], "low", Verdict.Permit) with
                {
                    Opaque = unread,
                });
            }
        }

        if (Chance(6))
        {
            await WriteAsync(journal, new FileTransferred
            {
                Session = session,
                Channel = 0,
                Path = $"/srv/app/upload/build-{Below(9999)}.tar.gz",
                ToTarget = !Chance(3),
                Length = 1000L * Below(900_000),
                Sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                Complete = !Chance(30),
            });
        }

        await WriteAsync(journal, new ChannelEnded
        {
            Session = session,
            Channel = 0,
            ExitStatus = 0,
            BytesToClient = 1000 + Below(90_000),
            BytesToTarget = Below(3000),
            Opaque = opaque,
        });
        if (!Chance(4000))
        {
            await WriteAsync(journal, new RecordingSealed
            {
                Session = session,
                Channel = 0,
                Part = 1,
                File = $"{session}/channel-0.part-001.cast",
                Length = 2000 + Below(200_000),
                Events = 40 + Below(900),
                Sha256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                Format = "asciicast",
                Last = true,
            });
        }

        await WriteAsync(journal, new SessionEnded
        {
            Session = session,
            Outcome = Chance(50) ? "limit" : "closed",
            DurationMilliseconds = 5000 + (long)Below(60) * Below(60) * 1000,
            CoveragePercent = opaque ? 60 + Below(40) : 100,
        });
        if (Chance(15))
        {
            await WriteAsync(journal, new AuditViewed
            {
                Viewer = Chance(5) ? "frank" : "carol",
                What = Chance(2) ? "recording" : "journal",
                ViewedSession = session,
                Source = "10.8.0.4",
            });
        }
    }

    private async Task HeldAsync(Journal journal, string session, string person, string target)
    {
        (string command, string effect, string risk) = Dangerous[Below(Dangerous.Length)];
        CommandDecided decided = Decided(session, person, target, command, risk, Verdict.Require) with
        {
            Rules = [effect.StartsWith("backup", StringComparison.Ordinal)
                ? "backups-need-two"
                : "production-needs-a-second-person"],
            Effects = [new RecordedEffect(effect, risk, ["/srv/app"], "removes what is there")],
        };
        if (Chance(8))
        {
            await WriteAsync(journal, decided with { Verdict = Verdict.Forbid, Rules = ["nobody-does-this"] });
            return;
        }

        string request = $"R-{_requests++:x8}";
        string approver = person == "bob" ? "dave" : Chance(3) ? "dave" : "bob";
        await WriteAsync(journal, new ApprovalRequested
        {
            Session = session,
            Request = request,
            User = person,
            Target = target,
            Account = "app",
            Command = command,
            Approvers = ["leads"],
            Quorum = 1,
            ExpiresAt = clock.Now.AddMinutes(5),
            Tier = risk,
            Rules = decided.Rules,
            PolicyVersion = "7c1f2e9a41b0",
            Reason = Reasons[Below(Reasons.Length)],
        });
        await WriteAsync(journal, decided with { Request = request });
        long taken = approver == "dave" ? 900 + Below(3000) : 4000 + (long)Below(300) * Below(300) * 2;
        if (taken > 280_000)
        {
            clock.Now += TimeSpan.FromMinutes(5);
            await WriteAsync(journal, new ApprovalExpired
            {
                Session = session,
                Request = request,
                Reason = "nobody decided in time",
            });
            return;
        }

        clock.Now += TimeSpan.FromMilliseconds(taken);
        if (Chance(7))
        {
            await WriteAsync(journal, new ApprovalDenied
            {
                Session = session,
                Request = request,
                Approver = approver,
                Reason = "use the runbook",
                DecisionMilliseconds = taken,
            });
            return;
        }

        await WriteAsync(journal, new ApprovalApproved
        {
            Session = session,
            Request = request,
            Approver = approver,
            Method = "totp",
            DecisionMilliseconds = taken,
            Final = true,
            Source = "10.8.0.5",
        });
        await WriteAsync(journal, new ApprovalConsumed
        {
            Session = session,
            Request = request,
            CommandSha256 = decided.Command.Sha256Hex(),
        });
        await WriteAsync(journal, new CommandReleased
        {
            Session = session,
            Channel = 0,
            Request = request,
            CommandSha256 = decided.Command.Sha256Hex(),
        });
    }

    private static CommandDecided Decided(string session, string person, string target, string command, string risk,
        Verdict verdict) => new()
        {
            Session = session,
            Channel = 0,
            User = person,
            Target = target,
            Account = "app",
            Command = command,
            Origin = "line",
            Certainty = Certainty.Observed,
            Risk = risk,
            Verdict = verdict,
            PolicyVersion = "7c1f2e9a41b0",
            Rules = [],
            Reason = "grant `engineers-everywhere` permits it",
            Effects = [],
        };

    private async Task WriteAsync(Journal journal, AuditRecord record)
    {
        _pending.Add(journal.AppendAsync(record));
        Written++;
        if (_pending.Count >= MostPending)
        {
            await DrainAsync();
        }
    }

    private async Task DrainAsync()
    {
        await Task.WhenAll(_pending);
        _pending.Clear();
    }

    /// <summary>Most of a day's work lies between nine and eighteen o'clock, with a dent at noon and a thin
    /// night.</summary>
    private static double HourOf(double share) => share switch
    {
        < 0.03 => share / 0.03 * 7,
        < 0.46 => 7 + (share - 0.03) / 0.43 * 5,
        < 0.55 => 12 + (share - 0.46) / 0.09 * 2,
        < 0.95 => 14 + (share - 0.55) / 0.40 * 5,
        _ => 19 + (share - 0.95) / 0.05 * 4.9,
    };

    private string Person() => Below(12) switch
    {
        0 => "bob",
        1 => "alice",
        2 => "李伟",
        _ => $"engineer-{Math.Min(Below(People), Below(People)):d2}",
    };

    private string Target()
    {
        int number = Math.Min(Below(Targets), Below(Targets));
        return number % 4 == 0 ? $"db-{number:d2}" : $"web-{number:d2}";
    }

    private bool Chance(int oneIn) => Below(oneIn) == 0;

    private int Below(int bound)
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (int)(_state % (ulong)bound);
    }

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
