namespace Bastion.Server.Ssh.Sftp;

/// <summary>Where the target's SFTP server stands, so that relative paths can be judged as absolute ones.</summary>
internal sealed class SftpWorkingDirectory
{
    /// <summary>The id of the gateway's own question. It is answered before the client has the version, so before it
    /// uses ids.</summary>
    public const uint Id = 0xB45710;

    private readonly TaskCompletionSource<string> _here = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _asked;

    /// <summary>The question is out and the answer has not come.</summary>
    public bool IsAwaited => _asked && !_here.Task.IsCompleted;

    /// <summary>True once: now it is to be asked.</summary>
    public bool TryAsk()
    {
        bool first = !_asked;
        _asked = true;
        return first;
    }

    /// <param name="here">Empty when the target did not say: relative paths then stay relative, and no grant covers
    /// them.</param>
    public void Learn(string here) => _here.TrySetResult(here);

    /// <summary>Whether it has a `..` among its parts.</summary>
    public static bool ClimbsUp(string path) => path.Split('/').Contains("..");

    /// <summary>Absolute, without `.` and empty parts. Symbolic links are not followed: they are the target's.</summary>
    public async ValueTask<string> ResolveAsync(string path, CancellationToken cancellationToken)
    {
        if (!path.StartsWith('/'))
        {
            string here = await _here.Task.WaitAsync(cancellationToken);
            if (here.Length == 0)
            {
                return path;
            }

            path = $"{here}/{path}";
        }

        return "/" + string.Join(
            '/', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."));
    }
}
