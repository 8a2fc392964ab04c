using System.Text;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Recordings;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Records;

// A process that writes evidence as fast as it can, to be killed, starved and lied to by tests. It says on standard
// output what was acknowledged, one line each, before it goes on:
//     found CLEAN REMOVED INTERRUPTED     what opening found
//     ack SEQUENCE TEXT                   a record is durable
//     rec SESSION TEXT                    an event of a recording is with the operating system
//     refused MESSAGE (exit 4)            the journal was not opened
//     failed MESSAGE (exit 3)             it could not go on

string data = args[0];
long records = args.Length > 1 ? long.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : long.MaxValue;
Stream output = Console.OpenStandardOutput();
var gate = new Lock();

void Say(string line)
{
    lock (gate)
    {
        output.Write(Encoding.UTF8.GetBytes(line + "\n"));
    }
}

try
{
    (RecordingPublicKey key, _) = RecordingKeyRing.LoadOrCreate(Path.Combine(data, "keys"));
    var signer = Ed25519NoteSigner.LoadOrCreate(Path.Combine(data, "keys", "journal.key"), "bastion.test/journal");
    await using Journal journal = await Journal.OpenAsync(data, new JournalOptions
    {
        Signer = signer,
        SegmentBytes = 256 * 1024,
    });
    Say($"found {journal.Opening.CleanBefore} {journal.Opening.RemovedBytes} "
        + $"{journal.Opening.InterruptedSessions.Count}");
    await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() => WriteAsync(journal, key, worker))));
    return 0;
}
catch (Exception failure)
    when (failure is JournalDamagedException or JournalUnavailableException { InnerException: null })
{
    Say($"refused {failure.Message}");
    return 4;
}
catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
{
    Say($"failed {failure.Message}");
    return 3;
}

async Task WriteAsync(Journal journal, RecordingPublicKey key, int worker)
{
    var options = new RecordingOptions { DataDirectory = data, Lock = key };
    for (long round = 0; round < records; round++)
    {
        string session = $"s-{Environment.ProcessId}-{worker}-{round}";
        await journal.AppendAsync(new SessionStarted
        {
            Session = session,
            User = "alice",
            Source = "203.0.113.7:50122",
            Target = "orders-db",
            Account = "app",
            PolicyVersion = "v1",
        });
        using var recordings = new SessionRecordings(journal, options, session);
        await using (RecordingWriter recording = recordings.Start(new RecordingHeader(session, 0, 80, 24)))
        {
            for (int step = 0; step < 20; step++)
            {
                string text = $"{session}-{step}";
                await recording.OutputAsync(Encoding.UTF8.GetBytes(text));
                Say($"rec {session} {text}");
                JournalPosition position = await journal.AppendAsync(new CommandEnded
                {
                    Session = session,
                    Channel = 0,
                    CommandSha256 = text,
                    Outcome = "ran",
                });
                Say($"ack {position.Sequence} {text}");
            }
        }

        await journal.AppendAsync(new SessionEnded { Session = session, Outcome = "client-closed" });
    }
}
