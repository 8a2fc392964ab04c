using System.Globalization;
using System.Text;
using Bastion.Audit.Notes;

namespace Bastion.Audit;

/// <summary>What the old key signs when another takes over.</summary>
internal static class KeyRotation
{
    private const string Title = "bastion journal key rotation v1";

    public static byte[] Statement(NoteVerifierKey old, NoteVerifierKey next, long size, ReadOnlySpan<byte> rootHash) =>
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{Title}\n{old}\n{next}\n{size}\n{Convert.ToBase64String(rootHash)}\n"));
}
