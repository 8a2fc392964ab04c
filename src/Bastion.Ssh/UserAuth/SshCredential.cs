using Bastion.Ssh.Keys;

namespace Bastion.Ssh.UserAuth;

/// <summary>Something the client role can prove. Credentials are tried in the order given.</summary>
public abstract class SshCredential
{
    private protected SshCredential()
    {
    }

    internal abstract string Method { get; }
}

/// <summary>publickey, with any signer; a certificate is a signer whose public key is the certificate.</summary>
public sealed class KeyCredential(ISshSigner signer) : SshCredential
{
    public ISshSigner Signer { get; } = signer;

    internal override string Method => UserAuthMethod.PublicKey;
}

/// <summary>
/// A password, sent by `password`, or by `keyboard-interactive` where the peer offers only that: there it answers a
/// single prompt that does not echo, once.
/// </summary>
public sealed class PasswordCredential(string password) : SshCredential
{
    internal string Password { get; } = password;

    internal override string Method => UserAuthMethod.Password;
}

/// <summary>keyboard-interactive, answered by the caller: name, instruction, prompts → one answer a prompt.</summary>
public sealed class InteractiveCredential(InteractiveAnswer answer) : SshCredential
{
    internal InteractiveAnswer Answer { get; } = answer;

    internal override string Method => UserAuthMethod.KeyboardInteractive;
}

public delegate ValueTask<IReadOnlyList<string>> InteractiveAnswer(
    string name, string instruction, IReadOnlyList<UserPrompt> prompts, CancellationToken cancellationToken);
