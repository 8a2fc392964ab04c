using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Bastion.Storage;

namespace Bastion.Followers.Archive;

/// <summary>Amazon S3 and what speaks as it does (Ceph, MinIO, …), with object lock where the configuration wants
/// it.</summary>
internal sealed class S3ArchiveStore : IArchiveStore
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromMinutes(2);

    private readonly ArchiveOptions _options;
    private readonly AmazonS3Client _client;

    /// <exception cref="DataDirectoryException">The file of credentials is readable by others, or not two
    /// lines.</exception>
    public S3ArchiveStore(ArchiveOptions options)
    {
        _options = options;
        var config = new AmazonS3Config
        {
            HttpClientFactory = new PooledClients(),
            // Tried again by the archiver, with its own patience.
            MaxErrorRetry = 1,
            // Newer checksums in trailers are not understood by most compatible stores. Content-MD5 and the signed
            // SHA-256 are.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
            config.ForcePathStyle = true;
            config.AuthenticationRegion = options.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }

        _client = options.CredentialsFile is { } file
            ? new AmazonS3Client(Credentials(file), config)
            : new AmazonS3Client(config);
    }

    public async Task<string?> ObjectionAsync(CancellationToken cancellationToken)
    {
        if (_options.Lock == ObjectLock.None)
        {
            return null;
        }

        try
        {
            GetObjectLockConfigurationResponse found = await GuardAsync(() => _client.GetObjectLockConfigurationAsync(
                new GetObjectLockConfigurationRequest { BucketName = _options.Bucket }, cancellationToken));
            return found.ObjectLockConfiguration?.ObjectLockEnabled == ObjectLockEnabled.Enabled ? null : NoLock();
        }
        catch (S3RefusedException refused) when (refused.Status == HttpStatusCode.NotFound
            && refused.Code.StartsWith("ObjectLock", StringComparison.Ordinal))
        {
            return NoLock();
        }
    }

    public async Task<PutResult> PutAsync(string key, ReadOnlyMemory<byte> content, DateTimeOffset retainUntil,
        CancellationToken cancellationToken)
    {
        byte[] bytes = content.ToArray();
        using var stream = new MemoryStream(bytes, writable: false);
        var request = new PutObjectRequest
        {
            BucketName = _options.Bucket,
            Key = key,
            InputStream = stream,
            ContentType = "application/octet-stream",
            IfNoneMatch = "*",
            UseChunkEncoding = false,
            // S3 wants Content-MD5 with object lock: a checksum of the way, not a promise; what is there is compared
            // byte by byte.
#pragma warning disable CA5351
            MD5Digest = Convert.ToBase64String(MD5.HashData(bytes)),
#pragma warning restore CA5351
        };
        if (_options.Lock != ObjectLock.None)
        {
            request.ObjectLockMode = _options.Lock == ObjectLock.Compliance
                ? ObjectLockMode.Compliance
                : ObjectLockMode.Governance;
            request.ObjectLockRetainUntilDate = retainUntil.UtcDateTime;
        }

        try
        {
            await GuardAsync(() => _client.PutObjectAsync(request, cancellationToken));
            return PutResult.Created;
        }
        catch (S3RefusedException refused) when (refused.Status == HttpStatusCode.PreconditionFailed)
        {
            return PutResult.AlreadyThere;
        }
    }

    public async Task<byte[]?> GetAsync(string key, string? version, CancellationToken cancellationToken)
    {
        try
        {
            return await GuardAsync(async () =>
            {
                using GetObjectResponse answer = await _client.GetObjectAsync(
                    new GetObjectRequest
                    {
                        BucketName = _options.Bucket,
                        Key = key,
                        VersionId = version,
                    }, cancellationToken);
                using var content = new MemoryStream();
                await answer.ResponseStream.CopyToAsync(content, cancellationToken);
                return content.ToArray();
            });
        }
        catch (S3RefusedException refused)
            when (refused.Status == HttpStatusCode.NotFound && refused.Code != "NoSuchBucket")
        {
            return null;
        }
    }

    public async IAsyncEnumerable<ArchivedObject> ListAsync(string prefix, [EnumeratorCancellation]
        CancellationToken cancellationToken)
    {
        // Versions of one name come newest first, and names in order: the last one before the name changes is the first
        // ever.
        S3ObjectVersion? oldest = null;
        await foreach (S3ObjectVersion version in VersionsAsync(prefix, cancellationToken))
        {
            if (oldest is not null && oldest.Key != version.Key)
            {
                yield return new ArchivedObject(oldest.Key, oldest.VersionId);
            }

            oldest = version;
        }

        if (oldest is not null)
        {
            yield return new ArchivedObject(oldest.Key, oldest.VersionId);
        }
    }

    public async Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        await foreach (S3ObjectVersion version in VersionsAsync(key, cancellationToken))
        {
            if (version.Key == key)
            {
                await GuardAsync(() => _client.DeleteObjectAsync(
                    new DeleteObjectRequest
                    {
                        BucketName = _options.Bucket,
                        Key = key,
                        VersionId = version.VersionId,
                    }, cancellationToken));
            }
        }
    }

    public async Task HoldAsync(ArchivedObject found, bool isHeld, CancellationToken cancellationToken)
    {
        if (_options.Lock == ObjectLock.None)
        {
            return;
        }

        await GuardAsync(() => _client.PutObjectLegalHoldAsync(
            new PutObjectLegalHoldRequest
            {
                BucketName = _options.Bucket,
                Key = found.Key,
                VersionId = found.Version,
                LegalHold = new ObjectLockLegalHold
                {
                    Status = isHeld ? ObjectLockLegalHoldStatus.On : ObjectLockLegalHoldStatus.Off,
                },
            },
            cancellationToken));
    }

    public void Dispose() => _client.Dispose();

    private async IAsyncEnumerable<S3ObjectVersion> VersionsAsync(string prefix, [EnumeratorCancellation]
        CancellationToken cancellationToken)
    {
        var request = new ListVersionsRequest { BucketName = _options.Bucket, Prefix = prefix };
        ListVersionsResponse page;
        do
        {
            page = await GuardAsync(() => _client.ListVersionsAsync(request, cancellationToken));
            foreach (S3ObjectVersion? version in (page.Versions ?? []).Where(version => version.IsDeleteMarker != true))
            {
                yield return version;
            }

            (request.KeyMarker, request.VersionIdMarker) = (page.NextKeyMarker, page.NextVersionIdMarker);
        }
        while (page.IsTruncated == true);
    }

    private string NoLock() =>
        $"bucket `{_options.Bucket}` has no object lock, so evidence there could be deleted: make it with object "
        + "lock, or say `object-lock: none`";

    private static BasicAWSCredentials Credentials(string file)
    {
        DataDirectory.RequirePrivate(file);
        return File.ReadAllLines(file) is [{ Length: > 0 } accessKey, { Length: > 0 } secret, ..]
            ? new BasicAWSCredentials(accessKey.Trim(), secret.Trim())
            : throw new DataDirectoryException($"`{file}`: expected two lines, the access key and the secret key");
    }

    /// <summary>Turns the client's own kinds of failure into one.</summary>
    private static async Task<T> GuardAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (AmazonServiceException failure)
        {
            throw new S3RefusedException(failure);
        }
        catch (Exception failure) when (failure is AmazonClientException or HttpRequestException or TimeoutException)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    /// <summary>The client reads answers synchronously: it must not do that where sockets are waited for.</summary>
    private sealed class PooledClients : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(Outbound.HttpHandler())
        {
            Timeout = RequestTimeout,
        };
    }

    private sealed class S3RefusedException(AmazonServiceException failure)
        : IOException($"{(int)failure.StatusCode} {failure.ErrorCode}: {failure.Message}", failure)
    {
        public HttpStatusCode Status { get; } = failure.StatusCode;

        public string Code { get; } = failure.ErrorCode ?? "";
    }
}
