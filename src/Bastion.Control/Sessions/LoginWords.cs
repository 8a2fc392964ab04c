using Bastion.Policy;

namespace Bastion.Control.Sessions;

/// <summary>What was proved at a login, in the words of the journal.</summary>
public static class LoginWords
{
    private static readonly (LoginMethods Method, string Word)[] Words =
    [
        (LoginMethods.PublicKey, "publickey"),
        (LoginMethods.HardwareKey, "hardware-key"),
        (LoginMethods.Certificate, "certificate"),
        (LoginMethods.Password, "password"),
        (LoginMethods.Totp, "totp"),
        (LoginMethods.Passkey, "passkey"),
        (LoginMethods.IdentityProvider, "identity-provider"),
    ];

    public static IReadOnlyList<string> Of(LoginMethods methods) =>
        [.. Words.Where(entry => methods.HasFlag(entry.Method)).Select(entry => entry.Word)];
}
