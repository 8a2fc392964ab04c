using System.Net;

namespace Bastion.Cli;

/// <summary>A tiled log behind a URL, such as `https://bastion.example.com/log`.</summary>
internal sealed class RemoteLog(Uri prefix) : IDisposable
{
    // A full tile has 8 kB, a checkpoint less than one.
    private const int MaximumBytes = 64 * 1024;

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>The bytes at a path below the prefix; null when the log says that there is nothing.</summary>
    /// <exception cref="CommandFailedException">The log does not answer.</exception>
    public byte[]? Read(string path)
    {
        try
        {
            using var request =
                new HttpRequestMessage(HttpMethod.Get, new Uri($"{prefix.AbsoluteUri.TrimEnd('/')}/{path}"));
            using HttpResponseMessage answer = _client.Send(request, HttpCompletionOption.ResponseHeadersRead);
            if (answer.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }

            answer.EnsureSuccessStatusCode();
            byte[] bytes = new byte[MaximumBytes];
            using Stream body = answer.Content.ReadAsStream();
            return bytes[..body.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (HttpRequestException failure)
        {
            throw new CommandFailedException($"the log `{prefix}` cannot be read: {failure.Message}");
        }
        catch (TaskCanceledException)
        {
            throw new CommandFailedException($"the log `{prefix}` does not answer");
        }
    }

    public void Dispose() => _client.Dispose();
}
