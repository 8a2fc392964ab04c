using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using System.Text.RegularExpressions;
using Bastion.Audit;
using Bastion.Audit.Tests;
using Bastion.Followers.Shipping;
using Bastion.Followers.Shipping.Syslog;

namespace Bastion.Followers.Tests.Shipping;

/// <summary>RFC 5424 messages in the frames of RFC 5425, over real TLS, read by a receiver of our own making.</summary>
[UnsupportedOSPlatform("windows")]
public sealed partial class SyslogTests : IDisposable
{
    private readonly TlsFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Every_record_is_one_message_of_the_grammar_whatever_its_text_holds()
    {
        foreach (JournalEntry entry in await EntriesAsync())
        {
            byte[] frame = SyslogMessage.Frame(entry, "id-1", "gateway", maximum: 1 << 20);
            (int length, byte[]? message) = Unframe(frame);
            Assert.Equal(message.Length, length);
            string text = Encoding.UTF8.GetString(message);
            Match match = Grammar().Match(text);
            Assert.True(match.Success, text[..Math.Min(300, text.Length)]);
            Assert.Equal("id-1", match.Groups["id"].Value);
            Assert.Equal(entry.Sequence.ToString(CultureInfo.InvariantCulture), match.Groups["seq"].Value);
            Assert.DoesNotContain(match.Groups["header"].Value, character => char.IsControl(character));
            string original = match.Groups["message"].Value;
            Assert.Equal(Encoding.UTF8.GetString(entry.Json.Span), original.TrimStart('\ufeff'));
            Assert.Equal(!Ascii.IsValid(entry.Json.Span), original.StartsWith('\ufeff'));
        }
    }

    [Fact]
    public async Task A_record_longer_than_the_receiver_takes_is_cut_between_characters_and_says_so()
    {
        foreach (JournalEntry entry in await EntriesAsync())
        {
            (int _, byte[]? message) = Unframe(SyslogMessage.Frame(entry, "id-1", "gateway", maximum: 8192));
            Assert.InRange(message.Length, 1, 8192);
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(message);
            Assert.Equal(entry.Json.Length > 8192, text.Contains($" cutFrom=\"{entry.Json.Length}\"]",
                StringComparison.Ordinal) && entry.Json.Length > 4096);
        }
    }

    [Fact]
    public async Task Records_arrive_over_pinned_tls_and_after_a_broken_connection_none_is_missing()
    {
        await using var receiver = new Receiver(_files.Certificate, breakAfter: 30);
        var options = new SyslogOptions
        {
            Name = "soc",
            Host = "localhost",
            Port = receiver.Port,
            AuthorityFile = _files.AuthorityFile,
            MaximumRecords = 10,
        };
        string data =
            Directory.CreateDirectory(Path.Combine(_files.Root, "data"), (UnixFileMode)0b111_000_000).FullName;
        await using ShippingWorld world = await ShippingWorld.StartAsync(data, options);
        await world.AppendAsync(SampleRecords.All);
        await world.ShippedAsync("soc");
        var wanted = world.Reader.Read().Select(entry => RecordId.Of(SampleRecords.Origin, entry)).ToList();
        await ShippingWorld.UntilAsync(() => receiver.Ids.Intersect(wanted).Count() == wanted.Count,
            () => $"{receiver.Ids.Count} ids");

        Assert.True(receiver.Connections > 1, "the connection was to break");
        Assert.Equal("", string.Join('\n', receiver.Faults));
    }

    [GeneratedRegex("""^(?<header><1(0[4-9]|1[01])>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [!-~]{1,255} bastion - [!-~]{1,32} \[bastion@32473 id="(?<id>[^"\\\]]*)" seq="(?<seq>\d+)" leaf="[0-9a-f]{64}"( [A-Za-z]+="([^"\\\]]|\\["\\\]])*")*\]) (?<message>.*)$""", RegexOptions.Singleline)]
    private static partial Regex Grammar();

    private static async Task<IReadOnlyList<JournalEntry>> EntriesAsync()
    {
        SimulatedDisk disk = await SampleRecords.JournalAsync(SampleRecords.All);
        return [.. new JournalReader(SampleRecords.Directory, disk).Read()];
    }

    private static (int Length, byte[] Message) Unframe(ReadOnlySpan<byte> frame)
    {
        int space = frame.IndexOf((byte)' ');
        return (int.Parse(frame[..space], NumberStyles.None, CultureInfo.InvariantCulture),
            frame[(space + 1)..].ToArray());
    }

    /// <summary>Reads frames; cuts its first connection without a word after some messages.</summary>
    private sealed partial class Receiver : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Lock _lock = new();
        private readonly HashSet<string> _ids = [];
        private readonly Task _running;
        private int _breakAfter;

        public Receiver(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate, int breakAfter)
        {
            _breakAfter = breakAfter;
            _listener.Start();
            _running = AcceptAsync(certificate);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Connections { get; private set; }

        public List<string> Faults { get; } = [];

        public IReadOnlyCollection<string> Ids
        {
            get
            {
                lock (_lock)
                {
                    return [.. _ids];
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Stop();
            await _running;
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task AcceptAsync(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate)
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    Connections++;
                    await using var stream = new SslStream(client.GetStream());
                    await stream.AuthenticateAsServerAsync(certificate);
                    await ReadAsync(stream, client);
                }
            }
            catch (Exception failure) when (failure is OperationCanceledException or SocketException or IOException)
            {
                // The test is over.
            }
        }

        private async Task ReadAsync(SslStream stream, TcpClient client)
        {
            while (await ReadLengthAsync(stream) is { } length)
            {
                byte[] message = new byte[length];
                await stream.ReadExactlyAsync(message, _stop.Token);
                Match match = Grammar().Match(Encoding.UTF8.GetString(message));
                lock (_lock)
                {
                    if (match.Success)
                    {
                        _ids.Add(match.Groups["id"].Value);
                    }
                    else
                    {
                        Faults.Add(Encoding.UTF8.GetString(message));
                    }
                }

                if (--_breakAfter == 0)
                {
                    client.Client.Close(0);
                    return;
                }
            }
        }

        private async Task<int?> ReadLengthAsync(SslStream stream)
        {
            int length = 0;
            byte[] digit = new byte[1];
            while (true)
            {
                if (await stream.ReadAsync(digit, _stop.Token) == 0)
                {
                    return null;
                }

                if (digit[0] == (byte)' ')
                {
                    return length;
                }

                length = (length * 10) + digit[0] - '0';
            }
        }
    }
}
