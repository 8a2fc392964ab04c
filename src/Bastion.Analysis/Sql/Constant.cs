using System.Globalization;

namespace Bastion.Analysis.Sql;

/// <summary>The value of a constant expression: a number, a text, a truth value (as 0 or 1) or NULL.</summary>
internal sealed record Constant(double? Number, string? Text)
{
    private const int MaximumDepth = 32;

    public bool IsNull => Number is null && Text is null;

    public bool IsFalse => IsNull || Number == 0;

    /// <summary>The value of the range; null when it is no constant that can be told without a server.</summary>
    public static Constant? Of(TokenList tokens, int start, int end, int depth = 0)
    {
        while (end - start > 2 && tokens.IsSymbol(end - 2, "::"))
        {
            end -= 2;
        }

        while (end - start > 2 && tokens.IsSymbol(start, '(') && tokens.Close(start) == end - 1)
        {
            (start, end) = (start + 1, end - 1);
        }

        if (start >= end || depth > MaximumDepth)
        {
            return null;
        }

        if (end - start == 1)
        {
            return Single(tokens, start);
        }

        return Arithmetic(tokens, start, end, depth) ?? Signed(tokens, start, end, depth);
    }

    /// <summary>Below, at or above zero; null when the two kinds cannot be compared without knowing the
    /// server.</summary>
    public int? CompareTo(Constant other)
    {
        if (AsNumber() is { } a && other.AsNumber() is { } b)
        {
            return a.CompareTo(b);
        }

        return Text is not null && other.Text is not null
            ? string.Compare(Text, other.Text, StringComparison.OrdinalIgnoreCase)
            : null;
    }

    /// <summary>Null when the answer depends on the server.</summary>
    public static bool? Test(string operation, Constant a, Constant b)
    {
        if (a.IsNull || b.IsNull)
        {
            return operation == "=" && a.IsNull && b.IsNull;
        }

        if (operation == "LIKE")
        {
            return b.Text is { } pattern && pattern.AsSpan().IndexOfAny('%', '_') < 0
                ? string.Equals(a.Text, pattern, StringComparison.OrdinalIgnoreCase)
                : null;
        }

        if (a.CompareTo(b) is not { } order)
        {
            return null;
        }

        return operation switch
        {
            "=" => order == 0,
            "<>" => order != 0 || !string.Equals(a.Text, b.Text, StringComparison.Ordinal),
            "<" => order < 0,
            ">" => order > 0,
            "<=" => order <= 0,
            ">=" => order >= 0,
            _ => null,
        };
    }

    private double? AsNumber() => Number
        ?? (double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) ? parsed : null);

    private static Constant? Single(TokenList tokens, int i)
    {
        switch (tokens.KindAt(i))
        {
            case SqlTokenKind.Text:
                return new Constant(null, tokens[i].Value);
            case SqlTokenKind.Number:
                return double.TryParse(tokens.Slice(i), NumberStyles.Float, CultureInfo.InvariantCulture,
                    out double number) ? new Constant(number, null) : null;
            case SqlTokenKind.Word when tokens.Is(i, "NULL"):
                return new Constant(null, null);
            case SqlTokenKind.Word when tokens.IsAny(i, "TRUE", "FALSE"):
                return new Constant(tokens.Is(i, "TRUE") ? 1 : 0, null);
            default:
                return null;
        }
    }

    private static Constant? Signed(TokenList tokens, int start, int end, int depth)
    {
        if (!tokens.IsSymbol(start, '-') && !tokens.IsSymbol(start, '+'))
        {
            return null;
        }

        double? inner = Of(tokens, start + 1, end, depth + 1)?.AsNumber();
        return inner is { } value ? new Constant(tokens.IsSymbol(start, '-') ? -value : value, null) : null;
    }

    private static Constant? Arithmetic(TokenList tokens, int start, int end, int depth)
    {
        // The last operator of the lowest precedence splits the range; its operands are constants in turn.
        int split = -1;
        bool splitIsSum = false;
        for (int i = tokens.Next(start); i < end - 1; i = tokens.Next(i))
        {
            bool operand = tokens.KindAt(i - 1) is SqlTokenKind.Number or SqlTokenKind.Text
                || tokens.IsSymbol(i - 1, ')');
            bool sum = tokens.IsSymbol(i, '+') || tokens.IsSymbol(i, '-');
            if (operand && (sum
                || (!splitIsSum && (tokens.IsSymbol(i, '*') || tokens.IsSymbol(i, '/') || tokens.IsSymbol(i, '%')))))
            {
                (split, splitIsSum) = (i, sum);
            }
        }

        if (split < 0 || Of(tokens, start, split, depth + 1)?.AsNumber() is not { } a
            || Of(tokens, split + 1, end, depth + 1)?.AsNumber() is not { } b)
        {
            return null;
        }

        return tokens.Slice(split)[0] switch
        {
            '+' => new Constant(a + b, null),
            '-' => new Constant(a - b, null),
            '*' => new Constant(a * b, null),
            '/' when b != 0 => new Constant(a / b, null),
            '%' when b != 0 => new Constant(a % b, null),
            _ => null,
        };
    }
}
