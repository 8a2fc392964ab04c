using System.Net;

namespace Bastion.Ssh.UserAuth;

/// <summary>What is known about a login while it is being decided.</summary>
public sealed class UserAuthContext
{
    internal UserAuthContext(string user, EndPoint? clientEndPoint, string clientIdentification)
    {
        User = user;
        ClientEndPoint = clientEndPoint;
        ClientIdentification = clientIdentification;
    }

    /// <summary>The login name as the client sent it, at most <see cref="UserAuthLimits.MaximumUserNameBytes"/> of
    /// UTF-8 without control characters. It never changes within a connection.</summary>
    public string User { get; }

    public EndPoint? ClientEndPoint { get; }

    /// <summary>The client's identification string, such as `SSH-2.0-OpenSSH_9.2`.</summary>
    public string ClientIdentification { get; }

    /// <summary>The methods that succeeded so far, in order.</summary>
    public IReadOnlyList<CompletedMethod> Completed { get; internal set; } = [];
}

/// <summary>One method that succeeded; <paramref name="Key"/> is set for publickey.</summary>
public sealed record CompletedMethod(string Method, VerifiedKey? Key);

/// <summary>Who came through. <see cref="Principal"/> is whatever the application put into its decision.</summary>
public sealed class AuthenticatedUser
{
    internal AuthenticatedUser(UserAuthContext context, object? principal)
    {
        User = context.User;
        Completed = context.Completed;
        Principal = principal;
    }

    public string User { get; }

    public object? Principal { get; }

    public IReadOnlyList<CompletedMethod> Completed { get; }

    /// <summary>
    /// The certificate's `force-command`, which the application promised to run in place of any shell, command or
    /// subsystem (<see cref="IUserAuthenticator.EnforcesForceCommand"/>).
    /// </summary>
    public string? ForceCommand =>
        Completed.Select(method => method.Key?.Certificate?.ForceCommand).FirstOrDefault(c => c is not null);
}
