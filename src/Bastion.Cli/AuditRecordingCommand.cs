using System.CommandLine;
using Bastion.Audit.Recordings;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Control;

namespace Bastion.Cli;

/// <summary>`bastion audit recording`: unlocks a recording where the private key is kept, which need not be the
/// gateway.</summary>
internal static class AuditRecordingCommand
{
    public static Command Create()
    {
        var session = new Argument<string>("session") { Description = "The session whose recording is wanted." };
        var data = new Option<string>("--data")
        {
            Description = "The gateway's data directory, or a copy of it.",
            Required = true,
        };
        var key = new Option<string?>("--recording-key")
        {
            Description = "The file with the private recording key; without it, the one in the data directory.",
        };
        var channel = new Option<int?>("--channel") { Description = "Which channel; without it, the first one." };
        var command =
            new Command("recording", "Print a recording as asciicast, for any player. The look leaves no record.")
        {
            session, data, key, channel,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string directory = AuditCommands.Existing(parsed.GetValue(data)!);
            string keyFile = parsed.GetValue(key) ?? Path.Combine(directory, "keys", "recordings.key");
            if (!File.Exists(keyFile))
            {
                throw new CommandFailedException(
                    $"`{keyFile}` is not here; name the private recording key with --recording-key");
            }

            var reader = new RecordingReader(directory, RecordingKeyRing.Load(keyFile));
            string id = parsed.GetValue(session)!;
            IReadOnlyList<int> channels = reader.Channels(id);
            int wanted = parsed.GetValue(channel) ?? (channels.Count > 0 ? channels[0] : 0);
            await using Stream output = Console.OpenStandardOutput();
            return await reader.WriteAsciicastAsync(id, wanted, output, cancellationToken)
                ? ExitCodes.Success
                : throw new CommandFailedException($"there is no recording of session `{id}`, channel {wanted}");
        });
        return command;
    }
}
