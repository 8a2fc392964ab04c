using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;
using Bastion.Audit.Tests;

namespace Bastion.Followers.Tests.Shipping;

/// <summary>Records of every kind, and those that peers would like to break a log with.</summary>
internal static class SampleRecords
{
    public const string Origin = "bastion.test/journal";

    public const string Directory = "/data";

    /// <summary>A destination in these tests refuses what holds this.</summary>
    public const string Unmappable = "does-not-map";

    public static readonly byte[][] Hostile =
    [
        "a\nb\r\n{\"create\":{}}\n"u8.ToArray(),
        "\u001b[2J\u001b]0;title\u0007"u8.ToArray(),
        [0xFF, 0xFE, 0x00, 0x0A, 0xC3],
        "\u202Etxt.exe\u2066 \u2028 \u2029 \u0085"u8.ToArray(),
        "\"]\\]\" [x@1 a=\"b\"]"u8.ToArray(),
        Encoding.UTF8.GetBytes(new string('x', 70_000)),
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("命令🙂", 9_000))),
        "\ufeff"u8.ToArray(),
        [],
    ];

    /// <summary>One of every kind with every member set, and every hostile text in several members.</summary>
    public static IReadOnlyList<AuditRecord> All { get; } =
    [
        .. typeof(AuditRecord).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(AuditRecord)) && !type.IsAbstract).Select(Fill),
        .. Hostile.Select(bytes => Command(bytes)),
        .. Hostile.Select(bytes => new LoginFailed
        {
            User = bytes,
            Source = bytes,
            Surface = Surface.Ssh,
            Reason = bytes,
        }),
        .. Hostile.Select(bytes => new FileOperationRecorded
        {
            Session = "s1", Channel = 0, User = bytes, Target = "db", Operation = "rename", Path = bytes,
            Destination = bytes,
            Verdict = Verdict.Permit, PolicyVersion = "v1",
        }),
    ];

    public static CommandDecided Command(PeerText command) => new()
    {
        Session = "s1",
        Channel = 0,
        User = "alice",
        Target = "orders-db",
        Account = "app",
        Command = command,
        Origin = "exec",
        Certainty = Certainty.Exact,
        Risk = "critical",
        Verdict = Verdict.Require,
        PolicyVersion = "v1",
        Rules = ["hold-deletes"],
        Effects =
            [new RecordedEffect("file.delete", "critical", ["/srv", command], "deletes a directory and all below it")],
    };

    /// <summary>A journal in memory with these records, closed in order.</summary>
    public static async Task<SimulatedDisk> JournalAsync(IEnumerable<AuditRecord> records, TimeProvider? time = null,
        long segmentBytes = 64 * 1024)
    {
        var disk = new SimulatedDisk();
        await using Journal journal = await Journal.OpenAsync(Directory, new JournalOptions
        {
            Signer = Ed25519NoteSigner.Generate(Origin),
            FileSystem = disk,
            SegmentBytes = segmentBytes,
            TimeProvider = time ?? TimeProvider.System,
        });
        foreach (AuditRecord record in records)
        {
            await journal.AppendAsync(record);
            (time as Bastion.Tests.ManualTime)?.Advance(TimeSpan.FromMinutes(40));
        }

        return disk;
    }

    private static AuditRecord Fill(Type type)
    {
        var record = (AuditRecord)RuntimeHelpers.GetUninitializedObject(type);
        foreach (PropertyInfo? property in type.GetProperties()
            .Where(property => property.CanWrite && property.Name != nameof(AuditRecord.Session)))
        {
            if (Sample(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) is { } value)
            {
                property.SetValue(record, value);
            }
        }

        return record;
    }

    private static object? Sample(Type type) => type switch
    {
        _ when type == typeof(PeerText) => (PeerText)"203.0.113.7:50122",
        _ when type == typeof(string) => "token",
        _ when type == typeof(int) => 3,
        _ when type == typeof(long) => 4L,
        _ when type == typeof(bool) => true,
        _ when type == typeof(DateTimeOffset) => new DateTimeOffset(2026, 11, 23, 18, 0, 0, TimeSpan.Zero),
        _ when type.IsEnum => Enum.GetValues(type).GetValue(0)!,
        _ when type == typeof(IReadOnlyList<string>) => new[] { "one", "two" },
        _ when type == typeof(IReadOnlyList<PeerText>) => new PeerText[] { "one", new byte[] { 0xFF } },
        _ when type == typeof(IReadOnlyList<long>) => new[] { 1L, 2L },
        _ when type == typeof(IReadOnlyList<RecordedEffect>) =>
            new[] { new RecordedEffect("file.delete", "high", ["/srv"], "why") },
        _ when type == typeof(IReadOnlyList<long>) => new long[] { 5, 6 },
        _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) =>
            Array.CreateInstance(type.GenericTypeArguments[0], 0),
        _ => null,
    };
}
