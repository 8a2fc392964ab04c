namespace Bastion.Fuzz;

/// <summary>Changes inputs: words of the format put in, parts doubled, moved, taken out, joined with other inputs,
/// bytes changed.</summary>
internal sealed class Mutator(Harness harness, Dice dice)
{
    /// <summary>Long enough for nesting to matter, short enough for thousands a second.</summary>
    private const int MaximumLength = 4_096;

    public byte[] Change(IReadOnlyList<byte[]> corpus)
    {
        List<byte> input = dice.Pick(corpus).ToList();
        for (int changes = 1 + dice.Below(4); changes > 0; changes--)
        {
            ChangeOnce(input, corpus);
        }

        return [.. input.Take(MaximumLength)];
    }

    private void ChangeOnce(List<byte> input, IReadOnlyList<byte[]> corpus)
    {
        int at = dice.Below(input.Count + 1);
        switch (dice.Below(10))
        {
            case 0 or 1 or 2:
                input.InsertRange(at, dice.Pick(harness.Words));
                break;
            case 3:
                byte[] other = dice.Pick(corpus);
                int from = dice.Below(other.Length + 1);
                input.InsertRange(at, other[from..(from + dice.Below(other.Length - from + 1))]);
                break;
            case 4:
                input.InsertRange(at, Piece(input));
                break;
            case 5:
                int count = Math.Min(input.Count - at, 1 + dice.Below(16));
                input.RemoveRange(at, count);
                break;
            case 6:
                Surround(input, at);
                break;
            case 7 when input.Count > 0:
                input[dice.Below(input.Count)] ^= (byte)(1 << dice.Below(8));
                break;
            case 8 when input.Count > 0:
                input[dice.Below(input.Count)] = (byte)dice.Next();
                break;
            default:
                for (int times = 1 << dice.Below(7); times > 0 && input.Count < MaximumLength; times--)
                {
                    input.InsertRange(at, dice.Pick(harness.Words));
                }

                break;
        }
    }

    private List<byte> Piece(List<byte> input)
    {
        int from = dice.Below(input.Count + 1);
        return input.GetRange(from, Math.Min(input.Count - from, dice.Below(64)));
    }

    private void Surround(List<byte> input, int at)
    {
        int end = at + dice.Below(input.Count - at + 1);
        input.InsertRange(end, dice.Pick(harness.Words));
        input.InsertRange(at, dice.Pick(harness.Words));
    }
}
