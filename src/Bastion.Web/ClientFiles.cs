using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Bastion.Web;

/// <summary>
/// The web client, carried inside this assembly so that a gateway is one set of binaries and nothing can be put in its
/// place on disk. Each file is kept plain and as Brotli, and answered with a strong ETag.
/// </summary>
internal sealed class ClientFiles
{
    private const string Prefix = "client/";

    private readonly FrozenDictionary<string, ClientFile> _files;

    public ClientFiles()
    {
        Assembly assembly = typeof(ClientFiles).Assembly;
        _files = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(
                name => name[Prefix.Length..],
                name =>
                {
                    using Stream resource = assembly.GetManifestResourceStream(name)!;
                    return ClientFile.Read(name, resource);
                },
                StringComparer.Ordinal);
    }

    /// <summary>False when the assembly was built without the client (SkipClient).</summary>
    public bool Present => _files.Count > 0;

    /// <summary>Answers the request with a file of the client; 404 when there is none of that name.</summary>
    public async Task SendAsync(HttpContext http, string name)
    {
        if (!_files.TryGetValue(name, out ClientFile? file))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        http.Response.ContentType = file.ContentType;
        http.Response.Headers.ETag = file.ETag;
        http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        // Names do not change with the content (chunks aside), so browsers ask each time and mostly hear 304.
        http.Response.Headers.CacheControl = "no-cache";
        if (http.Request.Headers.IfNoneMatch.Contains(file.ETag))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        bool compressed = http.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
        byte[] body = compressed ? file.Brotli : file.Plain;
        if (compressed)
        {
            http.Response.Headers.ContentEncoding = "br";
        }

        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private sealed record ClientFile(string ContentType, string ETag, byte[] Plain, byte[] Brotli)
    {
        public static ClientFile Read(string name, Stream resource)
        {
            using var plain = new MemoryStream();
            resource.CopyTo(plain);
            byte[] bytes = plain.ToArray();
            using var packed = new MemoryStream();
            using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal))
            {
                brotli.Write(bytes);
            }

            string etag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\"";
            return new ClientFile(TypeOf(name), etag, bytes, packed.ToArray());
        }

        private static string TypeOf(string name) => Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            ".txt" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        };
    }
}
