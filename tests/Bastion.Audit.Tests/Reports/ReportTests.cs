using System.Text.Json;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;
using Bastion.Audit.Reports;
using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Tests.Reports;

public sealed class ReportTests
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Every_request_is_counted_once_by_how_it_ended()
    {
        ReportData data = await ReportAsync(async (journal, clock) =>
        {
            await StartAsync(journal, "s1", "alice");
            await AskAsync(journal, "s1", "R1", "alice");
            clock.Now += TimeSpan.FromSeconds(20);
            await journal.AppendAsync(Approved("s1", "R1", "bob", 20_000));
            await journal.AppendAsync(new ApprovalConsumed { Session = "s1", Request = "R1", CommandSha256 = "00" });
            await AskAsync(journal, "s1", "R2", "alice");
            await journal.AppendAsync(new ApprovalDenied
            {
                Session = "s1",
                Request = "R2",
                Approver = "bob",
                Reason = "no",
                DecisionMilliseconds = 2000,
            });
            await AskAsync(journal, "s1", "R3", "alice");
            await journal.AppendAsync(new ApprovalExpired { Session = "s1", Request = "R3" });
            await AskAsync(journal, "s1", "R4", "alice");
            await journal.AppendAsync(Decided("s1", "alice", "reboot") with { Verdict = Verdict.Forbid });
            await journal.AppendAsync(Decided("s1", "alice", "ls") with
            {
                Verdict = Verdict.Permit,
                Risk = "low",
                Effects = [],
            });
        });
        Assert.Equal((6, 2, 4, 1), (data.Acts.Decided, data.Acts.Ran, data.Acts.Held, data.Acts.Forbidden));
        Assert.Equal((1, 1, 1, 0), (data.Acts.Approved, data.Acts.Denied, data.Acts.Expired, data.Acts.SelfApproved));
        Assert.Equal(5, data.Acts.Listed.Count);
        Act ran = Assert.Single(data.Acts.Listed, act => act.Outcome == "ran");
        Assert.Equal(("R1", 20.0, "bob"), (ran.Request, ran.Seconds, ran.Votes.Single().Approver));
        Assert.Equal("pending", data.Acts.Listed.Single(act => act.Request == "R4").Outcome);
        Assert.InRange(data.Acts.MedianSeconds!.Value, 19, 21);
        Assert.Equal((4, 1), (data.Sessions.ByPerson.Single().Held, data.Sessions.ByPerson.Single().Forbidden));
        Assert.True(data.Chain.Holds);
        Assert.NotNull(data.Chain.RootHash);
    }

    [Fact]
    public async Task An_approval_by_the_requester_is_counted_as_what_must_not_be()
    {
        ReportData data = await ReportAsync(async (journal, _) =>
        {
            await StartAsync(journal, "s1", "alice");
            await AskAsync(journal, "s1", "R1", "alice");
            await journal.AppendAsync(Approved("s1", "R1", "Alice", 900));
        });
        Assert.Equal(1, data.Acts.SelfApproved);
        Assert.Equal(1, data.Acts.Approvers.Single().Hasty);
    }

    [Fact]
    public async Task Sessions_without_a_recording_those_cut_off_and_steps_of_the_clock_are_told()
    {
        ReportData data = await ReportAsync(async (journal, clock) =>
        {
            await StartAsync(journal, "s1", "alice");
            await journal.AppendAsync(new ChannelOpened
            {
                Session = "s1",
                Channel = 0,
                Type = "session",
                Use = "exec",
            });
            await journal.AppendAsync(Decided("s1", "alice", "ls") with { Verdict = Verdict.Permit });
            await journal.AppendAsync(new ChannelEnded { Session = "s1", Channel = 0, BytesToClient = 80 });
            await StartAsync(journal, "s0", "alice");
            await journal.AppendAsync(new ChannelOpened { Session = "s0", Channel = 0, Type = "session" });
            await journal.AppendAsync(Decided("s0", "alice", "reboot") with { Verdict = Verdict.Forbid });
            await journal.AppendAsync(new SessionEnded { Session = "s0", Outcome = "closed", CoveragePercent = 100 });
            clock.Now -= TimeSpan.FromSeconds(90);
            await journal.AppendAsync(new SessionEnded { Session = "s1", Outcome = "closed", CoveragePercent = 40 });
            await StartAsync(journal, "s2", "alice");
            await journal.AppendAsync(new SessionInterrupted { Session = "s2", FoundAtSize = 9 });
            await journal.AppendAsync(new AuditViewed { Viewer = "carol", What = "recording", ViewedSession = "s1" });
            await journal.AppendAsync(new LoginFailed
            {
                User = "root",
                Source = "203.0.113.9:4000",
                Surface = Surface.Ssh,
                Reason = "no",
            });
        });
        Assert.Equal(["interrupted", "unrecorded"], data.Degraded.Listed.Select(session => session.What));
        Assert.Equal((1, 90.0), (data.Operation.StepsBack, data.Operation.LargestStepBackSeconds));
        Assert.Equal(40, data.Transfers.OpaqueSessions.Single().Coverage);
        Assert.Equal("203.0.113.9", data.Logins.FailedBySource.Single().Name);
        Assert.Equal("carol", data.Looks.Newest.Single().Viewer);
    }

    [Fact]
    public async Task Ever_new_names_fill_no_memory_and_lose_no_count()
    {
        const int Names = 6000;
        ReportData data = await ReportAsync(async (journal, _) =>
            await Task.WhenAll(Enumerable.Range(0, Names).Select(number => journal.AppendAsync(
            new LoginFailed
            {
                User = $"guess-{number}",
                Source = "203.0.113.9:4000",
                Surface = Surface.Ssh,
                Reason = "no",
            }))));
        Assert.Equal(Names, data.Logins.Failed);
        Assert.True(data.Logins.FailedByUser[0].Count > 1000);
        Assert.Equal("\u2026", data.Logins.FailedByUser[0].Name);
    }

    [Fact]
    public async Task A_later_period_is_read_from_its_own_segment_and_still_verified()
    {
        using var directory = new TestDirectory();
        var clock = new TrafficClock(Monday);
        await using (Journal journal =
            await Journal.OpenAsync(directory.Path, Options(clock, segmentBytes: 256 * 1024)))
        {
            await new Traffic(clock).WriteAsync(journal, days: 20, recordsADay: 300);
        }

        ReportData part = await ReadAsync(directory.Path, Monday.AddDays(14), Monday.AddDays(20), whole: false);
        ReportData whole = await ReadAsync(directory.Path, Monday.AddDays(14), Monday.AddDays(20), whole: true);
        Assert.True(part.Chain.Holds, string.Join('\n', part.Chain.Findings));
        Assert.False(part.Chain.Whole);
        Assert.True(part.Chain.Records < whole.Chain.Records);
        Assert.Equal(whole.Chain.RootHash, part.Chain.RootHash);
        Assert.Equal(whole.Sessions.Started, part.Sessions.Started);
        Assert.Equal(whole.Acts.Listed.Count, part.Acts.Listed.Count);
        Assert.Equal(whole.Slices.Sum(slice => slice.Approved), part.Slices.Sum(slice => slice.Approved));
    }

    [Fact]
    public async Task A_changed_record_stands_at_the_top_of_the_report()
    {
        using var directory = new TestDirectory();
        var clock = new TrafficClock(Monday);
        await using (Journal journal = await Journal.OpenAsync(directory.Path, Options(clock)))
        {
            await new Traffic(clock).WriteAsync(journal, days: 2, recordsADay: 300);
        }

        string segment = Directory.GetFiles(Path.Combine(directory.Path, "journal", "segments"), "*.records").Single();
        byte[] bytes = await File.ReadAllBytesAsync(segment);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);
        ReportData data = await ReadAsync(directory.Path, Monday, Monday.AddDays(2), whole: true);
        Assert.False(data.Chain.Holds);
        Assert.NotEmpty(data.Chain.Findings);
        Assert.True(data.Sessions.Started > 10);
    }

    [Fact]
    public async Task What_is_read_member_by_member_is_what_a_JSON_reader_finds()
    {
        using var directory = new TestDirectory();
        var clock = new TrafficClock(Monday);
        await using (Journal journal = await Journal.OpenAsync(directory.Path, Options(clock)))
        {
            await journal.AppendAsync(Decided("s0", "a\"b\\c", "echo \u0001\u202e \"{[\" \\") with
            {
                Reason = new string('x', 40_000),
                User = new byte[] { 0xff, 0x22 },
            });
            await new Traffic(clock).WriteAsync(journal, days: 1, recordsADay: 400);
        }

        var members = new RecordMembers(new TextPool());
        foreach (JournalEntry entry in new JournalReader(directory.Path).Read())
        {
            members.Read(entry.DataJson);
            foreach (JsonProperty member in entry.Data().EnumerateObject())
            {
                byte[] name = System.Text.Encoding.UTF8.GetBytes(member.Name);
                Assert.Equal(member.Value.GetRawText(), System.Text.Encoding.UTF8.GetString(members.Raw(name)));
                if (member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Object)
                {
                    Assert.Equal(entry.Text(member.Name), members.Text(name));
                }

                if (member.Value.ValueKind == JsonValueKind.Array)
                {
                    Assert.Equal(member.Value.GetArrayLength(), members.Texts(name).Count());
                }
            }
        }
    }

    [Fact]
    public async Task A_note_holds_for_the_files_it_was_signed_for_and_no_others()
    {
        ReportData data = await ReportAsync(async (journal, _) => await StartAsync(journal, "s1", "alice"));
        byte[] page = "<html>"u8.ToArray();
        var signed = ReportNote.Sign(data, [ReportFile.Of("report.en.html", page)], SampleJournal.Signer);
        Assert.True(ReportNote.TryParse(signed.ToString(), out ReportNote? note));
        NoteVerifierKey key = SampleJournal.Signer.VerifierKey;
        Assert.Empty(note.Faults(key, _ => page));
        Assert.Single(note.Faults(key, _ => [.. page, 0]));
        Assert.Single(note.Faults(key, _ => null));
        Assert.Single(note.Faults(Ed25519NoteSigner.Generate(key.Name).VerifierKey, _ => page));
        Assert.False(ReportNote.TryParse(signed.ToString()
            .Replace("report.en.html", "../report.en.html", StringComparison.Ordinal), out _));
        Assert.False(Checkpoint.TryParse(signed.ToString(), out _));
    }

    [Fact]
    public async Task The_JSON_form_reads_back_as_what_was_written()
    {
        ReportData data = await ReportAsync(async (journal, _) =>
            await StartAsync(journal, "s1", "<script>alert(1)</script>\u202e李伟"));
        byte[] json = ReportJson.Write(data);
        Assert.DoesNotContain("<script", System.Text.Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Equal(data.Sessions.ByPerson.Single().Name, ReportJson.Read(json).Sessions.ByPerson.Single().Name);
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-29T00:30:00Z", 1)]
    [InlineData("Asia/Shanghai", "2026-03-01T17:00:00Z", 1)]
    public void Hours_are_those_of_the_zone(string zone, string at, int hour)
    {
        var clock = new LocalClock(TimeZoneInfo.FindSystemTimeZoneById(zone));
        var moment = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(hour, clock.Local(moment).Hour);
        // An hour later the clocks of Berlin have been put forward.
        Assert.Equal(zone == "Europe/Berlin" ? 3 : 2, clock.Local(moment.AddHours(1)).Hour);
    }

    private static async Task<ReportData> ReportAsync(Func<Journal, TrafficClock, Task> write)
    {
        using var directory = new TestDirectory();
        var clock = new TrafficClock(Monday);
        await using (Journal journal = await Journal.OpenAsync(directory.Path, Options(clock)))
        {
            await write(journal, clock);
        }

        return await ReadAsync(directory.Path, Monday.AddHours(-1), Monday.AddDays(1), whole: true);
    }

    private static Task<ReportData> ReadAsync(string directory, DateTimeOffset from, DateTimeOffset to, bool whole)
    {
        var period = new ReportPeriod(from, to, TimeZoneInfo.Utc);
        var head = new ReportHead
        {
            Id = "asked-1",
            Kind = "asked",
            Journal = "bastion.test/journal",
            From = from,
            To = to,
            Zone = "UTC",
            MadeAt = to,
            MadeBy = "test",
            Host = "here",
        };
        return ReportReader.ReadAsync(directory, period, head, new ReportReaderOptions
        {
            Whole = whole,
            Recordings = false,
        }, CancellationToken.None);
    }

    private static JournalOptions Options(TimeProvider clock, long segmentBytes = 64 * 1024 * 1024) =>
        new() { Signer = SampleJournal.Signer, TimeProvider = clock, SegmentBytes = segmentBytes };

    private static Task<JournalPosition> StartAsync(Journal journal, string session, string person) =>
        journal.AppendAsync(SampleJournal.Started(session) with { User = person });

    private static async Task AskAsync(Journal journal, string session, string request, string person)
    {
        await journal.AppendAsync(new ApprovalRequested
        {
            Session = session,
            Request = request,
            User = person,
            Target = "orders-db",
            Account = "app",
            Command = "rm -rf /srv",
            Approvers = ["leads"],
            Quorum = 1,
            ExpiresAt = Monday.AddMinutes(5),
            Tier = "high",
            Rules = ["hold-deletes"],
        });
        await journal.AppendAsync(Decided(session, person, "rm -rf /srv") with { Request = request });
    }

    private static CommandDecided Decided(string session, string person, PeerText command) =>
        SampleJournal.Decided(session, command) with { User = person };

    private static ApprovalApproved Approved(string session, string request, string approver, long taken) => new()
    {
        Session = session,
        Request = request,
        Approver = approver,
        Method = "totp",
        DecisionMilliseconds = taken,
        Final = true,
    };
}
